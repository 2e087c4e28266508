#!/bin/bash
# What a person at a terminal sees and a log file does not: colour, and the progress of long waits.
. "${srcdir:-.}/tests/lib/lib.sh"

pod_veth term
pod=$POD_PREFIX-term
options=(--netns "$pod" --state-dir "$STATE")
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1

# seen [NAME=VALUE...] ARGUMENT...: podgraft on a terminal of its own; what it wrote is in $WORK/seen
seen() {
  local environment=()
  while [[ $1 == *=* ]]; do environment+=("$1"); shift; done
  env -u NO_COLOR TERM=xterm "${environment[@]}" script -qec "podgraft ${*@Q}" /dev/null >"$WORK/seen" </dev/null
}
has() { grep -qF -- "$1" "$WORK/seen" || { cat -v "$WORK/seen"; return 1; }; }
matches() { grep -qP -- "$1" "$WORK/seen" || { cat -v "$WORK/seen"; return 1; }; }
has_not() { ! grep -qF -- "$1" "$WORK/seen" || { cat -v "$WORK/seen"; return 1; }; }
red=$'\e[31m' green=$'\e[32m' clear=$'\r\e[K'

# --- colour ---

check "up" podgraft up "${options[@]}"
check "status" seen status "${options[@]}"
check "status: what is well is green" has "${green}as it should be"
check "status: nothing is red" has_not "$red"
ip -n "$pod" link set tap0 nomaster
check "status of a drift" seen status "${options[@]}"
check "status: drift is red" has "${red}link tap0: attach to k6t-eth0"
check "status: and marked in the picture" has "${red}tap0"
check "NO_COLOR" seen NO_COLOR=1 status "${options[@]}"
check "NO_COLOR: no colour" has_not $'\e['
check "NO_COLOR, empty" seen NO_COLOR= status "${options[@]}"
check "NO_COLOR, empty: colour" has "$red"
check "a dumb terminal" seen TERM=dumb status "${options[@]}"
check "a dumb terminal: no colour" has_not $'\e['
podgraft status "${options[@]}" >"$WORK/seen"
check "a pipe: no colour" has_not $'\e['
check "a pipe: line art all the same" has "└─ guest"
LC_ALL=C podgraft status "${options[@]}" >"$WORK/seen"
check "no UTF-8: ASCII" has '`- guest'
check "no UTF-8: nothing else" sh -c '! LC_ALL=C grep -q "[^ -~]" "$0"' "$WORK/seen"
check "plan" seen plan "${options[@]}"
check "plan: the graft that stands" has "${red}not attached"
check "up mends it" podgraft up "${options[@]}"

# --- progress ---

fails_seen() { ! seen "$@"; }
check "wait" fails_seen wait --for lease --timeout 4 "${options[@]}"
check "wait: what for, and how long" matches '\r\e\[Kwaiting: the guest has no lease \([1-4] of 4 s\)'
check "wait: the line makes room" has "${clear}podgraft: error: wait: gave up after 4 s"
check "a wait that is none" seen wait "${options[@]}"
check "a wait that is none: says nothing" test ! -s "$WORK/seen"
check "JSON" fails_seen wait --for lease --timeout 2 --log-format json "${options[@]}"
check "JSON: no progress" has_not "waiting:"
podgraft wait --for lease --timeout 2 "${options[@]}" >"$WORK/seen" 2>&1
check "a pipe: no progress" has_not "waiting:"
check "a pipe: no escapes" has_not $'\e'
check "down" podgraft down "${options[@]}"
late() { seen up --interface late0 --wait-interface 120 "${options[@]}"; }
arrive() {
  wait_for 25 grep -q 'waiting for the interface' "$WORK/seen" &&
    ip -n "$pod-node" link add late1 type veth peer name late0 netns "$pod" && ip -n "$pod-node" link set late1 up &&
    ip -n "$pod" addr add 10.245.1.7/24 dev late0 && ip -n "$pod" link set late0 up
}
late &
late=$!
children+=("$late")
check "a late interface: progress, then it comes" arrive
check "a late interface: up" wait "$late"
check "a late interface: how long" matches "waiting for the interface 'late0' \([0-9]+ of 120 s\)"
check "a late interface: the line is gone" grep -qP '\r\e\[K[^\e]*$' <(tail -c 400 "$WORK/seen")
check "down" podgraft down --interface late0 "${options[@]}"
summary
