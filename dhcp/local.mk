noinst_LIBRARIES += libdhcp.a
libdhcp_a_SOURCES = \
	include/podgraft/dhcp.h \
	dhcp/cursor.c dhcp/cursor.h \
	dhcp/dhcp4_decide.c dhcp/dhcp4_decide.h \
	dhcp/dhcp4_message.c dhcp/dhcp4_message.h dhcp/dhcp4_protocol.h \
	dhcp/frame.c dhcp/frame.h \
	dhcp/lease.c \
	dhcp/responder.c dhcp/responder.h \
	dhcp/transport.c dhcp/transport.h

# libc only: it runs once for each pod, and every library costs private memory.
pkglibexec_PROGRAMS += podgraft-dhcpd
podgraft_dhcpd_SOURCES = dhcp/dhcpd.c dhcp/sandbox.c dhcp/sandbox.h
podgraft_dhcpd_LDADD = libdhcp.a libcommon.a

DHCP_UNIT_TESTS = \
	tests/unit/test_dhcp4 \
	tests/unit/test_cursor \
	tests/unit/test_dhcp4_decide \
	tests/unit/test_dhcp4_message \
	tests/unit/test_frame \
	tests/unit/test_lease \
	tests/unit/test_responder
check_PROGRAMS += $(DHCP_UNIT_TESTS)
TESTS += $(DHCP_UNIT_TESTS)
tests_unit_test_dhcp4_SOURCES = tests/unit/test_dhcp4.c
tests_unit_test_dhcp4_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp4_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_cursor_SOURCES = tests/unit/test_cursor.c tests/unit/dhcp_fixture.h
tests_unit_test_cursor_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_cursor_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_dhcp4_decide_SOURCES = tests/unit/test_dhcp4_decide.c tests/unit/dhcp_fixture.h
tests_unit_test_dhcp4_decide_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp4_decide_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_dhcp4_message_SOURCES = tests/unit/test_dhcp4_message.c tests/unit/dhcp_fixture.h
tests_unit_test_dhcp4_message_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp4_message_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_frame_SOURCES = tests/unit/test_frame.c tests/unit/dhcp_fixture.h
tests_unit_test_frame_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_frame_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_lease_SOURCES = tests/unit/test_lease.c tests/unit/dhcp_fixture.h
tests_unit_test_lease_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_lease_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
tests_unit_test_responder_SOURCES = tests/unit/test_responder.c tests/unit/dhcp_fixture.h
tests_unit_test_responder_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_responder_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
