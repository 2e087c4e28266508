#!/bin/bash
# What configure.ac's hardening promises, looked at in each program and each of our own objects; those
# of the archives of others that are linked (libc.a, libnl-3.a, libjson-c.a) are as they were built.
: "${PODGRAFT_BUILD:=$PWD}"
cd "$PODGRAFT_BUILD" || exit 1
case " $(./config.status --config 2>/dev/null) " in
*disable-hardening* | *enable-hardening=no*)
  echo "configured with --disable-hardening"
  exit 77
  ;;
esac
passed=0 failed=0
verdict() { if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL: $2"; fi; }
sanitized=
! grep -q '^SAN_CFLAGS = .' Makefile || sanitized=yes
optimised=
! grep -q '^CFLAGS = .*-O[1-9sg]' Makefile || optimised=yes

for program in podgraft podgraft-dhcpd podgraft-domain podgraft-launcher; do
  headers=$(readelf -hlW "$program") dynamic=$(readelf -dW "$program")
  grep -qE 'Type: +DYN' <<<"$headers"; verdict $? "$program is at a fixed address"
  grep -qE '\(FLAGS_1\).* PIE' <<<"$dynamic"; verdict $? "$program is no PIE"
  grep -qE '\(FLAGS_1\).* NOW' <<<"$dynamic"; verdict $? "$program binds lazily: its tables stay writable"
  grep -q 'GNU_RELRO' <<<"$headers"; verdict $? "$program has no RELRO"
  grep -qE 'GNU_STACK .* RW +0x' <<<"$headers"; verdict $? "$program has an executable stack"
  ! grep -qE ' LOAD .* RWE ' <<<"$headers"; verdict $? "$program has a segment to write and execute"
done

# used ARCHIVE PATTERN: what its objects call
uses() { readelf -sW "$1" | awk '$7 == "UND" {print $8}' | grep -qE "$2"; }
# Our own: each object is to have the note, since one without it takes it from the whole program.
without_note() { # PATTERN ARCHIVE
  readelf -nW "$2" | awk -v pattern="$1" '
    /^File: / {if (file != "" && !seen) print file; file = $2; seen = 0}
    $0 ~ pattern {seen = 1}
    END {if (file != "" && !seen) print file; if (file == "") print "no object"}'
}
for archive in libcommon.a libnetsetup.a libdhcp.a libdomxml.a libdomvirt.a; do
  uses "$archive" '^__stack_chk_fail'; verdict $? "$archive: no stack is guarded"
  if [ -z "$sanitized" ] && [ -n "$optimised" ]; then
    uses "$archive" '^__(v?snprintf|v?fprintf|mem|str|read|recv|v?asprintf|poll|fd)[a-z_]*_chk$'
    verdict $? "$archive: no length is checked (_FORTIFY_SOURCE)"
  fi
  case $(uname -m) in
  x86_64)
    missing=$(without_note 'x86 feature: IBT, SHSTK' "$archive" | xargs)
    [ -z "$missing" ]; verdict $? "without a note for CET: $missing"
    ;;
  aarch64)
    missing=$(without_note 'AArch64 feature: BTI, PAC' "$archive" | xargs)
    [ -z "$missing" ]; verdict $? "without a note for BTI and PAC: $missing"
    ;;
  esac
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
