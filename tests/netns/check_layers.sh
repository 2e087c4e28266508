#!/bin/bash
# The layering holds: netsetup/, dhcp/ and domain/ never include each other, common/ includes none
# of them, and the cheap executables link neither libvirt nor libxml2.
cd "${srcdir:-$(dirname "$0")/../..}" || exit 1
: "${PODGRAFT_BUILD:=$PWD}"
passed=0 failed=0
verdict() { if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL: $2"; fi; }

forbid() { # FOLDER PATTERN
  local found
  found=$(grep -nE "#include \"(podgraft/)?($2)[/.]" "$1"/*.[ch])
  [ -z "$found" ]
  verdict $? "$1/ includes another layer: $found"
}
forbid common 'netsetup|dhcp|domain|launcher'
forbid netsetup 'dhcp|domain|launcher'
forbid dhcp 'netsetup|domain|launcher'
forbid domain 'netsetup|dhcp|launcher'

for program in podgraft podgraft-dhcpd; do
  libraries=$(readelf -d "$PODGRAFT_BUILD/$program" | awk '/NEEDED/')
  [ -n "$libraries" ]; verdict $? "$program: no dynamic section to look at"
  ! grep -qE 'libvirt|libxml2' <<<"$libraries"; verdict $? "$program links $libraries"
done
! readelf -d "$PODGRAFT_BUILD/podgraft-dhcpd" | grep -qE 'json-c|libnl'
verdict $? "podgraft-dhcpd links more than it needs"
! readelf -d "$PODGRAFT_BUILD/podgraft-domain" | grep -q libvirt
verdict $? "podgraft-domain links libvirt"

# Every option and command of the program is in the man page.
for word in $("$PODGRAFT_BUILD/podgraft" --help | awk '/^  [a-z]/ {print $1}'); do
  grep -qE "^\.B[RI]? ?$word( |\$)" man/podgraft.8; verdict $? "podgraft(8) does not tell of '$word'"
  for option in $("$PODGRAFT_BUILD/podgraft" "$word" --help | awk '/^  --/ {print $1}'); do
    sed 's/\\-/-/g' man/podgraft.8 | grep -qE -- "$option([ =\"]|\$)"
    verdict $? "podgraft(8) does not tell of '$option'"
  done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
