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

pkglibexec_PROGRAMS += podgraft-dhcpd
podgraft_dhcpd_CPPFLAGS = $(AM_CPPFLAGS) $(LIBCAPNG_CFLAGS)
podgraft_dhcpd_SOURCES = dhcp/dhcpd.c dhcp/sandbox.c dhcp/sandbox.h
podgraft_dhcpd_LDADD = libdhcp.a libcommon.a $(LIBCAPNG_LIBS)

check_PROGRAMS += tests/unit/test_dhcp4
TESTS += tests/unit/test_dhcp4
tests_unit_test_dhcp4_SOURCES = tests/unit/test_dhcp4.c
tests_unit_test_dhcp4_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_dhcp4_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS)
