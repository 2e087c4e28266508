#!/bin/bash
# libvirt's hook without libvirt: what of its protocol no daemon does by itself; tests/e2e/test_hook.sh
# has the daemon and its guests.
. "${srcdir:-.}/tests/lib/lib.sh"

printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"
pod_veth hook
pod=$POD_PREFIX-hook
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
options=(--netns "$pod" --state-dir "$STATE")
dump_pod "$pod" >"$WORK/before"
as_before() { dump_pod "$pod" >"$WORK/after"; diff "$WORK/before" "$WORK/after"; }

# asking ATTRIBUTES [MAC [RESOLV.CONF]]: the XML of a domain that asks for podgraft
asking() {
  domain_xml vm | sed "s|<source network='default'/>|<target dev='tap0' managed='no'/><mac address='${2:-aa:bb:cc:00:00:06}'/>|
    s|<interface type='network'>|<interface type='ethernet'>|
    s|</name>|</name><metadata><podgraft:network xmlns:podgraft='urn:podgraft:1' state-dir='$STATE' resolv-conf='${3:-$WORK/resolv.conf}' $1/></metadata>|"
}
hook_in() { # NAMESPACE OPERATION SUB-OPERATION, the XML on stdin
  ip netns exec "$1" podgraft hook vm "$2" "$3" - >"$WORK/out" 2>"$WORK/err"
}
hook() { hook_in "$pod" "$@" <"$WORK/in.xml"; }
exits() { # STATUS COMMAND...
  local want=$1 status=0
  shift
  "$@" || status=$?
  [ "$status" -eq "$want" ] || { echo "exit status $status, not $want"; cat "$WORK/err"; return 1; }
}
says() { grep -qF -- "$1" "$WORK/err" || { cat "$WORK/err"; return 1; }; }
status_is() { podgraft status "${options[@]}" --json | jq -e "$1"; }


# --- what does not come to an end: the interface is waited for longer than libvirt can be let wait ---

asking "interface='eth7' wait-interface='3600'" >"$WORK/late.xml"
endless() { # OPERATION STATUS
  ip netns add "$pod-$1" # the lock is held all the while
  check "$1 of what never comes" exits "$2" hook_in "$pod-$1" "$1" begin <"$late"
  check "$1 says why it gave up" says "not done within 30 s"
}
late=$WORK/late.xml
side endless prepare 4
side endless reconnect 0 # anything else kills the guest
side endless attach 0

# --- the MAC of the XML, which libvirt makes up where the user gave none, is the guest's ---

asking "" 02:00:00:00:00:99 >"$WORK/in.xml"
check "prepare with a MAC that is not the pod's" hook prepare begin
check "it is warned about" says "the guest's MAC address 02:00:00:00:00:99 is not the pod's, aa:bb:cc:00:00:06"
check "with the remedy" says "'podgraft domain' prints the domain's XML with the pod's"
check "it is the guest's" status_is '.identity.mac == "02:00:00:00:00:99"'
# The machine lost its power: no release came, and the user has changed the domain since.
asking "lease-time='600'" 02:00:00:00:00:98 >"$WORK/in.xml"
check "prepare again, with a third" hook prepare begin
check "that is the guest's then" status_is '.identity.mac == "02:00:00:00:00:98"'
check "who is served" test "$("$PODGRAFT_BUILD/tests/fault/lease" "$pod" tap0 02:00:00:00:00:98)" = 10.244.1.7
printf 'nameserver 10.96.0.11\n' >"$WORK/other.conf"
asking "hostname='three'" 02:00:00:00:00:98 "$WORK/other.conf" >"$WORK/in.xml"
check "prepare again, with a host name and another resolv.conf" hook prepare begin
check "it is the guest's name" status_is '.identity.hostname == "three"'
check "and its nameserver" status_is '.identity.nameservers == ["10.96.0.11"]'
check "release" hook release end
check "the network is as it was" as_before

# --- how it logs, which libvirt's configuration has no place for ---

asking "log-format='json' mtu='1'" >"$WORK/in.xml"
check "a bad attribute" exits 2 hook prepare begin
check "is told as the domain wants it" sh -c "jq -e '.event == \"failed\"' $WORK/err"
asking "log-level='error'" 02:00:00:00:00:99 >"$WORK/in.xml"
check "prepare of a domain that wants errors only" hook prepare begin
check "gives no warning" test ! -s "$WORK/err"
check "release" hook release end

