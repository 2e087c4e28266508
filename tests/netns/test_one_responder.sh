#!/bin/bash
# A pod with several interfaces has one responder: a guardian and a worker for all its taps, each
# with a lease of its own. Interfaces come and go, processes are killed, and the others notice nothing.
. "${srcdir:-.}/tests/lib/lib.sh"

macs=(aa:bb:cc:00:00:06 aa:bb:cc:00:01:06 aa:bb:cc:00:02:06)
names=(eth0 net1 net2)

# three_interfaces NAME: eth0 10.244.1.7, net1 192.168.1.9, net2 192.168.2.9, each with its network
three_interfaces() {
  local i
  pod_veth "$1"
  pod=$POD_PREFIX-$1 node=$POD_PREFIX-$1-node
  scope=(--netns "$pod" --state-dir "$STATE")
  ip -n "$node" addr add 10.244.1.1/24 dev veth0
  ip -n "$pod" addr add 10.244.1.7/24 dev eth0
  ip -n "$pod" route add default via 10.244.1.1
  for i in 1 2; do
    ip -n "$node" link add "veth$i" type veth peer name "net$i" netns "$pod"
    ip -n "$node" link set "veth$i" up
    ip -n "$node" addr add "192.168.$i.1/24" dev "veth$i"
    ip -n "$pod" link set "net$i" address "${macs[i]}" mtu 1400 up
    ip -n "$pod" addr add "192.168.$i.9/24" dev "net$i"
  done
  for i in 1 2; do wait_for 5 carrier "net$i"; done
}
carrier() { ip -n "$pod" link show "$1" | grep -q 'state UP'; }
up() { podgraft up "${scope[@]}" --interface "$1" --lease-time 600 "${@:2}"; }
down() { podgraft down "${scope[@]}" --interface "$1"; }
status() { podgraft status "${scope[@]}" --interface "$1" --json | jq -r "$2"; }
status_is() { podgraft status "${scope[@]}" --interface "$1" --json | jq -e "$2" >/dev/null; }
not_alive() { status_is "$1" '.responder.alive | not'; }
find_processes() { # the responder's, into $processes; starts no program: some looks must not take long
  local dir comm
  processes=()
  for dir in /proc/[0-9]*; do
    [[ $dir/ns/net -ef /run/netns/$pod ]] && read -r comm <"$dir/comm" && [[ $comm = podgraft-dhcpd* ]] &&
      processes+=("${dir#/proc/}")
  done 2>/dev/null
  return 0
}
processes() { find_processes; printf '%s\n' "${processes[@]}"; }
one_pair() { # INTERFACE...: served by one guardian and one worker, and there are no others
  local guardian worker interface
  guardian=$(status "$1" .responder.pid) worker=$(status "$1" .responder.worker)
  for interface in "$@"; do
    status_is "$interface" ".responder.alive and .responder.pid == $guardian and .responder.worker == $worker" ||
      { podgraft status "${scope[@]}" --interface "$interface"; return 1; }
  done
  [ "$(processes | sort)" = "$(printf '%s\n' "$guardian" "$worker" | sort)" ] || { processes; return 1; }
}

# guest I: a namespace behind the pod's tap I
guest() {
  ip netns add "$pod-g$1"
  rm -f "$WORK/tapclient$1"
  "$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" "tap$1" "$pod-g$1" eth0 "${macs[$1]}" >"$WORK/tapclient$1" &
  tapclients[$1]=$!
  children+=("${tapclients[$1]}")
  wait_for 5 grep -q ready "$WORK/tapclient$1" && wait_for 5 carrier "tap$1" # what is sent before that is lost
}
guest_end() { # its tap may have ended it
  kill "${tapclients[$1]}" 2>/dev/null
  wait "${tapclients[$1]}" 2>/dev/null
  ip netns del "$pod-g$1"
}
# exchange I [TRIES]: a client's whole exchange; by default nothing that it sends may be lost
exchange() {
  CLIENT_RESULT=$WORK/result$1 ip netns exec "$pod-g$1" \
    busybox udhcpc -i eth0 -f -q -n -t "${2:-1}" -T 60 -s "$LIB/client-script"
}
leased() { # I ADDRESS
  rm -f "$WORK/result$1"
  exchange "$1" "${3:-1}" && grep -qx "address $2" "$WORK/result$1"
}
all_leased() { leased 0 10.244.1.7/24 && leased 1 192.168.1.9/24 && leased 2 192.168.2.9/24; }

