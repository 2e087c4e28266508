noinst_LIBRARIES += libcommon.a
libcommon_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
libcommon_a_SOURCES = \
	include/podgraft/cleanup.h \
	include/podgraft/confine.h common/confine.c common/confine_filter.c \
	include/podgraft/directory.h common/directory.c common/directory_remove.c \
	include/podgraft/error.h common/error.c \
	include/podgraft/finding.h common/finding.c \
	include/podgraft/json.h common/json.c \
	include/podgraft/libvirt_uri.h common/libvirt_uri.c \
	include/podgraft/log.h common/log.c \
	include/podgraft/loop.h common/loop.c \
	include/podgraft/netns_lock.h common/netns_lock.c \
	include/podgraft/podnet.h common/podnet.c common/podnet_json.c \
	include/podgraft/name.h common/name.c \
	include/podgraft/sha256.h common/sha256.c \
	include/podgraft/text.h common/text.c

COMMON_TESTS = tests/unit/test_common tests/unit/test_directory tests/unit/test_libvirt_uri \
	tests/unit/test_log tests/unit/test_podnet tests/unit/test_text
check_PROGRAMS += $(COMMON_TESTS)
TESTS += $(COMMON_TESTS)
tests_unit_test_common_SOURCES = tests/unit/test_common.c
tests_unit_test_common_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_common_LDADD = libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_log_LDADD = libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)
tests_unit_test_podnet_SOURCES = tests/unit/test_podnet.c
tests_unit_test_podnet_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_podnet_LDADD = libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)
tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_text_LDADD = libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)
tests_unit_test_directory_SOURCES = tests/unit/test_directory.c
tests_unit_test_directory_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_directory_LDADD = libcommon.a $(CHECK_LIBS)
tests_unit_test_libvirt_uri_SOURCES = tests/unit/test_libvirt_uri.c
tests_unit_test_libvirt_uri_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_libvirt_uri_LDADD = libcommon.a $(CHECK_LIBS)
