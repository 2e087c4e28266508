noinst_LIBRARIES += libdomxml.a libdomvirt.a
libdomxml_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBXML2_CFLAGS)
libdomxml_a_SOURCES = include/podgraft/domain.h domain/xml.c
libdomvirt_a_CPPFLAGS = $(AM_CPPFLAGS) $(LIBVIRT_CFLAGS)
libdomvirt_a_SOURCES = domain/connection.c domain/connection.h domain/lifecycle.c

pkglibexec_PROGRAMS += podgraft-domain podgraft-launcher
podgraft_domain_SOURCES = domain/domain_main.c
podgraft_domain_LDADD = libdomxml.a libcommon.a $(LIBXML2_LIBS)
podgraft_launcher_SOURCES = launcher/launcher_main.c
podgraft_launcher_LDADD = libdomvirt.a libcommon.a $(LIBVIRT_LIBS) -lpthread
