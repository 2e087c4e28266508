noinst_LIBRARIES += libcommon.a
libcommon_a_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
libcommon_a_SOURCES = \
	include/podgraft/cleanup.h \
	include/podgraft/error.h common/error.c \
	include/podgraft/json.h common/json.c \
	include/podgraft/log.h common/log.c \
	include/podgraft/loop.h common/loop.c \
	include/podgraft/podnet.h common/podnet.c common/podnet_json.c

check_PROGRAMS += tests/unit/test_common
TESTS += tests/unit/test_common
tests_unit_test_common_SOURCES = tests/unit/test_common.c
tests_unit_test_common_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_common_LDADD = libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)
