noinst_LIBRARIES += libdomxml.a libdomvirt.a
libdomxml_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBXML2_CFLAGS)
libdomxml_a_SOURCES = include/podgraft/domain.h domain/xml.c domain/interface.c domain/interface.h \
	domain/tree.c domain/tree.h
libdomvirt_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBVIRT_CFLAGS)
libdomvirt_a_SOURCES = domain/connection.c domain/connection.h domain/lifecycle.c domain/hotplug.c domain/ports.c

pkglibexec_PROGRAMS += podgraft-domain podgraft-launcher
podgraft_domain_SOURCES = domain/domain_main.c domain/sandbox.c domain/sandbox.h
podgraft_domain_LDADD = libdomxml.a libcommon.a $(LIBXML2_LIBS)
podgraft_launcher_SOURCES = launcher/launcher_main.c
podgraft_launcher_LDADD = libdomvirt.a libcommon.a $(LIBVIRT_LIBS) -lpthread

check_PROGRAMS += tests/unit/test_domain_xml
TESTS += tests/unit/test_domain_xml
tests_unit_test_domain_xml_SOURCES = tests/unit/test_domain_xml.c
tests_unit_test_domain_xml_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_domain_xml_LDADD = libdomxml.a libcommon.a $(CHECK_LIBS) $(LIBXML2_LIBS)

check_PROGRAMS += tests/unit/test_domain_sandbox
TESTS += tests/unit/test_domain_sandbox
tests_unit_test_domain_sandbox_SOURCES = tests/unit/test_domain_sandbox.c domain/sandbox.c
tests_unit_test_domain_sandbox_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_domain_sandbox_LDADD = libcommon.a $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_ports
TESTS += tests/unit/test_ports
tests_unit_test_ports_SOURCES = tests/unit/test_ports.c domain/ports.c
tests_unit_test_ports_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_ports_LDADD = libcommon.a $(CHECK_LIBS)