# --- one after the other ---
three_interfaces three
check "three: up eth0" up eth0
check "three: a guest on tap0" guest 0
check "three: it has its lease" leased 0 10.244.1.7/24
first=$(status eth0 .lease.first_acked_at)
check "three: up net1" up net1
check "three: both by one pair" one_pair eth0 net1
check "three: up net2" up net2
check "three: all by one pair" one_pair eth0 net1 net2
check "three: eth0's lease is known still" status_is eth0 ".lease.state == \"bound\" and .lease.first_acked_at == $first"
check "three: that others followed is no restart" status_is eth0 '.responder.restarts == 0'
check "three: net1 and net2 have none" status_is net1 '.lease.state == "none"'
check "three: up again changes nothing" up net1
guardian=$(status eth0 .responder.pid)
check "three: and up of the first" up eth0
check "three: it is the same" test "$(status eth0 .responder.pid)" = "$guardian"
check "three: a guest on tap1" guest 1
check "three: a guest on tap2" guest 2
check "three: each guest has its own lease" all_leased
check "three: each is counted by itself" status_is net2 '.responder.counters.ack == 1'
names_tap() { grep -q "the guest on '$1' has its lease" "$STATE"/*/responder.log; }
check "three: one log has it all" names_tap tap1
check "three: of whom" names_tap tap2

# --- processes that die ---
worker=$(status eth0 .responder.worker)
kill -KILL "$worker"
another_worker() { status_is net2 ".responder.worker != $worker and .responder.worker != null"; }
check "worker: another takes its place" wait_for 5 another_worker
check "worker: for all" one_pair eth0 net1 net2
check "worker: all are served" all_leased
kill -KILL "$(status eth0 .responder.pid)"
none() { [ -z "$(processes)" ]; }
check "guardian: its worker ends with it" wait_for 5 none
check "guardian: nobody serves net1" not_alive net1
check "guardian: up of one mends all" up net1
check "guardian: one pair again" one_pair eth0 net1 net2
check "guardian: all are served" all_leased

# --- a tap that vanishes ---
guardian=$(status eth0 .responder.pid) worker=$(status eth0 .responder.worker)
guest_end 1
ip -n "$pod" link del tap1
check "tap: its lock is given up" wait_for 5 not_alive net1
check "tap: the others are served by the same" one_pair eth0 net2
check "tap: the same guardian" test "$(status eth0 .responder.pid)" = "$guardian"
check "tap: the same worker" test "$(status eth0 .responder.worker)" = "$worker"
check "tap: tap0's guest is served" leased 0 10.244.1.7/24
check "tap: tap2's guest is served" leased 2 192.168.2.9/24
check "tap: the log says so" grep -q "the tap is gone, nobody is left to serve on 'tap1'" "$STATE"/*/responder.log
kill -KILL "$worker"
check "tap: its worker's successor" wait_for 5 another_worker
check "tap: serves the others" one_pair eth0 net2
check "tap: up makes it anew" up net1
check "tap: all by one pair" one_pair eth0 net1 net2
check "tap: a guest on the new one" guest 1
check "tap: all are served" all_leased
# So does an interface of the pod's: its guest is nobody's any more.
ip -n "$node" link del veth2
check "nic: its lock is given up" wait_for 5 not_alive net2
check "nic: the others are served" one_pair eth0 net1
check "nic: by who was there" leased 0 10.244.1.7/24
guest_end 2
check "nic: down" down net2
check "nic: the others are served still" one_pair eth0 net1

# --- one goes, and comes ---
check "down: net1" down net1
check "down: eth0 is served" one_pair eth0
check "down: its guest, too" leased 0 10.244.1.7/24
no_lease() { [ ! -e "$(echo "$STATE"/netns-*)/net1.lease" ]; }
check "down: net1's lease is gone" no_lease
guest_end 1

# A client that never stops, and gives up at the first frame that is lost.
ip -n "$node" link add veth2 type veth peer name net2 netns "$pod"
ip -n "$node" link set veth2 up
ip -n "$pod" link set net2 address "${macs[2]}" mtu 1400 up
ip -n "$pod" addr add 192.168.2.9/24 dev net2
wait_for 5 carrier net2
asks_on() {
  local n=0
  until [ -e "$WORK/stop" ]; do
    exchange 0 >"$WORK/exchange" 2>&1 || { echo failed >>"$WORK/asked"; cat "$WORK/exchange" >>"$WORK/asked"; }
    echo $((++n)) >>"$WORK/asked"
  done
}
: >"$WORK/asked"
asks_on &
asks=$!
children+=("$asks")
comes_and_goes() {
  local i
  for i in 1 2 3; do
    up net1 && up net2 && down net1 && down net2 || return 1
  done
}
check "renew: interfaces come and go" comes_and_goes
touch "$WORK/stop"
wait "$asks"
asked_well() { cat "$WORK/asked"; [ "$(grep -c . "$WORK/asked")" -ge 3 ] && ! grep -q failed "$WORK/asked"; }
check "renew: the guest of eth0 was answered each time" asked_well
check "renew: one pair for eth0" one_pair eth0

# What a guest asks while one responder follows another waits for the one that comes.
guardian=$(status eth0 .responder.pid) worker=$(status eth0 .responder.worker)
kill -STOP "$guardian" "$worker"
up net1 &
up=$!
# The old one is killed if it does not end in time: until then a few looks have to do.
another_waits() { find_processes; [ ${#processes[@]} -eq 3 ]; }
check "between: another is ready" wait_for 5 another_waits
check "between: who asks then is answered" leased 0 10.244.1.7/24
check "between: up" wait "$up"
check "between: it is another" one_pair eth0 net1
check "between: the old one is gone" is_gone "$guardian"
check "between: down net1" down net1

# The one that was to follow is killed: yet another one does.
guardian=$(status eth0 .responder.pid) worker=$(status eth0 .responder.worker)
kill -STOP "$guardian" "$worker"
up net1 &
up=$!
check "between: one is ready again" wait_for 5 another_waits
told_to_end() { # by SIGHUP
  local status
  read -r -d '' status <"/proc/$guardian/status"
  [[ $status =~ ShdPnd:[[:space:]]*[0-9a-f]*1$'\n' ]]
}
check "between: and the old one has been told" wait_for 5 told_to_end
for pid in "${processes[@]}"; do [ "$pid" = "$guardian" ] || [ "$pid" = "$worker" ] || kill -KILL "$pid"; done
check "between: up in spite of that" wait "$up"
check "between: both are served" one_pair eth0 net1
check "between: with their leases" leased 0 10.244.1.7/24

# podgraft is killed when it has told the old one to end: the new one needs nobody.
guardian=$(status eth0 .responder.pid) worker=$(status eth0 .responder.worker)
kill -STOP "$guardian" "$worker"
podgraft down "${scope[@]}" --interface net1 &
down=$!
check "between: the old one is told to end" wait_for 5 told_to_end
kill -KILL "$down"
wait "$down" 2>/dev/null
kill -CONT "$guardian" "$worker"
check "between: the old one ends" wait_for 5 is_gone "$guardian"
serves_eth0() { one_pair eth0; }
check "between: the new one serves, without podgraft" wait_for 5 serves_eth0
check "between: a guest" leased 0 10.244.1.7/24
check "between: down once more" down net1

# --- what is served elsewhere is left alone ---
check "elsewhere: up net1, not served" up net1 --no-serve
check "elsewhere: up net2" up net2
check "elsewhere: one pair for two" one_pair eth0 net2
check "elsewhere: nobody for net1" not_alive net1
podgraft serve "${scope[@]}" 2>"$WORK/serve.log" &
serve=$!
children+=("$serve")
check "elsewhere: serve takes net1" wait_for 5 status_is net1 ".responder.pid == $serve and (.responder.guarded | not)"
check "elsewhere: the pair has the others" status_is net2 '.responder.guarded'
check "elsewhere: down net2" down net2
check "elsewhere: serve is left alone" status_is net1 ".responder.pid == $serve"
kill "$serve"
check "elsewhere: it ends well" wait "$serve"

# serve for several at once: all that nobody serves.
check "serve: eth0 down" down eth0
guest_end 0
for interface in eth0 net2; do check "serve: up $interface" up "$interface" --no-serve; done
podgraft serve "${scope[@]}" 2>"$WORK/serve.log" &
serve=$!
children+=("$serve")
serves_all() { local i; for i in eth0 net1 net2; do status_is $i ".responder.pid == $serve" || return 1; done; }
check "serve: one process for all" wait_for 5 serves_all
alone() { [ "$(processes)" = "$serve" ]; }
check "serve: and there is no other" alone
check "serve: a guest on the tap" guest 0
check "serve: a guest" leased 0 10.244.1.7/24
ip -n "$pod" link del tap1
check "serve: a tap that goes takes its lock along" wait_for 5 not_alive net1
check "serve: the rest is served" leased 0 10.244.1.7/24
kill -HUP "$serve"
check "serve: it ends well" wait "$serve"
podgraft serve "${scope[@]}" --interface net2 --interface eth0 2>"$WORK/serve.log" &
serve=$!
children+=("$serve")
check "serve: two by name" wait_for 5 status_is eth0 ".responder.pid == $serve"
check "serve: the other too" status_is net2 ".responder.pid == $serve"
kill "$serve"
wait "$serve"
guest_end 0
for interface in eth0 net1 net2; do check "end: down $interface" down "$interface"; done
no_files() { ! ls "$STATE"/*/* 2>/dev/null; }
check "end: nothing is left" no_files
summary
