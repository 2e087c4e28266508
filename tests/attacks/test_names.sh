#!/bin/bash
# Names from others: that of a mark, a record, a file, a CNI variable or an option leads nowhere, and
# what is in a name does not act on a terminal. DEL of a container takes no other's graft.
. "${srcdir:-.}/tests/lib/lib.sh"

# One directory for all that could be hit; the state is two below it.
FIELD=$WORK/field
STATE=$FIELD/run/podgraft
mkdir -p "$STATE"

# --- victims: files beside the state directory that a name could lead to ---

plant() {
  local at
  for at in "$FIELD" "$FIELD/run" "$STATE"; do
    for suffix in json lease guest attached refused json.stale json.new; do
      [ -e "$at/X.$suffix" ] || echo "$at" >"$at/X.$suffix"
    done
  done
}
# Everything but what is podgraft's own; a directory tells by its times that something came and went.
field() {
  find "$FIELD" -not -path "$STATE" -not -path "$STATE/netns-*" -not -path "$STATE/cni*" -printf '%p %i %s %T@ %C@\n' | sort
}
untouched() { diff <(echo "$planted") <(echo "$seen"); }
# attack WHAT COMMAND...: its exit status is in $status
attack() {
  local what=$1
  shift
  "$@" >"$WORK/out" 2>&1
  status=$?
  seen=$(field)
  check "$what: nothing beside the state directory is touched" untouched
  [ "$seen" = "$planted" ] || { plant; planted=$(field); } # what comes next has its own chance
}
said() { grep -qF -- "$1" "$WORK/out" || { cat "$WORK/out"; return 1; }; }
refused() { [ "$status" -eq 2 ] || { echo "exit status $status"; cat "$WORK/out"; return 1; }; }

# addressed NAME: a pod with an address and a default route
addressed() {
  pod=$POD_PREFIX-$1
  pod_veth "$1"
  ip -n "$pod" addr add 10.9.0.7/24 dev eth0
  ip -n "$pod" route add default via 10.9.0.1
  options=(--netns "$pod" --state-dir "$STATE")
}
grafted() { ip -n "$pod" link show tap0 >/dev/null 2>&1; }
not_grafted() { ! grafted; }
serves() { podgraft status --check "${options[@]}"; }
record() { echo "$STATE"/netns-*/eth0.json; }
plant
planted=$(field)

# --- the mark, by whoever has NET_ADMIN in the pod ---

addressed mark
index=$(ip -n "$pod" -j link show eth0 | command jq '.[0].ifindex')
before=$(dump_pod "$pod")
same_as_before() { diff <(echo "$before") <(dump_pod "$pod"); }
for name in ../../X ../X .. a/../../../X; do
  ip -n "$pod" link set eth0 alias "podgraft:$name if=$index mac=aa:bb:cc:00:00:06 ip=10.9.0.7/24"
  attack "mark $name: plan" podgraft plan "${options[@]}"
  attack "mark $name: status" podgraft status "${options[@]}"
  attack "mark $name: down --force" podgraft down --force "${options[@]}"
  attack "mark $name: up" podgraft up "${options[@]}" --resolv-conf /dev/null
  check "mark $name: it is wired by its own name" serves
  attack "mark $name: down" podgraft down "${options[@]}"
  check "mark $name: and restored" not_grafted
done
ip -n "$pod" link set eth0 alias ""
check "mark: the pod is as it was" same_as_before

# The real mark is found behind a forged one, on a link that comes before it.
ip -n "$pod" link set lo alias "podgraft:../../X if=$index mac=aa:bb:cc:00:00:06"
check "mark forged and real: up" podgraft up "${options[@]}" --resolv-conf /dev/null --no-serve
rm -rf "${STATE:?}"/netns-*
attack "mark forged and real: down --force" podgraft down --force "${options[@]}"
check "mark forged and real: it is restored" not_grafted
ip -n "$pod" link set lo alias ""
check "mark forged and real: the pod is as it was" same_as_before

# Numbers in it: of an interface, which index it has.
ip -n "$pod" link set lo alias "podgraft:eth5 if=$index mac=aa:bb:cc:00:00:06 n=-1"
check "mark: an index of -1" podgraft plan "${options[@]}"
ip -n "$pod" link set lo alias ""
ip -n "$pod" link set eth0 down
ip -n "$pod" link set eth0 name net-1 up
check "a name that ends in a number below 0" podgraft plan --interface net-1 "${options[@]}"
ip -n "$pod" link set net-1 down
ip -n "$pod" link set net-1 name eth0 up
ip -n "$pod" route add default via 10.9.0.1

# --- records ---

