# The generator is built with the tests, so that it does not rot; 'make bench-dhcp' runs it.
check_PROGRAMS += tests/bench/dhcpgen
tests_bench_dhcpgen_SOURCES = tests/bench/dhcpgen.c \
	tests/bench/guest.c tests/bench/guest.h \
	tests/bench/server.c tests/bench/server.h \
	launcher/process.c launcher/responder_equip.c launcher/responder_holder.c launcher/responder_process.c launcher/responder_stray.c launcher/mount_watch.c
tests_bench_dhcpgen_LDADD = libdhcp.a libcommon.a

check_PROGRAMS += tests/bench/race tests/bench/floor
tests_bench_race_SOURCES = tests/bench/race.c
tests_bench_floor_SOURCES = tests/bench/floor.c
check_PROGRAMS += tests/bench/serve
tests_bench_serve_SOURCES = tests/bench/serve.c tests/bench/guest.c tests/bench/guest.h \
	tests/bench/server.c tests/bench/server.h \
	launcher/process.c launcher/responder_equip.c launcher/responder_holder.c launcher/responder_process.c launcher/responder_stray.c launcher/mount_watch.c
tests_bench_serve_LDADD = libdhcp.a libcommon.a
# What callgrind counts.
check_PROGRAMS += tests/bench/exchange tests/bench/steady.so
tests_bench_exchange_SOURCES = tests/bench/exchange.c tests/unit/dhcp_fixture.h
tests_bench_exchange_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_bench_exchange_LDADD = libdhcp.a libcommon.a $(JSONC_LIBS) $(CHECK_LIBS)
tests_bench_steady_so_SOURCES = tests/bench/steady.c
tests_bench_steady_so_CFLAGS = -std=gnu11 $(WARN_CFLAGS) -fPIC
tests_bench_steady_so_LDFLAGS = -shared

bench-dhcp: tests/bench/dhcpgen $(pkglibexec_PROGRAMS)
	PODGRAFT_BUILD='$(abs_top_builddir)' PODGRAFT_LIBEXECDIR='$(abs_top_builddir)' \
		$(SHELL) $(srcdir)/tests/bench/bench_dhcp.sh '$(srcdir)/docs/bench/dhcp.json'
bench_helpers = tests/bench/race tests/bench/serve tests/bench/floor tests/bench/exchange tests/bench/steady.so
check-instructions: $(bench_helpers) $(sbin_PROGRAMS)
	PODGRAFT_BUILD='$(abs_top_builddir)' $(SHELL) $(srcdir)/tests/bench/instructions.sh
bench: $(bench_helpers) $(sbin_PROGRAMS) $(pkglibexec_PROGRAMS)
	PODGRAFT_BUILD='$(abs_top_builddir)' $(SHELL) $(srcdir)/tests/bench/bench.sh '$(srcdir)/docs/bench'
.PHONY: bench check-instructions bench-dhcp
EXTRA_DIST += tests/bench/bench_dhcp.sh docs/bench/dhcp.json docs/bench/bench.json \
	docs/bench/times.svg docs/bench/burst.svg docs/bench/datapath.svg \
	tests/bench/bench.sh tests/bench/goals.jq tests/bench/table.jq tests/bench/plot.sh \
	tests/bench/scale.jq docs/scale.md \
	tests/bench/instructions.sh tests/bench/instructions.json \
	tests/bench/part_memory.sh tests/bench/part_lease.sh tests/bench/part_datapath.sh
