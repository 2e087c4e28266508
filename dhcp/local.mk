noinst_LIBRARIES += libdhcp.a
libdhcp_a_SOURCES = \
	include/podgraft/dhcp.h \
	dhcp/conf.c dhcp/conf.h \
	dhcp/cursor.c dhcp/cursor.h \
	dhcp/describe.c \
	dhcp/dhcp4_decide.c dhcp/dhcp4_decide.h \
	dhcp/dhcp4_layout.c dhcp/dhcp4_layout.h \
	dhcp/dhcp4_message.c dhcp/dhcp4_message.h dhcp/dhcp4_protocol.h \
	dhcp/dhcp4_reply.c dhcp/dhcp4_reply.h \
	dhcp/dhcp6_decide.c dhcp/dhcp6_decide.h \
	dhcp/dhcp6_message.c dhcp/dhcp6_message.h dhcp/dhcp6_protocol.h \
	dhcp/dhcp6_reply.c dhcp/dhcp6_reply.h \
	dhcp/events.c dhcp/events.h \
	dhcp/events6.c dhcp/events6.h \
	dhcp/frame.c dhcp/frame.h \
	dhcp/lease.c dhcp/shared.c \
	dhcp/lease6.c dhcp/lease6.h \
	dhcp/lease_dhcp6.c dhcp/lease_dhcp6.h \
	dhcp/option.c dhcp/option6.c dhcp/option_value.c dhcp/option.h \
	dhcp/ndisc.c dhcp/ndisc.h dhcp/ndisc_protocol.h \
	dhcp/ra.c dhcp/ra.h \
	dhcp/gateway.c dhcp/gateway.h \
	dhcp/responder6.c dhcp/responder6.h \
	dhcp/guardian.c dhcp/guardian.h \
	dhcp/responder.c dhcp/responder.h \
	dhcp/responder_dhcp6.c \
	dhcp/sandbox.c dhcp/sandbox_filter.c dhcp/sandbox.h \
	dhcp/serving.c dhcp/serving.h \
	dhcp/transport.c dhcp/transport.h

# libc only: it runs once for each pod, and every library costs private memory.
pkglibexec_PROGRAMS += podgraft-dhcpd
podgraft_dhcpd_SOURCES = dhcp/dhcpd.c
# It is position independent in a way of its own, if it can.
podgraft_dhcpd_LDFLAGS = $(SAN_CFLAGS) $(HARDEN_LDFLAGS) -Wl,--as-needed $(DHCPD_LDFLAGS)
podgraft_dhcpd_LDADD = libdhcp.a libcommon.a

DHCP_UNIT_TESTS = \
	tests/unit/test_describe \
	tests/unit/test_cursor \
	tests/unit/test_dhcp4_decide \
	tests/unit/test_dhcp4_message \
	tests/unit/test_dhcp4_reply \
	tests/unit/test_dhcp6_decide \
	tests/unit/test_dhcp6_message \
	tests/unit/test_dhcp6_reply \
	tests/unit/test_drops \
	tests/unit/test_drops6 \
	tests/unit/test_events \
	tests/unit/test_frame \
	tests/unit/test_frame6 \
	tests/unit/test_guardian \
	tests/unit/test_lease \
	tests/unit/test_lease6 \
	tests/unit/test_ndisc \
	tests/unit/test_option \
	tests/unit/test_ra \
	tests/unit/test_responder \
	tests/unit/test_responder6 \
	tests/unit/test_sandbox \
	tests/unit/test_serving
check_PROGRAMS += $(DHCP_UNIT_TESTS)
TESTS += $(DHCP_UNIT_TESTS)
tests_unit_test_cursor_SOURCES = tests/unit/test_cursor.c tests/unit/dhcp_fixture.h
tests_unit_test_cursor_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cursor_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_dhcp4_decide_SOURCES = tests/unit/test_dhcp4_decide.c tests/unit/dhcp_fixture.h tests/unit/dhcp_reply.h
tests_unit_test_dhcp4_decide_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp4_decide_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_dhcp4_message_SOURCES = tests/unit/test_dhcp4_message.c tests/unit/dhcp_fixture.h
tests_unit_test_dhcp4_message_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp4_message_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_dhcp4_reply_SOURCES = tests/unit/test_dhcp4_reply.c tests/unit/dhcp_fixture.h tests/unit/dhcp_reply.h
tests_unit_test_dhcp4_reply_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp4_reply_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_drops_SOURCES = tests/unit/test_drops.c tests/unit/dhcp_fixture.h tests/unit/dhcp_reply.h tests/unit/frame_fake.h
tests_unit_test_drops_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_drops_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_events_SOURCES = tests/unit/test_events.c tests/unit/dhcp_fixture.h
tests_unit_test_events_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_events_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_frame_SOURCES = tests/unit/test_frame.c tests/unit/dhcp_fixture.h
tests_unit_test_frame_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_frame_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_frame6_SOURCES = tests/unit/test_frame6.c tests/unit/dhcp_fixture.h
tests_unit_test_frame6_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_frame6_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_guardian_SOURCES = tests/unit/test_guardian.c
tests_unit_test_guardian_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_guardian_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_lease_SOURCES = tests/unit/test_lease.c tests/unit/dhcp_fixture.h
tests_unit_test_lease_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_lease_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_option_SOURCES = tests/unit/test_option.c tests/unit/dhcp_fixture.h
tests_unit_test_option_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_option_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_responder_SOURCES = tests/unit/test_responder.c tests/unit/dhcp_fake.h tests/unit/dhcp_fixture.h
tests_unit_test_responder_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_responder_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_serving_SOURCES = tests/unit/test_serving.c tests/unit/dhcp_fake.h tests/unit/dhcp_fixture.h
tests_unit_test_serving_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_serving_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_sandbox_SOURCES = tests/unit/test_sandbox.c tests/unit/dhcp_fixture.h
tests_unit_test_sandbox_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_sandbox_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_describe_SOURCES = tests/unit/test_describe.c
tests_unit_test_describe_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_describe_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_dhcp6_decide_SOURCES = tests/unit/test_dhcp6_decide.c tests/unit/dhcp_fixture.h tests/unit/dhcp6_fixture.h
tests_unit_test_dhcp6_decide_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp6_decide_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_dhcp6_reply_SOURCES = tests/unit/test_dhcp6_reply.c tests/unit/dhcp_fixture.h tests/unit/dhcp6_fixture.h
tests_unit_test_dhcp6_reply_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp6_reply_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_dhcp6_message_SOURCES = tests/unit/test_dhcp6_message.c tests/unit/dhcp_fixture.h tests/unit/dhcp6_fixture.h
tests_unit_test_dhcp6_message_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp6_message_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_drops6_SOURCES = tests/unit/test_drops6.c tests/unit/dhcp_fixture.h tests/unit/dhcp6_fixture.h tests/unit/frame_fake.h
tests_unit_test_drops6_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_drops6_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_lease6_SOURCES = tests/unit/test_lease6.c tests/unit/dhcp_fixture.h
tests_unit_test_lease6_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_lease6_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_ndisc_SOURCES = tests/unit/test_ndisc.c tests/unit/dhcp_fixture.h
tests_unit_test_ndisc_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_ndisc_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_ra_SOURCES = tests/unit/test_ra.c tests/unit/dhcp_fixture.h
tests_unit_test_ra_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_ra_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_responder6_SOURCES = tests/unit/test_responder6.c tests/unit/dhcp_fixture.h
tests_unit_test_responder6_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_responder6_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
