# Shell tests and what they use; the C tests are listed by their layers.
check_PROGRAMS += tests/lib/tapclient
tests_lib_tapclient_SOURCES = tests/lib/tapclient.c

SHELL_TESTS = \
	tests/netns/check_layers.sh \
	tests/netns/test_shapes.sh \
	tests/netns/test_responder_clients.sh \
	tests/netns/test_bad_input.sh
TESTS += $(SHELL_TESTS)
EXTRA_DIST += $(SHELL_TESTS) \
	scripts/check scripts/demo scripts/install-deps \
	tests/e2e/test_run.sh \
	tests/lib/lib.sh tests/lib/libvirtd.sh tests/lib/mkguest tests/lib/client-script
