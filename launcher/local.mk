sbin_PROGRAMS += podgraft
podgraft_CPPFLAGS = $(AM_CPPFLAGS) $(JSONC_CFLAGS) \
	-DLIBVIRT_DRIVER_DIR=\"$(LIBVIRT_DRIVER_DIR)\"
podgraft_SOURCES = \
	launcher/main.c \
	launcher/commands.c launcher/commands.h \
	launcher/cmd_completion.c launcher/completion_bash.c launcher/completion_zsh.c \
	launcher/completion_fish.c launcher/completion.h \
	launcher/options.c launcher/option_dhcp.c launcher/option_interfaces.c launcher/option_sources.c \
	launcher/pod_interface.c launcher/pod_interface.h launcher/options.h launcher/option_table.h \
	launcher/cmd_plan.c launcher/cmd_up.c launcher/cmd_serve.c launcher/cmd_status.c \
	launcher/cmd_wait.c launcher/cmd_down.c launcher/cmd_run.c launcher/cmd_domain.c \
	launcher/cmd_config.c launcher/cmd_doctor.c launcher/cmd_hook.c launcher/cmd_capture.c launcher/checks.c launcher/checks.h \
	launcher/wire.c launcher/wire_serve.c launcher/wire.h launcher/wiring.c launcher/wiring.h \
	launcher/plug.c launcher/plug.h launcher/plugging.c launcher/plugging.h \
	launcher/cni_main.c launcher/cni_main.h launcher/cni_config.c launcher/cni_result.c launcher/cni.h \
	launcher/cni_attachment.c launcher/cni_state.c launcher/cni_state.h \
	launcher/supervisor.c launcher/supervisor.h \
	launcher/domain_process.c launcher/domain_request.c launcher/domain_process.h \
	launcher/guest_end.c launcher/guest_end.h \
	launcher/hook_install.c launcher/hook_install.h \
	launcher/responder_equip.c launcher/responder_equip.h \
	launcher/responder_holder.c launcher/responder_holder.h \
	launcher/responder_process.c launcher/responder_process.h launcher/responder_stray.c \
	launcher/mount_watch.c launcher/mount_watch.h \
	launcher/responder_status.c launcher/responder_status.h \
	launcher/metrics.c launcher/metrics.h \
	launcher/pcapng.c launcher/pcapng.h \
	launcher/process.c launcher/process.h \
	launcher/ready.c launcher/ready.h \
	launcher/namespace.c launcher/namespace.h \
	launcher/picture.c launcher/picture.h launcher/terminal.c launcher/terminal.h \
	launcher/status_text.c launcher/status_text.h \
	launcher/progress.c launcher/progress.h launcher/run_progress.c launcher/run_progress.h \
	launcher/probe.c launcher/probe.h \
	launcher/option_vmi.c launcher/option_vmi.h launcher/vif_cache.c launcher/vif_cache.h \
	launcher/libvirt_dir.c launcher/libvirt_dir.h \
	launcher/cmd_define.c launcher/kubevirt_domain.c launcher/kubevirt_domain.h \
	launcher/vmi.c launcher/vmi_cpu.c launcher/vmi_interface.c launcher/vmi_network.c \
	launcher/vmi.h launcher/vmi_node.h
podgraft_LDADD = libnetsetup.a libdhcp.a libcommon.a $(LIBNL_LIBS) $(JSONC_LIBS)

# The CNI plugin is podgraft under another name; runtimes look for it in a directory of plugins.
cnidir = $(libexecdir)/cni
all-local: podgraft-cni$(EXEEXT)
podgraft-cni$(EXEEXT): podgraft$(EXEEXT)
	$(AM_V_GEN)ln -sf podgraft$(EXEEXT) $@
CLEANFILES += podgraft-cni$(EXEEXT)
install-exec-local:
	$(MKDIR_P) '$(DESTDIR)$(cnidir)'
	ln -sf '$(sbindir)/podgraft$(EXEEXT)' '$(DESTDIR)$(cnidir)/podgraft-cni$(EXEEXT)'
# For nodes without podgraft's libraries: run from an image that has podgraft.
dist_pkglibexec_SCRIPTS = deploy/kubevirt/install-cni
EXTRA_DIST += deploy/kubevirt/README.md deploy/kubevirt/installer.yaml deploy/kubevirt/kubevirt-patch.yaml \
	deploy/kubevirt/network.yaml deploy/kubevirt/vm.yaml deploy/kubevirt/sidecar-patch.yaml \
	deploy/kubevirt/sidecar.Containerfile
uninstall-local:
	rm -f '$(DESTDIR)$(cnidir)/podgraft-cni$(EXEEXT)'

check_PROGRAMS += tests/unit/test_domain_request
TESTS += tests/unit/test_domain_request
tests_unit_test_domain_request_SOURCES = tests/unit/test_domain_request.c \
	launcher/domain_request.c launcher/domain_process.c launcher/guest_end.c launcher/process.c
tests_unit_test_domain_request_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_domain_request_LDADD = libcommon.a $(CHECK_LIBS)

check_PROGRAMS += tests/unit/test_status_text
TESTS += tests/unit/test_status_text
tests_unit_test_status_text_SOURCES = tests/unit/test_status_text.c \
	launcher/status_text.c launcher/picture.c launcher/terminal.c
tests_unit_test_status_text_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_status_text_LDADD = libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_cni
TESTS += tests/unit/test_cni
tests_unit_test_cni_SOURCES = tests/unit/test_cni.c launcher/cni_config.c launcher/cni_result.c \
	launcher/cni_attachment.c
tests_unit_test_cni_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_cni_LDADD = libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_options
TESTS += tests/unit/test_options
tests_unit_test_options_SOURCES = tests/unit/test_options.c launcher/options.c launcher/option_dhcp.c \
	launcher/option_interfaces.c launcher/option_sources.c launcher/pod_interface.c
tests_unit_test_options_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_options_LDADD = libdhcp.a libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)

# A VMI's reader; cni_config.c has KubeVirt's hashed names.
VMI_SOURCES = launcher/vmi.c launcher/vmi_cpu.c launcher/vmi_interface.c launcher/vmi_network.c \
	launcher/vmi.h launcher/vmi_node.h launcher/cni_config.c
check_PROGRAMS += tests/unit/test_vmi
TESTS += tests/unit/test_vmi
tests_unit_test_vmi_SOURCES = tests/unit/test_vmi.c $(VMI_SOURCES)
tests_unit_test_vmi_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_vmi_LDADD = libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)

check_PROGRAMS += tests/unit/test_vif_cache
TESTS += tests/unit/test_vif_cache
tests_unit_test_vif_cache_SOURCES = tests/unit/test_vif_cache.c launcher/vif_cache.c launcher/vif_cache.h \
	$(VMI_SOURCES)
tests_unit_test_vif_cache_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(JSONC_CFLAGS)
tests_unit_test_vif_cache_LDADD = libcommon.a $(CHECK_LIBS) $(JSONC_LIBS)
