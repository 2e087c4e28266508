#!/bin/bash
# --vif-cache: a pod that KubeVirt wired is served by podgraft, and left as KubeVirt left it.
. "${srcdir:-.}/tests/lib/lib.sh"

pod_veth over
pod=$POD_PREFIX-over node=$POD_PREFIX-over-node guest=$POD_PREFIX-over-guest
in_pod() { ip -n "$pod" "$@"; }
ip -n "$node" addr add 10.244.0.1/24 dev veth0
ip -n "$node" addr add 10.96.0.10/32 dev veth0
in_pod addr add 10.244.0.5/24 dev eth0
in_pod route add default via 10.244.0.1
printf 'nameserver 10.96.0.10\nsearch vms.svc.cluster.local\n' >"$WORK/resolv.conf"
scope=(--netns "$pod" --state-dir "$STATE")
cache=$WORK/private
mkdir "$cache"
up() { podgraft up "${scope[@]}" --resolv-conf "$WORK/resolv.conf" --hostname vm1 "$@"; }
status_of() { local output; output=$(podgraft status "${scope[@]}" --json) && jq -ce "$1" <<<"$output"; }
exits() { # STATUS WORDS COMMAND...
  local status=0
  "${@:3}" >"$WORK/said" 2>&1 || status=$?
  [ "$status" -eq "$1" ] && grep -qF -- "$2" "$WORK/said" || { echo "status $status"; cat "$WORK/said"; return 1; }
}

