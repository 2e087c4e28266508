#!/bin/bash
# Pods behind a bare veth, of plain shapes; up does what its plan lists.
. "${srcdir:-.}/tests/lib/shapes.sh"

new_pod plain
in_node addr add 10.244.1.1/24 dev veth0
in_pod addr add 10.244.1.7/24 dev eth0
in_pod route add default via 10.244.1.1
in_pod route add 10.244.0.0/16 via 10.244.1.1
peers=(10.244.1.1) outside=("$node")
shape 'address 10.244.1.7/24' 'routes 10.244.0.0/16 10.244.1.1 0.0.0.0/0 10.244.1.1'

new_pod nogateway
in_node addr add 192.168.5.1/24 dev veth0
in_pod addr add 192.168.5.9/24 dev eth0
peers=(192.168.5.1) outside=("$node")
shape 'address 192.168.5.9/24'

new_pod noaddress
warning="no address"
shape

# The gateway is in no network of the pod's; 'onlink' says that it is there all the same.
new_pod onlink
in_node addr add 10.0.0.1/32 dev veth0
in_node route add 10.244.1.7 dev veth0
in_pod addr add 10.244.1.7/32 dev eth0
in_pod route add default via 10.0.0.1 dev eth0 onlink
peers=(10.0.0.1) outside=("$node")
shape 'address 10.244.1.7/32' 'routes 10.0.0.1/32 0.0.0.0 0.0.0.0/0 10.0.0.1'

for size in 1280 9000; do
  new_pod "mtu$size" "$size"
  in_node addr add 10.244.1.1/24 dev veth0
  in_node addr add fd00:1::1/64 dev veth0 nodad
  in_pod addr add 10.244.1.7/24 dev eth0
  in_pod addr add fd00:1::7/64 dev eth0 nodad
  in_pod route add default via 10.244.1.1
  peers=(10.244.1.1 fd00:1::1) outside=("$node")
  shape 'address 10.244.1.7/24' 'routes 0.0.0.0/0 10.244.1.1'
done

# The path of kernels before 6.2, which refuse to rename an interface that is up.
export PODGRAFT_TEST_RENAME_DOWN=1
new_pod renamedown
in_node addr add 10.244.1.1/24 dev veth0
in_node addr add fd00:1::1/64 dev veth0 nodad
in_pod addr add 10.244.1.7/24 dev eth0
in_pod addr add fd00:1::7/64 dev eth0 nodad
in_pod route add default via 10.244.1.1
in_pod -6 route add default via fd00:1::1
in_pod nexthop add id 7 via 10.244.1.1 dev eth0
in_pod route add 10.50.0.0/16 nhid 7
in_pod neigh add 10.244.1.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
peers=(10.244.1.1 fd00:1::1) outside=("$node")
shape 'address 10.244.1.7/24' 'routes 10.50.0.0/16 10.244.1.1 0.0.0.0/0 10.244.1.1'
unset PODGRAFT_TEST_RENAME_DOWN

# The plan names what up does: as many changes as there are lines. A request for a link may have
# several: each attribute is one, and so is "up".
new_pod exact
in_pod addr add 10.244.1.7/24 dev eth0
in_pod route add default via 10.244.1.1
# Without the keeper, the one step that takes two requests where the kernel has no dummy links.
options+=(--no-keep-address)
podgraft plan "${options[@]}" --json | jq '.operations | length' >"$WORK/planned"
FAULT_LOG=$WORK/calls LD_PRELOAD="$sanitizers$PODGRAFT_BUILD/tests/fault/shim.so" podgraft up --no-serve "${options[@]}"
awk '/TUNSETIFF|nftables/ {n++}
  / RTM_/ {
    for (i = 1; $i !~ /^RTM_/; i++);
    if ($i !~ /LINK$/ || $(i + 1) == "new") n++
    else n += NF - i - 1
  }
  END {print n}' "$WORK/calls" >"$WORK/done"
check "exact: up does what the plan lists" diff "$WORK/planned" "$WORK/done"
check "exact: down" podgraft down "${scope[@]}"
summary
