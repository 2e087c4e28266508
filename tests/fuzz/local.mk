# Fuzz targets: with --enable-fuzz linked with a fuzzer, else with replay.c, and then tests.
FUZZ_TARGETS = \
	tests/fuzz/fuzz_dhcp4_message \
	tests/fuzz/fuzz_dhcp4_decide \
	tests/fuzz/fuzz_dhcp6 \
	tests/fuzz/fuzz_ndisc \
	tests/fuzz/fuzz_responder \
	tests/fuzz/fuzz_describe \
	tests/fuzz/fuzz_dhcp_options \
	tests/fuzz/fuzz_identity \
	tests/fuzz/fuzz_resolvconf \
	tests/fuzz/fuzz_record \
	tests/fuzz/fuzz_domain_xml \
	tests/fuzz/fuzz_hook_xml \
	tests/fuzz/fuzz_config \
	tests/fuzz/fuzz_cni \
	tests/fuzz/fuzz_vmi \
	tests/fuzz/fuzz_vif_cache \
	tests/fuzz/fuzz_alias \
	tests/fuzz/fuzz_attachment \
	tests/fuzz/fuzz_mountinfo \
	tests/fuzz/fuzz_netlink
check_PROGRAMS += $(FUZZ_TARGETS)

if ENABLE_FUZZ
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_LINK = $(AM_LDFLAGS)
FUZZ_MAIN = libreplay.a
check_LIBRARIES += libreplay.a
libreplay_a_SOURCES = tests/fuzz/replay.c
TESTS += $(FUZZ_TARGETS)
endif

tests_fuzz_fuzz_dhcp4_message_SOURCES = tests/fuzz/fuzz_dhcp4_message.c \
	tests/fuzz/dhcp4_oracle.h tests/fuzz/fuzz.h
