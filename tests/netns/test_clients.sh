#!/bin/bash
# Every DHCP client that guests have, real, behind the real tap: one row each, side by side.
. "${srcdir:-.}/tests/lib/clients.sh"

rows=()
# row STORY NAME ARGUMENT...: a story of tests/lib/clients.sh. Where a client cannot be told to
# renew, its lease is as short as leaves it time to rebind.
row() {
  rows+=("$2")
  mkdir "$WORK/$2"
  (
    WORK=$WORK/$2 passed=0 failed=0
    "$@"
    [ "$failed" -eq 0 ] || { echo "  the client's log:"; tail -40 "$WORK/log"; }
    summary
  ) >"$WORK/$2/report" 2>&1 &
}

#   story  client    lease  begins with
row life   udhcpc      600  discover
row life   dhclient     40  request
row life   dhcpcd      600  request
row life   networkd     40  discover
row rom    ipxe
wait

for name in "${rows[@]}"; do
  sed '$d' "$WORK/$name/report"
  read -r row_passed _ row_failed _ < <(tail -1 "$WORK/$name/report")
  passed=$((passed + row_passed)) failed=$((failed + row_failed))
done
summary
