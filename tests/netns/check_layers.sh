#!/bin/bash
# The layering holds: netsetup/, dhcp/ and domain/ never include each other, common/ includes none
# of them, and the cheap executables link neither libvirt nor libxml2.
cd "${srcdir:-$(dirname "$0")/../..}" || exit 1
: "${PODGRAFT_BUILD:=$PWD}"
passed=0 failed=0
verdict() { if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL: $2"; fi; }

forbid() { # FOLDER PATTERN
  local found
  found=$(grep -rnE --include="*.[ch]" "#include \"(podgraft/)?($2)[/.]" "$1")
  [ -z "$found" ]
  verdict $? "$1/ includes another layer: $found"
}
forbid common 'netsetup|dhcp|domain|launcher'
forbid netsetup 'dhcp|domain|launcher'
forbid dhcp 'netsetup|domain|launcher'
forbid domain 'netsetup|dhcp|launcher'

for program in podgraft podgraft-dhcpd; do
  dynamic=$(readelf -d "$PODGRAFT_BUILD/$program")
  grep -q '^Dynamic section' <<<"$dynamic"; verdict $? "$program: no dynamic section to look at"
  libraries=$(awk '/NEEDED/' <<<"$dynamic") # none where it is linked statically
  ! grep -qE 'libvirt|libxml2' <<<"$libraries"; verdict $? "$program links $libraries"
done
! readelf -d "$PODGRAFT_BUILD/podgraft-dhcpd" | grep -qE 'json-c|libnl'
verdict $? "podgraft-dhcpd links more than it needs"
! readelf -d "$PODGRAFT_BUILD/podgraft-domain" | grep -q libvirt
verdict $? "podgraft-domain links libvirt"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
