#!/bin/bash
# DHCPv6 clients that guests have, real, behind the real tap: one row each, side by side.
. "${srcdir:-.}/tests/lib/clients6.sh"

rows=()
# row STORY NAME ARGUMENT...: a story of tests/lib/clients6.sh; the lease is as short as leaves time to
# rebind. dhclient looks at T2 only after its first Renew has waited ten seconds.
row() {
  rows+=("$1-$2")
  mkdir "$WORK/$1-$2"
  (
    WORK=$WORK/$1-$2 passed=0 failed=0
    "$@"
    [ "$failed" -eq 0 ] || { echo "  the client's log:"; tail -60 "$WORK/log"; }
    summary
  ) >"$WORK/$1-$2/report" 2>&1 &
}

#   story  client    lease  begins with  ends with
row life6  dhclient     40  confirm6     release6
row life6  dhcpcd       40  confirm6     release6
row life6  networkd     40  solicit      nothing
row alone  dhcpcd      600
row alone  networkd    600
wait

for name in "${rows[@]}"; do
  sed '$d' "$WORK/$name/report"
  read -r row_passed _ row_failed _ < <(tail -1 "$WORK/$name/report")
  passed=$((passed + row_passed)) failed=$((failed + row_failed))
done
summary
