noinst_LIBRARIES += libnetsetup.a
libnetsetup_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBNL_CFLAGS) $(JSONC_CFLAGS)
libnetsetup_a_SOURCES = \
	include/podgraft/netsetup.h netsetup/netsetup.c \
	netsetup/addr.c netsetup/addr.h \
	netsetup/apply.c \
	netsetup/diff.c \
	netsetup/graft.c netsetup/graft.h \
	netsetup/guard.c netsetup/guard.h \
	netsetup/link.c netsetup/link.h \
	netsetup/netlink.c netsetup/netlink.h netsetup/request.h \
	netsetup/netstate.c netsetup/netstate_json.c netsetup/netstate.h \
	netsetup/observe.c \
	netsetup/plan.c netsetup/plan.h \
	netsetup/record.c netsetup/record.h \
	netsetup/resolvconf.c netsetup/resolvconf.h \
	netsetup/route.c netsetup/route.h \
	netsetup/tap.c netsetup/tap.h

check_PROGRAMS += tests/unit/test_netsetup
TESTS += tests/unit/test_netsetup
tests_unit_test_netsetup_SOURCES = tests/unit/test_netsetup.c
tests_unit_test_netsetup_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(LIBNL_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_netsetup_LDADD = libnetsetup.a libcommon.a $(CHECK_LIBS) $(LIBNL_LIBS) $(JSONC_LIBS)
