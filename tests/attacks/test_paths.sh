#!/bin/bash
# Users of the node: every path that podgraft names as root is below directories that only root can
# change. Seen by strace over its commands, not by a list; tests/lib/paths has the rules.
. "${srcdir:-.}/tests/lib/lib.sh"
export LSAN_OPTIONS=detect_leaks=0 # it cannot trace who is traced

printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"
# traced NAME COMMAND...: the tracer stays with what the command leaves running, and has written all of
# its file when that has ended
traced() {
  local name=$1
  shift
  strace -D -f -y -q -s 4096 -o "$WORK/$name.trace" \
    -e trace=%file,clone,clone3,fork,vfork,unshare,setns,setuid,setresuid,chroot "$@"
}
is_whole() { # the command's own end is written
  local first
  read -r first _ <"$1" && grep -qE "^$first +\+\+\+ (exited|killed)" "$1"
}
new_pod() { # NAME
  pod_veth "$1"
  pod=$POD_PREFIX-$1
  ip -n "$pod" addr add 10.244.1.7/24 dev eth0
  ip -n "$pod" route add default via 10.244.1.1
  options=(--netns "$pod" --state-dir "${2:-$STATE}")
}
safe() { # NAME...: what these traced
  local name files=()
  for name; do
    [[ $name == by-hand-* ]] || wait_for 5 is_whole "$WORK/$name.trace" || { echo "$name: no end of it"; return 2; }
    files+=("$WORK/$name.trace")
  done
  "$LIB/paths" "${files[@]}"
}
unsafe() { # DIRECTORY NAME...: one of the paths leads through it
  local dir=$1
  shift
  ! safe "$@" >"$WORK/told" || { cat "$WORK/told"; return 1; }
  grep -F "$dir " "$WORK/told" || { cat "$WORK/told"; return 1; }
}
looks_at() { # NAME CALL PATTERN: the tracer saw that
  wait_for 5 is_whole "$WORK/$1.trace" && grep -qE "^[0-9]+ +$2\(.*$3" "$WORK/$1.trace" || { cut -c1-200 "$WORK/$1.trace"; return 1; }
}

# --- up, status, down ---

new_pod up
check "up" traced up podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf"
check "status" traced status podgraft status "${options[@]}" --json
check "down" traced down podgraft down "${options[@]}"
check "up: the record is seen" looks_at up 'openat|rename(at2?)?' 'eth0\.json'
check "down: its removal is seen" looks_at down 'unlink(at)?' 'eth0\.json'
check "up, status, down: no path that others can change" safe up status down

# --- libvirt's hook ---

new_pod hook
domain_xml vm | sed "s|<source network='default'/>|<target dev='tap0' managed='no'/>|; s|type='network'|type='ethernet'|
  s|</name>|</name><metadata><p:network xmlns:p='urn:podgraft:1' state-dir='$STATE' resolv-conf='$WORK/resolv.conf'/></metadata>|" >"$WORK/hook.xml"
hook() { # OPERATION SUB-OPERATION
  traced "hook-$1" nsenter --net="/run/netns/$pod" podgraft hook vm "$1" "$2" - <"$WORK/hook.xml"
}
for operation in "prepare begin" "start begin" "release end"; do
  check "hook: $operation" hook $operation
done
check "hook: the graft is seen" looks_at hook-prepare openat 'eth0\.json'
check "hook: podgraft-domain is seen" looks_at hook-prepare execve podgraft-domain
check "hook: no path that others can change" safe hook-prepare hook-start hook-release

# --- a container runtime's ADD and DEL ---

new_pod cni
cat >"$WORK/cni.json" <<END
{"cniVersion": "1.0.0", "name": "vms", "type": "podgraft-cni", "stateDir": "$STATE", "prevResult": {"cniVersion": "1.0.0",
 "interfaces": [{"name": "eth0", "sandbox": "/run/netns/$pod"}], "ips": [{"address": "10.244.1.7/24", "interface": 0}]}}
END
plugin() { # COMMAND
  traced "cni-$1" env CNI_COMMAND="$1" CNI_CONTAINERID="$pod" CNI_NETNS="/run/netns/$pod" CNI_IFNAME=eth0 \
    CNI_PATH="$PODGRAFT_BUILD" "$PODGRAFT_BUILD/podgraft-cni" <"$WORK/cni.json"
}
check "CNI ADD" plugin ADD
check "CNI DEL" plugin DEL
check "CNI: the attachment is seen" looks_at cni-ADD 'openat|mkdir(at)?' "$STATE/cni|cni"
check "CNI: no path that others can change" safe cni-ADD cni-DEL