check "record: up" podgraft up "${options[@]}" --resolv-conf /dev/null
good=$(record)
cp "$good" "$WORK/good"
for key in interface nic bridge tap; do
  names=(../../X)
  [ $key != interface ] || names+=(.. "" $'a\e[1m' eth%d)
  for name in "${names[@]}"; do
    command jq --arg name "$name" ".identity.$key = \$name" "$WORK/good" >"$good"
    attack "record, $key '$name': down" podgraft down "${options[@]}"
    check "record, $key '$name': it is refused" refused
  done
done
command jq '.domain = "../../../../X" | .connect = null' "$WORK/good" >"$good"
attack "record, domain: down" podgraft down "${options[@]}"
check "record, domain: it is refused" refused
cp "$WORK/good" "$good"
# Files' names in the directory: those that are none are no records.
dir=$(dirname "$good")
cp "$WORK/good" "$dir/"$'\e[31mx'.json
cp "$WORK/good" "$dir/...json"
attack "record, file names: status" podgraft status "${options[@]}"
check "record, file names: status of eth0" test "$status" -eq 0
rm "$dir/"$'\e[31mx'.json "$dir/...json"
check "record: down" podgraft down "${options[@]}"
check "record: the pod is restored" not_grafted

# --- options, files, the environment ---

bad=(../../X /X .. . a/b a:b $'a\e[31mb' $'a\x01' a%db sixteen-bytes-xx $'\xc2\x9b31m' $'\xff')
for name in "${bad[@]}"; do
  commands=(down)
  [ "$name" != ../../X ] || commands=(plan up down status)
  for command in "${commands[@]}"; do
    attack "--interface $command $(printf %q "$name")" podgraft $command --interface "$name" "${options[@]}"
    check "--interface $command $(printf %q "$name"): it is refused" refused
  done
done
from_environment() { PODGRAFT_INTERFACE=../../X podgraft up "${options[@]}"; }
attack "PODGRAFT_INTERFACE" from_environment
check "PODGRAFT_INTERFACE: it is refused" refused
echo '{"interfaces": [{"name": "../../X"}]}' >"$WORK/config"
attack "--config" podgraft up --config "$WORK/config" "${options[@]}"
check "--config: it is refused" refused
cat >"$WORK/cache" <<CACHE
{"Name": "../../X", "MAC": "qrvMAAAG", "IPAMDisabled": true, "AdvertisingIPAddr": "169.254.75.10", "Mtu": 1450}
CACHE
attack "--vif-cache" podgraft up --vif-cache "$WORK/cache" "${options[@]}"
check "--vif-cache: it is refused" refused
hook() {
  ip netns exec "$pod" podgraft hook vm prepare begin - <<DOMAIN
<domain type='qemu'><name>vm</name>
<metadata><podgraft:network xmlns:podgraft='urn:podgraft:1' state-dir='$STATE' interface='../../X'/></metadata>
<devices><interface type='ethernet'><target dev='tap0' managed='no'/></interface></devices></domain>
DOMAIN
}
attack "a libvirt domain" hook
check "a libvirt domain: it is refused" refused
check "a libvirt domain: for its interface" said "'interface' '../../X'"
for name in .. . "$(printf '%0300d' 0)"; do
  attack "--netns ${name:0:9}" podgraft status --netns "$name" --state-dir "$STATE"
  check "--netns ${name:0:9}: it is refused" refused
done
check "options: the pod is as it was" not_grafted

# --- control characters in names that others gave ---

# None but line feeds: neither C0, DEL nor C1, and valid UTF-8.
is_clean() {
  ! LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1" && iconv -f UTF-8 -t UTF-8 "$1" >/dev/null ||
    { cat -v "$1"; return 1; }
}
# clean WHAT STATUS COMMAND...
clean() {
  local what=$1 expected=$2
  shift 2
  "$@" >"$WORK/out" 2>&1
  status=$?
  check "$what: exit status $expected" test "$status" -eq "$expected"
  check "$what: no control characters" is_clean "$WORK/out"
}
addressed controls
evil=$'e\e[31m\x07\x7f' csi=$'c\xc2\x9b31m\xff' # ESC, BEL, DEL; the one-character CSI, no UTF-8
ip -n "$pod" link add "$evil" type veth peer name "$csi"
check "controls: the kernel takes such names" test -n "$(ip -n "$pod" link show "$evil")"
clean "controls, a missing interface" 2 podgraft up --interface none "${options[@]}"
check "controls, a missing interface: it lists them escaped" said 'e\x1b[31m\x07\x7f'
check "controls, a missing interface: all of them" said 'c\xc2\x9b31m\xff'
clean "controls, JSON lines" 2 podgraft up --interface none --log-format json "${options[@]}"
check "controls, JSON lines: they are JSON" command jq -e .message "$WORK/out"
clean "controls, doctor" 5 podgraft doctor --interface none "${options[@]}"
podgraft doctor "${options[@]}" >"$WORK/out" 2>&1
check "controls, doctor: no control characters" is_clean "$WORK/out"
podgraft doctor --interface none --json "${options[@]}" >"$WORK/out"
check "controls, doctor --json: no control characters" is_clean "$WORK/out"
clean "controls, on the command line" 2 podgraft up $'--inter\e[31mface' "${options[@]}"
clean "controls, a command" 2 podgraft $'u\e[31mp'
clean "controls, a value" 2 podgraft up --netns $'no\e[31mne'
clean "controls, what config shows" 0 podgraft config --state-dir $'/run/\e[31m\x07'
clean "controls, what config --json shows" 0 podgraft config --json --state-dir $'/run/\xc2\x9b31m'

