#!/bin/bash
# deploy/kubevirt as it stands: the installer fills a node that has a shell and nothing else, and the
# plugin works there, called as Multus would for KubeVirt.
. "${srcdir:-.}/tests/lib/lib.sh"

deploy=$(cd "$LIB/../../deploy/kubevirt" && pwd)
yaml() { /usr/bin/env -i /usr/bin/python3 -c 'import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))' "$deploy/$1" | jq -e "${@:2}"; }
root=$WORK/node pod=$POD_PREFIX-vm
mkdir -p "$root"/{bin,dev,proc,run,tmp,old}
cp /bin/busybox "$root/bin/sh"

# --- the installer, with the DaemonSet's arguments ---

mapfile -t arguments < <(yaml installer.yaml -r '.spec.template.spec.initContainers[0].args[]')
check "the node's root is where the DaemonSet mounts it" test "${arguments[2]}" = /host
volumes() { yaml installer.yaml '.spec.template.spec | [.initContainers[0].volumeMounts[] as $m | .volumes[] | select(.name == $m.name) | "/host" + .hostPath.path == $m.mountPath] == [true, true]'; }
check "its volumes are the node's directories of these names" volumes
arguments[2]=$root
install() { "$deploy/install-cni" "${arguments[@]}"; }
check "it installs" install
plugin=$root/opt/cni/bin/podgraft-cni
places() { ls "$root/opt/podgraft" | wc -l; }
first=$(sed -n 's/^there=//p' "$plugin")
check "once more is the same" install
check "of one build there is one" test "$(places)" -eq 1
# An image with another build, and one more.
mkdir "$WORK/other"
cp "$PODGRAFT_BUILD/podgraft" "$WORK/other/podgraft"
other() { echo "$1" >>"$WORK/other/podgraft"; PATH=$WORK/other:$PATH install; }
check "another build takes its place" other 2
leads_elsewhere() { [ "$(sed -n 's/^there=//p' "$plugin")" != "$first" ]; }
check "the plugin leads there" leads_elsewhere
check "the one before is still there" test -d "$root$first"
check "yet another" other 3
check "the first is gone" test ! -e "$root$first" -a "$(places)" -eq 2

# --- the node ---

# on_node COMMAND...: with nothing of this machine but /dev, /proc and /run
on_node() {
  unshare --mount --propagation slave bash -c '
    set -e
    root=$1
    shift
    mount --bind "$root" "$root"
    for dir in dev proc run; do mount --rbind /$dir "$root/$dir"; done
    cd "$root"
    pivot_root . old
    exec "$@"' node "$root" "$@"
}
call() { # COMMAND: the configuration on stdin
  on_node /bin/sh -c 'export CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=/run/netns/$2 CNI_IFNAME=net1; exec /opt/cni/bin/podgraft-cni' \
    sh "$1" "$pod" >"$WORK/out" 2>"$WORK/said" || { cat "$WORK/out" "$WORK/said"; return 1; }
}
# What Multus makes of the definition, and of cni-args in the pod's annotation.
conf() {
  yaml network.yaml -r .spec.config | jq --arg dir "$STATE" --arg name "$1" '
    .plugins[0] + {cniVersion, name, args: {cni: {logicNetworkName: $name}}, stateDir: $dir}'
}
STATE=/run/podgraft-test-$$ # on the node, and here
network=$(yaml vm.yaml -r '.spec.template.spec.networks[] | select(.pod) | .name')
binding=$(yaml vm.yaml -r --arg name "$network" '.spec.template.spec.domain.devices.interfaces[] | select(.name == $name) | .binding.name')
check "the VM's binding is the one that is registered" yaml kubevirt-patch.yaml --arg name "$binding" \
  '.spec.configuration.network.binding[$name].domainAttachmentType == "tap"'
definition=$(yaml kubevirt-patch.yaml -r --arg name "$binding" '.spec.configuration.network.binding[$name].networkAttachmentDefinition')
check "and leads to the network" yaml network.yaml --arg name "$definition" '"\(.metadata.namespace)/\(.metadata.name)" == $name'

pod_veth vm
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
bare() { on_node /bin/sh -c '[ -e /opt/cni/bin/podgraft-cni ] && [ ! -e /lib ] && [ ! -e /lib64 ] && [ ! -e /usr ]'; }
check "the node has no library" bare
version() { call VERSION <<<'{"cniVersion": "1.0.0"}'; }
check "VERSION" version
check "ADD" call ADD < <(conf "$network")
nothing_missing() { ! grep -v 'sandbox lacks: system_call_filter$' "$WORK/said"; } # as sanitizers want it
check "ADD: nothing is missing, the filter neither" nothing_missing
taps() { jq -e '[.interfaces[].name] == ["k6t-eth0", "tap0", "tap0"]' "$WORK/out"; }
check "ADD: KubeVirt finds its tap" taps
status() { podgraft status --netns "$pod" --state-dir "$STATE" --json | jq -e "$1"; }
# A sanitized one is not linked statically: it is run by the installed loader.
place=$root$(sed -n 's/^there=//p' "$plugin") program=podgraft-dhcpd
[ ! -d "$place/shared" ] || program=loader
check "ADD: the responder is the installed one" cmp "/proc/$(ip netns pids "$pod" | head -1)/exe" "$place/$program"
cp "$WORK/out" "$WORK/added"
check "ADD: filtered, and served what the definition says" status '.links.filter == "on" and .identity.nameservers == ["10.96.0.10"]'
check "CHECK" call CHECK < <(conf "$network" | jq --slurpfile result "$WORK/added" '. + {prevResult: $result[0]}')
check "DEL" call DEL < <(conf "$network")
check "DEL: nobody is left" test -z "$(ip netns pids "$pod")"
check "DEL: no file is left" test -z "$(find "$STATE" -type f)"
rm -rf "$STATE"
summary
