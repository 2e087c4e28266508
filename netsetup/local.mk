noinst_LIBRARIES += libnetsetup.a
libnetsetup_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBNL_CFLAGS) $(JSONC_CFLAGS)
libnetsetup_a_SOURCES = \
	include/podgraft/netsetup.h netsetup/netsetup.c \
	netsetup/addr.c netsetup/addr.h \
	netsetup/alias.c netsetup/alias_item.c netsetup/alias_read.c netsetup/alias.h \
	netsetup/apply.c \
	netsetup/converge.c \
	netsetup/diff.c netsetup/diff_addr.c netsetup/diff_route.c netsetup/diff.h \
	netsetup/discover.c \
	netsetup/doctor.c \
	netsetup/fdb.c netsetup/fdb.h \
	netsetup/foreign.c netsetup/foreign.h \
	netsetup/filter/filter.c netsetup/filter/filter.h netsetup/filter/filter_spoof.c \
	netsetup/filter/filter_rule.c netsetup/filter/filter_rule.h netsetup/filter/filter_kernel.c \
	netsetup/filter/filter_batch.c netsetup/filter/filter_batch.h \
	netsetup/filter/filter_expression.c netsetup/filter/filter_expression.h \
	netsetup/graft.c netsetup/graft.h \
	netsetup/find_interface.c \
	netsetup/identity.c netsetup/identity_route.c netsetup/identity.h \
	netsetup/guard.c netsetup/guard.h \
	netsetup/hash.h \
	netsetup/link.c netsetup/link.h \
	netsetup/lock.c netsetup/lock.h \
	netsetup/merge.c \
	netsetup/names.c \
	netsetup/neighbour.c netsetup/neighbour.h \
	netsetup/netlink.c netsetup/netlink.h netsetup/request.h \
	netsetup/netstate.c netsetup/netstate_json.c netsetup/netstate_route.c netsetup/netstate.h \
	netsetup/observe.c netsetup/observe_message.c netsetup/observe.h \
	netsetup/plan.c netsetup/plan.h \
	netsetup/record.c netsetup/record.h netsetup/record_json.c netsetup/record_json.h \
	netsetup/resolvconf.c netsetup/resolvconf.h \
	netsetup/route.c netsetup/route.h \
	netsetup/session.h netsetup/serving.c \
	netsetup/settle.c \
	netsetup/sibling.c \
	netsetup/statedir.c netsetup/statedir.h \
	netsetup/tap.c netsetup/tap.h \
	netsetup/view.c \
	netsetup/wishes.c

# On pods in memory.
NETSTATE_TESTS = \
	tests/unit/test_observe \
	tests/unit/test_guard \
	tests/unit/test_identity \
	tests/unit/test_names \
	tests/unit/test_netlink \
	tests/unit/test_netns_lock \
	tests/unit/test_plan \
	tests/unit/test_record \
	tests/unit/test_settle \
	tests/unit/test_diff \
	tests/unit/test_alias
check_PROGRAMS += $(NETSTATE_TESTS)
TESTS += $(NETSTATE_TESTS)
NETSETUP_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(LIBNL_CFLAGS) $(JSONC_CFLAGS)
NETSETUP_TEST_LIBS = libnetsetup.a libcommon.a $(CHECK_LIBS) $(LIBNL_LIBS) $(JSONC_LIBS)
tests_unit_test_observe_SOURCES = tests/unit/test_observe.c tests/unit/netstate_fixture.h
tests_unit_test_observe_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_observe_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_guard_SOURCES = tests/unit/test_guard.c tests/unit/netstate_fixture.h
tests_unit_test_guard_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_guard_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_identity_SOURCES = tests/unit/test_identity.c tests/unit/netstate_fixture.h
tests_unit_test_identity_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_identity_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_names_SOURCES = tests/unit/test_names.c tests/unit/netstate_fixture.h
tests_unit_test_names_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_names_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_netns_lock_SOURCES = tests/unit/test_netns_lock.c
tests_unit_test_netns_lock_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_netns_lock_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_netlink_SOURCES = tests/unit/test_netlink.c tests/unit/netstate_fixture.h
tests_unit_test_netlink_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_netlink_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_plan_SOURCES = tests/unit/test_plan.c tests/unit/netstate_fixture.h
tests_unit_test_plan_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_plan_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_record_SOURCES = tests/unit/test_record.c
tests_unit_test_record_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_record_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_settle_SOURCES = tests/unit/test_settle.c tests/unit/netstate_fixture.h
tests_unit_test_settle_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_settle_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_diff_SOURCES = tests/unit/test_diff.c tests/unit/netstate_fixture.h
tests_unit_test_diff_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_diff_LDADD = $(NETSETUP_TEST_LIBS)
tests_unit_test_alias_SOURCES = tests/unit/test_alias.c tests/unit/netstate_fixture.h
tests_unit_test_alias_CPPFLAGS = $(NETSETUP_TEST_CPPFLAGS)
tests_unit_test_alias_LDADD = $(NETSETUP_TEST_LIBS)

check_PROGRAMS += tests/unit/test_filter
TESTS += tests/unit/test_filter
tests_unit_test_filter_SOURCES = tests/unit/test_filter.c
tests_unit_test_filter_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(LIBNL_CFLAGS)
tests_unit_test_filter_LDADD = $(NETSETUP_TEST_LIBS)

check_PROGRAMS += tests/unit/test_statedir
TESTS += tests/unit/test_statedir
tests_unit_test_statedir_SOURCES = tests/unit/test_statedir.c
tests_unit_test_statedir_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_statedir_LDADD = libnetsetup.a libcommon.a $(CHECK_LIBS)