# The pod's own interface with such a name, and as a port of such a bridge: refused, nothing is touched.
ip -n "$pod" link set "$evil" up
clean "controls, --interface" 2 podgraft up --interface "$evil" "${options[@]}"
ip -n "$pod" route del default
ip -n "$pod" addr add 10.8.0.7/24 dev "$evil"
ip -n "$pod" link set "$csi" up
ip -n "$pod" route add default via 10.8.0.1 dev "$evil"
clean "controls, the default route's" 2 podgraft up "${options[@]}" --allow-host-network
check "controls, the default route's: why" said 'e\x1b[31m\x07\x7f'
check "controls, the default route's: nothing was wired" not_grafted
ip -n "$pod" route del default
ip -n "$pod" route add default via 10.9.0.1
ip -n "$pod" link del "$evil"
ip -n "$pod" link add "$evil" type bridge
ip -n "$pod" link set eth0 master "$evil"
clean "controls, the name of its bridge" 2 podgraft plan "${options[@]}"
check "controls, the name of its bridge: it is told" said 'e\x1b[31m\x07\x7f'
ip -n "$pod" link set eth0 nomaster
ip -n "$pod" link del "$evil"

# An alias, a search domain's file, a domain's name and what the record says of them, where a graft stands.
ip -n "$pod" link set eth0 alias $'a\e]0;title\x07b'
ip -n "$pod" link add "$evil" type veth peer name "$csi" # a bystander, in the record
check "controls: up" podgraft up "${options[@]}" --resolv-conf /dev/null
command jq --arg text $'vm\e[31m\n\xc2\x9b' '.domain = $text | .connect = $text | .identity.hostname = $text' "$(record)" >"$WORK/record"
cp "$(record)" "$WORK/good"
cp "$WORK/record" "$(record)"
ip -n "$pod" link set tap0 nomaster
for words in "status" "status --json" "status --prometheus" "plan" "plan --json"; do
  clean "controls, $words" 0 podgraft $words "${options[@]}"
done
podgraft status "${options[@]}" >"$WORK/out" 2>&1
check "controls, status: the domain" said 'vm\x1b[31m\x0a\xc2\x9b'
cp "$WORK/good" "$(record)"
check "controls: down" podgraft down "${options[@]}"
check "controls: the alias is back" test "$(ip netns exec "$pod" cat /sys/class/net/eth0/ifalias)" = $'a\e]0;title\x07b'
check "controls: the bystander is as it was" test -n "$(ip -n "$pod" link show "$evil")"

# --- CNI ---

# cni COMMAND CONTAINER [INTERFACE [NETNS [JQ]]]
cni() {
  command jq -n --arg dir "$STATE" '{cniVersion: "1.1.0", name: "vms", type: "podgraft-cni", stateDir: $dir,
    dns: {nameservers: ["10.96.0.10"]}, prevResult: {cniVersion: "1.1.0", interfaces: []}}'" | ${5:-.}" |
    CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_IFNAME=${3-eth0} CNI_NETNS=${4-/run/netns/$pod} podgraft-cni >"$WORK/answer" 2>"$WORK/out"
  status=$?
  cat "$WORK/answer" >>"$WORK/out"
  [ "$status" -eq 0 ] || { cat "$WORK/out"; return 1; }
}
cni_fails() { # CODE COMMAND...
  local code=$1
  shift
  ! cni "$@" >/dev/null && grep -q "\"code\":$code\$\|\"code\":$code," "$WORK/out" || { cat "$WORK/out"; return 1; }
}
known() { [ -e "$STATE/cni/$1:eth0.json" ]; }
unknown() { ! known "$1"; }