tests_fuzz_fuzz_dhcp4_message_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dhcp4_message_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a
tests_fuzz_fuzz_dhcp4_decide_SOURCES = tests/fuzz/fuzz_dhcp4_decide.c tests/fuzz/dhcp4_conf.h
tests_fuzz_fuzz_dhcp4_decide_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dhcp4_decide_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a
tests_fuzz_fuzz_ndisc_SOURCES = tests/fuzz/fuzz_ndisc.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_ndisc_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_ndisc_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a
tests_fuzz_fuzz_dhcp6_SOURCES = tests/fuzz/fuzz_dhcp6.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_dhcp6_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dhcp6_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a
tests_fuzz_fuzz_responder_SOURCES = tests/fuzz/fuzz_responder.c
tests_fuzz_fuzz_responder_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_responder_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a
tests_fuzz_fuzz_identity_SOURCES = tests/fuzz/fuzz_identity.c
tests_fuzz_fuzz_identity_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_identity_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_identity_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a $(JSONC_LIBS)
tests_fuzz_fuzz_resolvconf_SOURCES = tests/fuzz/fuzz_resolvconf.c
tests_fuzz_fuzz_resolvconf_CPPFLAGS = $(AM_CPPFLAGS) $(LIBNL_CFLAGS)
tests_fuzz_fuzz_resolvconf_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_resolvconf_LDADD = $(FUZZ_MAIN) libnetsetup.a libcommon.a
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c
tests_fuzz_fuzz_record_CPPFLAGS = $(AM_CPPFLAGS) $(LIBNL_CFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_record_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_record_LDADD = $(FUZZ_MAIN) libnetsetup.a libcommon.a $(LIBNL_LIBS) $(JSONC_LIBS)
tests_fuzz_fuzz_domain_xml_SOURCES = tests/fuzz/fuzz_domain_xml.c
tests_fuzz_fuzz_domain_xml_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_domain_xml_LDADD = $(FUZZ_MAIN) libdomxml.a libcommon.a $(LIBXML2_LIBS)
tests_fuzz_fuzz_describe_SOURCES = tests/fuzz/fuzz_describe.c
tests_fuzz_fuzz_describe_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_describe_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a
tests_fuzz_fuzz_dhcp_options_SOURCES = tests/fuzz/fuzz_dhcp_options.c
tests_fuzz_fuzz_dhcp_options_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_dhcp_options_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a
tests_fuzz_fuzz_hook_xml_SOURCES = tests/fuzz/fuzz_hook_xml.c \
	launcher/domain_request.c launcher/domain_process.c launcher/guest_end.c launcher/process.c
tests_fuzz_fuzz_hook_xml_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_hook_xml_LDADD = $(FUZZ_MAIN) libdomxml.a libcommon.a $(LIBXML2_LIBS)
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c launcher/options.c \
	launcher/option_dhcp.c launcher/option_interfaces.c launcher/option_sources.c \
	launcher/pod_interface.c
tests_fuzz_fuzz_config_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_config_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a $(JSONC_LIBS)
tests_fuzz_fuzz_cni_SOURCES = tests/fuzz/fuzz_cni.c launcher/cni_config.c launcher/cni_result.c \
	launcher/options.c launcher/option_dhcp.c launcher/option_interfaces.c launcher/option_sources.c \
	launcher/pod_interface.c
tests_fuzz_fuzz_cni_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_cni_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_cni_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a $(JSONC_LIBS)

tests_fuzz_fuzz_vmi_SOURCES = tests/fuzz/fuzz_vmi.c $(VMI_SOURCES) \
	launcher/options.c launcher/option_dhcp.c launcher/option_interfaces.c launcher/option_sources.c \
	launcher/pod_interface.c
tests_fuzz_fuzz_vmi_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_vmi_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_vmi_LDADD = $(FUZZ_MAIN) libdhcp.a libcommon.a $(JSONC_LIBS)

tests_fuzz_fuzz_vif_cache_SOURCES = tests/fuzz/fuzz_vif_cache.c launcher/vif_cache.c $(VMI_SOURCES)
tests_fuzz_fuzz_vif_cache_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_vif_cache_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_vif_cache_LDADD = $(FUZZ_MAIN) libcommon.a $(JSONC_LIBS)

tests_fuzz_fuzz_alias_SOURCES = tests/fuzz/fuzz_alias.c
tests_fuzz_fuzz_alias_CPPFLAGS = $(AM_CPPFLAGS) $(LIBNL_CFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_alias_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_alias_LDADD = $(FUZZ_MAIN) libnetsetup.a libcommon.a $(LIBNL_LIBS) $(LIBNFTABLES_LIBS) $(JSONC_LIBS)
tests_fuzz_fuzz_attachment_SOURCES = tests/fuzz/fuzz_attachment.c launcher/cni_attachment.c
tests_fuzz_fuzz_attachment_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_attachment_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_attachment_LDADD = $(FUZZ_MAIN) libcommon.a $(JSONC_LIBS)
tests_fuzz_fuzz_mountinfo_SOURCES = tests/fuzz/fuzz_mountinfo.c
tests_fuzz_fuzz_mountinfo_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_mountinfo_LDADD = $(FUZZ_MAIN) libnetsetup.a libcommon.a
tests_fuzz_fuzz_netlink_SOURCES = tests/fuzz/fuzz_netlink.c
tests_fuzz_fuzz_netlink_CPPFLAGS = $(AM_CPPFLAGS) $(LIBNL_CFLAGS) $(JSONC_CFLAGS)
tests_fuzz_fuzz_netlink_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_netlink_LDADD = $(FUZZ_MAIN) libnetsetup.a libcommon.a $(LIBNL_LIBS) $(LIBNFTABLES_LIBS) $(JSONC_LIBS)

fuzz-targets: $(FUZZ_TARGETS)

# AFL++ on the same targets: FUZZ_SECONDS each, findings stay in fuzz-afl/
fuzz:
	$(SHELL) $(srcdir)/tests/fuzz/afl.sh '$(abs_srcdir)' $(FUZZ_TARGETS)
.PHONY: fuzz fuzz-targets
EXTRA_DIST += tests/fuzz/afl.sh tests/fuzz/fuzz.sh tests/fuzz/corpus \
	tests/fuzz/cni.dict tests/fuzz/config.dict tests/fuzz/dhcp_options.dict tests/fuzz/domain_xml.dict \
	tests/fuzz/hook_xml.dict tests/fuzz/identity.dict tests/fuzz/record.dict tests/fuzz/resolvconf.dict tests/fuzz/vif_cache.dict tests/fuzz/vmi.dict