chmod 0711 "$WORK" # --run-as starts the launcher
# --- run, with a launcher of ours whose guest shuts down at once ---

new_pod run
mkdir "$WORK/libexec"
ln -s "$PODGRAFT_BUILD"/podgraft-{dhcpd,domain} "$WORK/libexec"
printf '#!/bin/sh\necho started 0 >&4\necho ended shutdown >&4\n' >"$WORK/libexec/podgraft-launcher"
chmod +x "$WORK/libexec/podgraft-launcher"
domain_xml vm >"$WORK/domain.xml"
run() { # NAME RUN-OPTION...
  local name=$1
  shift
  PODGRAFT_LIBEXECDIR=$WORK/libexec traced "$name" timeout 60 podgraft run "${options[@]}" \
    --resolv-conf "$WORK/resolv.conf" --domain "$WORK/domain.xml" "$@"
}
check "run" run run
check "run: libvirt's directory is seen" looks_at run 'mkdir(at)?' 'libvirt'
check "run: no path that others can change" safe run
check "run --run-as" run run-as --run-as 65534:65534
check "run --run-as: no path that others can change" safe run-as

# The pod is wired by another container; libvirt's directory is in no state directory of ours.
attached() { # NAME RUN-OPTION...
  local name=$1
  shift
  podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf" &&
    PODGRAFT_LIBEXECDIR=$WORK/libexec traced "$name" timeout 60 podgraft run --attached "${options[@]}" \
      --domain "$WORK/domain.xml" "$@"
}
new_pod attached
check "run --attached" attached attached --libvirt-dir "$WORK/libvirt"
check "run --attached: libvirt's directory is seen" looks_at attached 'mkdir(at)?' 'libvirt'
check "run --attached: no path that others can change" safe attached

# --- that it would be told: where root is led through what another user owns, or all can write to ---

mkdir "$WORK/theirs" "$WORK/everybodys"
chown 65534:65534 "$WORK/theirs"
chmod 0777 "$WORK/everybodys"
for dir in theirs everybodys; do
  traced touch-$dir touch "$WORK/$dir/x"
  check "$dir: a program that writes there is told of" unsafe "$WORK/$dir" touch-$dir
  rm -f "$WORK/$dir/x"
  ln -s "$WORK/$dir" "$WORK/link-$dir"
  traced link-$dir touch "$WORK/link-$dir/y"
  check "$dir: also by a link" unsafe "$WORK/$dir" link-$dir
  rm -f "$WORK/$dir/y"
done
# podgraft itself refuses, or the checker tells of it.
careful() { # DIRECTORY NAME STATUS
  [ "$3" -eq 0 ] || return 0
  unsafe "$1" "$2"
}
for dir in theirs everybodys; do
  new_pod $dir "$WORK/$dir/state"
  status=0
  traced $dir podgraft up "${options[@]}" --resolv-conf "$WORK/resolv.conf" >/dev/null 2>&1 || status=$?
  podgraft down "${options[@]}" --force >/dev/null 2>&1
  check "$dir: up is refused there, or told of" careful "$WORK/$dir" $dir $status
done
new_pod libvirt
status=0
attached libvirt --libvirt-dir "$WORK/everybodys/libvirt" >/dev/null 2>&1 || status=$?
check "everybodys: so is libvirt's directory" careful "$WORK/everybodys" libvirt $status
# By descriptors: the trace of a program that opened its directory before.
sticky=$(mktemp -u /tmp/podgraft-paths.XXXXXX)
printf '7 openat(5<%s>, "x", O_RDWR) = 6<%s/x>\n' "$WORK/theirs"{,} >"$WORK/by-hand-descriptor.trace"
check "also below a descriptor" unsafe "$WORK/theirs" by-hand-descriptor
install -o 65534 -m 0600 /dev/null "$sticky"
printf '7 openat(AT_FDCWD</>, "%s", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 6<%s>\n' "$sticky" "$sticky" >"$WORK/by-hand-sticky.trace"
check "another user's file in a sticky directory is told of" unsafe /tmp by-hand-sticky
rm -f "$sticky"
printf '7 setresuid(65534, 65534, 65534) = 0\n7 openat(5<%s>, "x", O_RDWR) = 6<%s/x>\n7 openat(AT_FDCWD</>, "/etc/passwd", O_RDONLY) = 6</etc/passwd>\n8 openat(AT_FDCWD</>, "/etc/passwd", O_RDONLY) = 6</etc/passwd>\n' \
  "$WORK/theirs"{,} >"$WORK/by-hand-other.trace"
check "who is not root any more may" safe by-hand-other
summary
