# Shell tests and what they use; the C tests are listed by their layers, with what they share here.
noinst_HEADERS = tests/unit/unit.h tests/unit/unit_dir.h
check_PROGRAMS += tests/lib/tapclient tests/lib/flood tests/lib/boots tests/lib/frames tests/lib/wrappings \
	tests/lib/dhcpreplies tests/lib/dhcp6replies tests/lib/sendframe
check_PROGRAMS += tests/attacks/swap
tests_attacks_swap_SOURCES = tests/attacks/swap.c
tests_lib_sendframe_SOURCES = tests/lib/sendframe.c
tests_lib_tapclient_SOURCES = tests/lib/tapclient.c tests/lib/tap.h
tests_lib_flood_SOURCES = tests/lib/flood.c
tests_lib_boots_SOURCES = tests/lib/boots.c tests/lib/tap.h
tests_lib_wrappings_SOURCES = tests/lib/wrappings.c tests/lib/frame.h tests/lib/tap.h
tests_lib_frames_SOURCES = tests/lib/frames.c tests/lib/frame.h tests/lib/tap.h
tests_lib_dhcp6replies_SOURCES = tests/lib/dhcp6replies.c
tests_lib_dhcp6replies_LDADD = libdhcp.a libcommon.a
tests_lib_dhcpreplies_SOURCES = tests/lib/dhcpreplies.c
tests_lib_dhcpreplies_LDADD = libdhcp.a libcommon.a
# A preloaded object, with the program's sanitizers or without: never instrumented itself.
check_PROGRAMS += tests/fault/shim.so tests/fault/lease
tests_fault_shim_so_SOURCES = tests/fault/shim.c tests/fault/shim.h \
	tests/fault/shim_calls.c tests/fault/shim_netlink.c
tests_fault_shim_so_CFLAGS = -std=gnu11 $(WARN_CFLAGS) -fPIC
tests_fault_shim_so_LDFLAGS = -shared
tests_fault_lease_SOURCES = tests/fault/lease.c tests/lib/tap.h

SHELL_TESTS = \
	tests/attacks/test_locks.sh \
	tests/netns/check_layers.sh \
	tests/attacks/test_domain_xml.sh \
	tests/attacks/test_paths.sh \
	tests/netns/check_manual.sh \
	tests/netns/check_hardening.sh \
	tests/netns/test_doctor.sh \
	tests/netns/test_runc.sh \
	tests/netns/test_shapes.sh \
	tests/netns/test_ipv6_ra.sh \
	tests/netns/test_shapes_ipv6.sh \
	tests/netns/test_shapes_macvlan.sh \
	tests/netns/test_shapes_overlay.sh \
	tests/netns/test_shapes_routed.sh \
	tests/netns/test_shapes_routes.sh \
	tests/netns/test_shapes_several.sh \
	tests/netns/test_several.sh \
	tests/netns/test_clients.sh \
	tests/netns/test_dhcp6_clients.sh \
	tests/netns/test_responder_clients.sh \
	tests/netns/test_lease_events.sh \
	tests/netns/test_sandbox.sh \
	tests/netns/test_guardian.sh \
	tests/netns/test_one_responder.sh \
	tests/netns/test_cni_several.sh \
	tests/netns/test_flood.sh \
	tests/netns/test_dhcp_options.sh \
	tests/netns/test_dhcp_tshark.sh \
	tests/netns/test_bad_input.sh \
	tests/netns/test_containment.sh \
	tests/netns/test_survival.sh \
	tests/netns/test_help.sh \
	tests/netns/test_hook.sh \
	tests/netns/test_supervisor.sh \
	tests/netns/test_terminal.sh \
	tests/netns/test_unit.sh \
	tests/netns/test_probes.sh \
	tests/netns/test_config.sh \
	tests/netns/test_cni.sh \
	tests/netns/test_cni_library.sh \
	tests/netns/test_cni_install.sh \
	tests/netns/test_define.sh \
	tests/netns/test_vmi.sh \
	tests/netns/test_takeover.sh \
	tests/netns/test_capture.sh \
	tests/netns/test_metrics.sh \
	tests/netns/test_concurrency.sh \
	tests/attacks/test_frames.sh \
	tests/attacks/test_names.sh \
	tests/attacks/test_directories.sh
TESTS += $(SHELL_TESTS)
EXTRA_DIST += $(SHELL_TESTS) \
	tests/attacks/squatter.py \
	scripts/build-deb scripts/check scripts/demo scripts/install-deps \
	tests/fault/test_faults.sh tests/fault/test_second_faults.sh tests/fault/trials.sh tests/fault/test_run_faults.sh \
	deploy/Containerfile deploy/README.md deploy/one-container.yaml deploy/split.yaml \
	tests/e2e/test_container.sh tests/lib/image tests/e2e/test_run.sh tests/e2e/test_hook.sh tests/e2e/test_ipv6.sh tests/e2e/test_several.sh \
	tests/lib/clients.sh tests/lib/clients/udhcpc.sh tests/lib/clients/dhclient.sh \
	tests/lib/clients/dhcpcd.sh tests/lib/clients/networkd.sh \
	tests/lib/clients6.sh tests/lib/clients6/dhclient.sh \
	tests/lib/clients6/dhcpcd.sh tests/lib/clients6/networkd.sh \
	tests/lib/cniruntime.go tests/lib/lib.sh tests/lib/paths tests/lib/graft.sh tests/lib/shapes.sh tests/lib/interfaces tests/lib/libvirtd.sh tests/lib/mkguest tests/lib/client-script tests/lib/zsh-offers

# Every fault there is, also in pairs: a quarter of an hour.
check-exhaustive: all
	$(MAKE) $(AM_MAKEFLAGS) check TESTS=
	$(AM_TESTS_ENVIRONMENT) srcdir='$(srcdir)' $(srcdir)/tests/fault/test_faults.sh exhaustive
	$(AM_TESTS_ENVIRONMENT) srcdir='$(srcdir)' $(srcdir)/tests/fault/test_run_faults.sh exhaustive
	$(AM_TESTS_ENVIRONMENT) srcdir='$(srcdir)' $(srcdir)/tests/fault/test_second_faults.sh exhaustive
.PHONY: check-exhaustive

# README.md's blocks are run by scripts/screens, with these in the cluster's place.
EXTRA_DIST += scripts/screens tests/lib/cluster/kubectl tests/lib/cluster/podman