# --- what libvirt hands on to another machine ---

asking "" 02:00:00:00:00:99 | sed "s|tap0|tap9|; s|<name>|<!-- as it was there --><name>|" >"$WORK/in.xml"
for operation in migrate restore; do
  check "$operation" hook $operation begin
  check "$operation: this pod's tap" grep -q "dev=\"tap0\"" "$WORK/out"
  check "$operation: and MTU" grep -q '<mtu size="1450"/>' "$WORK/out"
  check "$operation: the rest stays" grep -q '<!-- as it was there -->' "$WORK/out"
  check "$operation: nothing is touched" as_before
done

# --- what fails before the domain is read ---

unready() { PODGRAFT_LOG_LEVEL=nonsense hook "$1" begin; }
elsewhere() { podgraft hook vm "$1" begin - --netns "$pod-none" <"$WORK/in.xml" 2>"$WORK/err"; }
while read -r operation status; do
  check "$operation with a bad environment" exits "$status" unready "$operation"
  check "$operation says why" says "error: hook: PODGRAFT_LOG_LEVEL 'nonsense'"
  check "$operation in a namespace that is not there" exits "$status" elsewhere "$operation"
  check "$operation says which" says "no such network namespace"
done <<'END'
prepare 2
reconnect 0
attach 0
END

# --- the host's own network ---

ip netns add "$pod-host"
ip -n "$pod-host" link add eth0 type veth peer name other
ip -n "$pod-host" addr add 10.244.9.7/24 dev eth0
ip -n "$pod-host" link set eth0 up
ip -n "$pod-host" link set other up
asking "" >"$WORK/in.xml"
dump_pod "$pod-host" >"$WORK/host"
check "an interface that looks like the host's own" exits 2 hook_in "$pod-host" prepare begin <"$WORK/in.xml"
check "is refused" says "looks like the host's own interface"
check "nothing is touched" diff "$WORK/host" <(dump_pod "$pod-host")
check "nothing is kept" test -z "$(find "$STATE" -type f 2>/dev/null)"

# --- two domains of several interfaces at once: one lets go of the lock when it knows who the pod is ---

ip -n "$pod-node" link add veth9 type veth peer name net1 netns "$pod"
ip -n "$pod-node" link set veth9 up
ip -n "$pod" link set net1 up
ip -n "$pod" addr add 192.168.7.9/24 dev net1
asking "interface='eth0 net1'" >"$WORK/plain.xml"
podgraft domain "${options[@]}" --interface eth0 --interface net1 --domain "$WORK/plain.xml" >"$WORK/in.xml" 2>"$WORK/err"
faulty() { # FAULTS COMMAND...
  FAULTS=$1 FAULT_LOG=$WORK/calls LD_PRELOAD="$sanitizers$PODGRAFT_BUILD/tests/fault/shim.so" "${@:2}"
}
check "both: prepare" faulty '' hook prepare begin
check "both: release" hook release end
again=$(awk '/ socket AF_UNIX$/ {before = $1} / bind AF_UNIX$/ && ++n == 2 {print before}' "$WORK/calls") # not yet locked
faulty "$again:stop" hook prepare begin &
first=$!
is_stopped() { first=$(ip netns pids "$pod") && grep -qs '^State:.T' "/proc/$first/status"; }
check "both: one stands still" wait_for 5 is_stopped
check "both: another is faster" sh -c "ip netns exec $pod podgraft hook other prepare begin - <$WORK/in.xml"
kill -CONT "$first"
first_ends() { wait %faulty; }
check "both: the first is refused" exits 1 first_ends
check "both: and says why" says "'eth0' is in use by the domain 'other'"
check "both: the other's are well" podgraft status --check "${options[@]}"
check "both: its release" sh -c "ip netns exec $pod podgraft hook other release end - <$WORK/in.xml"

# --- in and out of libvirt's directory ---

podgraft hook --install --hooks-dir "$WORK/hooks" 2>"$WORK/err"
check "the first hook: the daemon has to be restarted" says "restart the daemon"
podgraft hook --install --hooks-dir "$WORK/hooks" 2>"$WORK/err"
check "once more: it has not" sh -c "! grep -q restart $WORK/err"
podgraft hook --uninstall --hooks-dir "$WORK/hooks"
check "it is gone" test -z "$(ls "$WORK/hooks/qemu.d")"
check "once more" podgraft hook --uninstall --hooks-dir "$WORK/hooks"
sides_end
summary