# What KubeVirt keeps beside it; Go writes bytes in base64.
address() { echo "{\"IP\":\"$1\",\"Mask\":\"$2\",\"Label\":\"\",\"Flags\":0,\"Scope\":0,\"Peer\":null,\"Broadcast\":\"\",\"PreferedLft\":0,\"ValidLft\":0,\"LinkIndex\":0}"; }
route() { echo "{\"LinkIndex\":2,\"ILinkIndex\":0,\"Scope\":0,\"Dst\":$1,\"Src\":\"\",\"Gw\":\"$2\",\"MultiPath\":null,\"Protocol\":3,\"Priority\":0,\"Table\":254,\"Type\":1}"; }
cat >"$cache/vif-cache-eth0.json" <<END
{"Name":"eth0","IP":$(address 10.244.0.5 ////AA==),"IPv6":{"IP":"","Mask":null},"MAC":"qrvMAAAG",
 "AdvertisingIPAddr":"169.254.75.10","AdvertisingIPv6Addr":"",
 "Routes":[$(route null 10.244.0.1),$(route '{"IP":"10.96.0.0","Mask":"//AAAA=="}' 10.244.0.1)],
 "Mtu":1450,"IPAMDisabled":false,"Gateway":"10.244.0.1","Subdomain":""}
END
check "a pod that is not wired yet" exits 3 "there is no tap 'tap0': this pod has not been wired yet" up --vif-cache "$cache"

# --- KubeVirt's wiring, step by step; this kernel need not have dummy, a tap is as good a keeper ---

wire_like_kubevirt() {
  in_pod link set eth0 down && in_pod link set eth0 name eth0-nic && in_pod addr flush dev eth0-nic &&
    in_pod link add k6t-eth0 type bridge stp_state 0 && in_pod link set k6t-eth0 address 02:aa:bb:cc:dd:01 up &&
    in_pod addr add 169.254.75.10/32 dev k6t-eth0 &&
    in_pod link set eth0-nic address 02:aa:bb:cc:dd:01 master k6t-eth0 && in_pod link set eth0-nic up &&
    in_pod link set eth0-nic type bridge_slave learning off &&
    in_pod tuntap add tap0 mode tap user 107 group 107 && in_pod link set tap0 mtu 1450 master k6t-eth0 up &&
    in_pod tuntap add eth0 mode tap && in_pod link set eth0 address aa:bb:cc:00:00:06 mtu 1450 &&
    in_pod addr add 10.244.0.5/24 dev eth0 &&
    ip netns exec "$pod" sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/arp_ignore'
}
check "KubeVirt wires the pod" wire_like_kubevirt
ip netns add "$guest"
"$PODGRAFT_BUILD/tests/lib/tapclient" "$pod" tap0 "$guest" eth0 aa:bb:cc:00:00:06 >"$WORK/tapclient" &
children+=("$!")
check "its guest runs" wait_for 5 grep -qs ready "$WORK/tapclient"
has_settled() { [ "$(in_pod -d link show master k6t-eth0 | grep -c 'state forwarding')" = 2 ] && settled "$pod"; }
check "the bridge carries it" wait_for 5 has_settled
rules() { ip netns exec "$pod" nft list ruleset; }
before=$(dump_pod "$pod" && rules)
same() { diff <(echo "$before") <(dump_pod "$pod" && rules); }

# --- taking over ---

check "plan has nothing to do" sh -c "podgraft plan ${scope[*]} --vif-cache $cache | grep -q 'nothing to do'"
check "plan leaves nothing" test -z "$(find "$STATE" -type f 2>/dev/null)"
check "up" up --vif-cache "$cache"
check "no link is touched" same
check "who the pod is, from the cache" status_of '.identity | [.interface, .tap, .mac, .addresses[0], .mtu_bytes, .server_ip] ==
  ["eth0", "tap0", "aa:bb:cc:00:00:06", "10.244.0.5/24", 1450, "169.254.75.10"]'
check "status says whose it is" status_of '.links.taken_over and .links.drift == [] and .links.filter == "off"'
check "so does the text" sh -c "podgraft status ${scope[*]} | grep -q \"wiring *somebody else's, which podgraft only serves\""
check "it is served" status_of .responder.alive

cat >"$WORK/script" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
set -- $staticroutes
while [ $# -ge 2 ]; do ip route add "$1" via "$2"; shift 2; done
env >"$RESULT"
END
chmod +x "$WORK/script"
ask() { RESULT=$WORK/result timeout 240 ip netns exec "$guest" busybox udhcpc -i eth0 -f -q -n -t 20 -T 1 -s "$WORK/script" \
  -O search -O staticroutes -O mtu -O hostname >"$WORK/udhcpc" 2>&1; }
check "a real client asks" ask
for line in ip=10.244.0.5 mask=24 serverid=169.254.75.10 mtu=1450 hostname=vm1 dns=10.96.0.10 \
  'staticroutes=10.96.0.0/12 10.244.0.1 0.0.0.0/0 10.244.0.1'; do
  check "it is told $line" grep -Fx -- "$line" "$WORK/result"
done
check "it speaks to the node" ip netns exec "$guest" ping -qc 2 -W 10 10.96.0.10
check "its lease is seen" wait_for 5 status_of '.lease.state == "bound"'

# --- once more, and away ---

check "a cache from a pipe" up --vif-cache <(cat "$cache/vif-cache-eth0.json")
check "up again" up --vif-cache "$cache/vif-cache-eth0.json" --dhcp-option ntp-servers=10.0.0.1
check "it is served once more" status_of .responder.alive
check "the new option is in the record" grep -q ntp-servers "$(echo "$STATE"/netns-*/eth0.json)"
check "up without the cache goes on" up
responder=$(status_of .responder.pid)
check "down" podgraft down "${scope[@]}"
check "KubeVirt's wiring is as it was" same
check "the responder is gone" wait_for 5 is_gone "$responder"
check "nothing is left" test -z "$(find "$STATE" -type f)"
check "the guest still speaks to the node" ip netns exec "$guest" ping -qc 2 -W 10 10.96.0.10

# --- what is refused ---

jq '.Name = "net1"' "$cache/vif-cache-eth0.json" >"$WORK/other.json"
check "another interface's cache" exits 2 "is of 'net1', not of 'eth0'" up --vif-cache "$WORK/other.json"
jq '.MAC = "qrvM"' "$cache/vif-cache-eth0.json" >"$WORK/other.json"
check "a bad cache, and where" exits 2 "vif-cache.MAC: 'qrvM' is not 6 bytes in base64" up --vif-cache "$WORK/other.json"
check "one that is not there" exits 2 "vif-cache-net7.json" up --interface net7 --vif-cache "$cache"
check "nothing was touched" same

pod_veth own
pod=$POD_PREFIX-own
in_pod addr add 10.244.0.5/24 dev eth0
check "a pod of podgraft's own" podgraft up --netns "$pod" --state-dir "$STATE"
check "there is nothing to take over" exits 2 "was wired by podgraft itself" \
  podgraft up --netns "$pod" --state-dir "$STATE" --vif-cache "$cache"
check "it is as well as before" podgraft status --netns "$pod" --state-dir "$STATE" --check
summary