addressed cni
index=$(ip -n "$pod" -j link show eth0 | command jq '.[0].ifindex')
ip -n "$pod" link set eth0 alias "podgraft:../../X if=$index mac=aa:bb:cc:00:00:06"
# By CNI_IFNAME, and as KubeVirt's binding, which takes whatever interface is the pod's.
binding='.args = {cni: {logicNetworkName: "default"}}'
attack "CNI DEL of a forged mark" cni DEL c0
attack "CNI ADD of a forged mark" cni ADD c0
attack "CNI DEL after it" cni DEL c0
attack "CNI binding, DEL of a forged mark" cni DEL c0 net1 "/run/netns/$pod" "$binding"
attack "CNI binding, ADD of a forged mark" cni ADD c0 net1 "/run/netns/$pod" "$binding"
check "CNI binding: it is wired by its own name" serves
attack "CNI binding, DEL after it" cni DEL c0 net1 "/run/netns/$pod" "$binding"
ip -n "$pod" link set eth0 alias ""
check "CNI: restored" not_grafted
for name in ../../X a/b .. $'a\e[1m' eth%d; do
  check "CNI_IFNAME $(printf %q "$name")" cni_fails 4 DEL c1 "$name"
  check "CNI_CONTAINERID $(printf %q "$name")" cni_fails 4 DEL "$name"
  check "CNI key interface $(printf %q "$name")" cni_fails 7 DEL c1 eth0 "/run/netns/$pod" ".interface = \"${name/$'\e'/\\u001b}\""
done

# Attachment files that lead elsewhere, or say what they are not called.
mkdir -p "$STATE/cni" "$STATE/netns-1"
attachment() { # FILE CONTAINER IFNAME DIR INTERFACE
  command jq -n --arg id "$2" --arg ifname "$3" --arg dir "$4" --arg interface "$5" \
    '{network: "vms", container_id: $id, ifname: $ifname, netns: "/run/netns/none", dir: $dir, interface: $interface}' >"$STATE/cni/$1.json"
}
gc='."cni.dev/valid-attachments" = []'
attachment c1:eth0 c1 eth0 "$STATE/netns-1" ../../X
attachment c2:eth0 c2 eth0 "$FIELD" X
attachment c3:eth0 c3 eth0 "$STATE/netns-1/../.." X
attachment c4:eth0 c4 ../../X "$STATE/netns-1" eth0
attachment c5:eth0 ../../X eth0 "$STATE/netns-1" eth0
attachment c6:eth0 other eth0 "$STATE/netns-1" eth0
attachment other:eth0 other eth0 "$STATE/netns-1" eth0
attack "CNI attachments: DEL" cni DEL c1 eth0 ""
attack "CNI attachments: DEL by a directory" cni DEL c2 eth0 ""
attachment c1:eth0 c1 eth0 "$STATE/netns-1" ../../X
attachment c2:eth0 c2 eth0 "$FIELD" X
attack "CNI attachments: DEL of that is another's file" cni DEL c6 eth0 ""
check "CNI attachments: which is there still" known other
attack "CNI attachments: GC" cni GC "" "" "" "$gc"
check "CNI attachments: GC takes what is one" unknown other
rm -rf "${STATE:?}/cni" "${STATE:?}/netns-1"

# --- CNI: whose graft it is ---

addressed whose
check "whose: ADD" cni ADD c1
result=$(cat "$WORK/answer")
check "whose: DEL of another container says yes" cni DEL c2
check "whose: and touches nothing" serves
check "whose: DEL of the container's other interface, too" cni DEL c1 net1
check "whose: and touches nothing of eth0" serves
check "whose: CHECK" cni CHECK c1 eth0 "/run/netns/$pod" ".prevResult = $result"
check "whose: CHECK of another container" cni_fails 103 CHECK c2 eth0 "/run/netns/$pod" ".prevResult = $result"
check "whose: it says why" said "container 'c2' has no attachment 'eth0'"
check "whose: ADD of another container" cni ADD c2
check "whose: its DEL leaves the first one's" cni DEL c2
check "whose: which is served" serves
check "whose: and known" known c1
first=$pod
addressed other
check "whose: ADD in another namespace" cni ADD c3
check "whose: DEL with the namespace of another" cni DEL c1 eth0 "/run/netns/$pod"
check "whose: leaves that" serves
pod=$first options=(--netns "$first" --state-dir "$STATE")
check "whose: and takes its own down" not_grafted
check "whose: ADD again" cni ADD c1
rm "$STATE/cni/c1:eth0.json"
check "whose: with its file lost, DEL of another" cni DEL c2
check "whose: touches nothing" serves
check "whose: its own DEL finds it by the record" cni DEL c1
check "whose: and takes it down" not_grafted
check "whose: ADD again, state directory lost" cni ADD c1
rm -rf "${STATE:?}"/*
check "whose: DEL finds it by the marks" cni DEL c1
check "whose: and takes it down, too" not_grafted
check "whose: podgraft up" podgraft up "${options[@]}" --resolv-conf /dev/null
check "whose: DEL of a container that made none" cni DEL c1
check "whose: touches nothing of it" serves
check "whose: down" podgraft down "${options[@]}"
summary
