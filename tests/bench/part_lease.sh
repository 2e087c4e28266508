# part_lease.sh - from the guest's "ip link set up" until it has its address: a real guest under
# QEMU's software emulation, whose DHCP client starts anew each time, once for each of the two
# servers. dnsmasq is as a pod's would be, just started: with its defaults it looks by ping whether
# the address is free. podgraft's responder knows that it is.

lease_guest() { # its initramfs: that of the tests, and an init of its own
  "$srcdir/tests/lib/mkguest" "${PODGRAFT_GUEST_CACHE:-/var/tmp/podgraft-guest-v6}" >&2
  mkdir -p "$work/guest"
  cat >"$work/guest/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in /lib/modules/*.ko; do insmod "$module" 2>/dev/null; done
ip link set lo up
echo WAITS
while read -r word; do
  ip addr flush dev eth0; ip link set eth0 down
  echo UP
  ip link set eth0 up
  udhcpc -i eth0 -n -q -t 20 -T 1 -s /etc/udhcpc/default.script >/dev/null 2>&1 && echo BOUND || echo NONE
done
END
  chmod 755 "$work/guest/init"
  (cd "$work/guest" && echo init | cpio -o -H newc --quiet | gzip -1) >"$work/init.cpio"
  cat "${PODGRAFT_GUEST_CACHE:-/var/tmp/podgraft-guest-v6}/initramfs.gz" "$work/init.cpio" >"$work/initramfs"
}

lease_pod() { # NAME: with a node of its own
  ip netns add "$1" && ip netns add "$1-node"
  ip -n "$1-node" link add veth0 type veth peer name eth0 netns "$1"
  ip -n "$1-node" link set veth0 up
  ip -n "$1" -batch "$work/pod"
}

lease_boot() { # NAME: its console as descriptors ${console_in[NAME]}, ${console_out[NAME]}
  local in out
  mkfifo "$work/$1.in" "$work/$1.out"
  ip netns exec "$1" qemu-system-x86_64 -machine q35,accel=tcg -m 128 -display none -nodefaults -no-reboot \
    -kernel "${PODGRAFT_GUEST_CACHE:-/var/tmp/podgraft-guest-v6}/vmlinuz" -initrd "$work/initramfs" \
    -append "console=ttyS0 quiet panic=-1" -netdev tap,id=n,ifname=tap0,script=no,downscript=no \
    -device virtio-net-pci,netdev=n,mac=aa:bb:cc:00:00:07 -serial stdio <"$work/$1.in" >"$work/$1.out" 2>/dev/null &
  children+=("$!")
  exec {in}>"$work/$1.in" {out}<"$work/$1.out"
  console_in[$1]=$in console_out[$1]=$out
}

# lease_hears NAME WORD: waits for that line, $heard is when it came
lease_hears() {
  local line
  while IFS= read -r -t 60 -u "${console_out[$1]}" line; do
    heard=${EPOCHREALTIME/./}
    case $line in
    *"$2"*) return 0 ;;
    *NONE*) echo "$1: no lease" >&2; return 1 ;;
    esac
  done
  echo "$1: no $2" >&2
  return 1
}

lease_dnsmasq() { # one that knows nothing of the lease before
  [ -z "${dnsmasq_pid:-}" ] || { kill "$dnsmasq_pid"; wait "$dnsmasq_pid" 2>/dev/null || :; }
  ip netns exec dnsmasq dnsmasq -k -C "$work/dnsmasq.conf" &
  dnsmasq_pid=$!
  children+=("$dnsmasq_pid")
  wait_for 20 listens dnsmasq -lun 'sport = 67'
}

part_lease() {
  local -A console_in console_out
  local name up heard i
  lease_guest
  for name in podgraft dnsmasq; do lease_pod "$name"; done
  podgraft up --netns podgraft $state >&2
  ip -n dnsmasq -batch "$work/wire"
  ip -n dnsmasq addr add 10.244.1.1/24 dev k6t-eth0
  for name in podgraft dnsmasq; do lease_boot "$name"; done
  for name in podgraft dnsmasq; do lease_hears "$name" WAITS; done
  for i in $(seq "$rounds"); do
    for name in podgraft dnsmasq; do
      [ "$name" != dnsmasq ] || lease_dnsmasq
      echo go >&"${console_in[$name]}"
      lease_hears "$name" UP
      up=$heard
      lease_hears "$name" BOUND
      echo "{\"name\": \"$name\", \"usec\": $((heard - up)), \"cpu_usec\": 0}"
    done
  done | summarize
  for name in "${children[@]}"; do kill -KILL "$name" 2>/dev/null || :; done
  podgraft down --netns podgraft $state >&2
  for name in podgraft dnsmasq; do ip netns del "$name"; ip netns del "$name-node"; done
}
