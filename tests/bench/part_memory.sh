# part_memory.sh - what of podgraft's stays for each running pod, in KiB; without QEMU and libvirt's
# daemon. "processes" are podgraft's own.

WORK=$work # of tests/lib/libvirtd.sh
memory_domain() { # NAME
  cat <<END
<domain type='qemu'>
  <name>$1</name>
  <memory unit='MiB'>128</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>$guest_cache/vmlinuz</kernel>
    <initrd>$work/initramfs</initrd>
    <cmdline>console=ttyS0 quiet panic=-1</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <interface type='network'><source network='default'/><model type='virtio'/></interface>
    <serial type='file'><source path='$work/$1.console'/></serial>
    <memballoon model='none'/>
  </devices>
</domain>
END
}

memory_of() { # NAME NAMESPACE: the processes of podgraft's in there, by what they run
  local pid
  for pid in $(ip netns pids "$2"); do
    case $(cat "/proc/$pid/comm") in
    podgraft*) awk -v name="$1" '/^Rss:/ {r = $2} /^Pss:/ {p = $2} /^Private_Dirty:/ {d = $2} /^Pss_Dirty:/ {s = $2}
      END {printf "{\"name\": \"%s\", \"processes\": 1, \"rss_kib\": %d, \"pss_kib\": %d, \"private_dirty_kib\": %d, \"pss_dirty_kib\": %d}\n", name, r, p, d, s}' "/proc/$pid/smaps_rollup" ;;
    esac
  done | jq -s '{name: .[0].name, processes: length, rss_kib: (map(.rss_kib) | add), pss_kib: (map(.pss_kib) | add),
    private_dirty_kib: (map(.private_dirty_kib) | add), pss_dirty_kib: (map(.pss_dirty_kib) | add)}'
}

memory_run() { # NAME NAMESPACE COMMAND...: podgraft run with a real guest until that has its console
  local run
  memory_domain "$2" >"$work/$2.xml"
  "${@:3}" podgraft run --netns "$2" $state --domain "$work/$2.xml" ${connect:-} >"$work/$2.log" 2>&1 &
  run=$!
  children+=("$run")
  wait_for 60 grep -q WAITS "$work/$2.console" 2>/dev/null || { cat "$work/$2.log" >&2; return 1; }
  memory_of "$1" "$2"
  for run in $(ip netns pids "$2"); do kill -KILL "$run" 2>/dev/null || :; done
}

part_memory() {
  local guest_cache=${PODGRAFT_GUEST_CACHE:-/var/tmp/podgraft-guest-v4} pod=mem-daemon
  lease_guest
  lease_pod mem-embedded
  lease_pod mem-daemon
  . "$srcdir/tests/lib/libvirtd.sh"
  libvirtd_start mem-daemon >&2
  {
    {
      contestant "podgraft up" true "$podgraft up $state"
      contestant "dnsmasq" true "ip -batch $work/wire-serve && dnsmasq -C $work/dnsmasq.conf"
    } | $race stay "$work/pod"
    memory_run "podgraft run, embedded libvirt" mem-embedded
    connect="--connect qemu:///system" memory_run "podgraft run, a daemon's libvirt" mem-daemon in_libvirtd env "PATH=$PATH"
  } | jq -s .
  for pod in mem-embedded mem-daemon; do
    for connect in $(ip netns pids $pod); do kill -KILL "$connect" 2>/dev/null || :; done
    ip netns del $pod
    ip netns del $pod-node
  done
}
