#!/bin/bash
# Another user of the node, or a guest that took QEMU over, prepares the directories that podgraft
# works in as root: nothing of root's may be removed, written to or started through them.
. "${srcdir:-.}/tests/lib/lib.sh"
attacker=65534
as_attacker() { setpriv --reuid $attacker --regid $attacker --clear-groups --inh-caps=-all -- "$@"; }
chmod 711 "$WORK" # the attacker gets as far as what is his

pod_veth dirs
pod=$POD_PREFIX-dirs
ip -n "$pod" addr add 10.9.0.2/24 dev eth0
ip -n "$pod" route add default via 10.9.0.1
cookie() { ip netns exec "$pod" python3 -c 'import socket, struct; print(struct.unpack("Q", socket.socket().getsockopt(1, 71, 8))[0])'; }
netns_dir=netns-$(cookie)
in_state() { local command=$1 dir=$2; shift 2; podgraft "$command" --netns "$pod" --state-dir "$dir" "$@"; }
# refused WHAT STATUS TEXT COMMAND...: that status, and the text in what it says
refused() {
  local what=$1 status=0
  "${@:4}" >"$WORK/refused.out" 2>&1 || status=$?
  check "$what: exit $2" test $status -eq "$2"
  check "$what: says why" sh -c 'grep -q -- "$0" "$1" || { cat "$1"; exit 1; }' "$3" "$WORK/refused.out"
}
is_unchanged() { dump_pod "$pod" >"$WORK/after"; diff "$WORK/before" "$WORK/after"; }
is_empty() { [ -z "$(ls -A "$1")" ]; }
dump_pod "$pod" >"$WORK/before"

# --- the state directory ---

mkdir "$WORK/open" "$WORK/sticky" "$WORK/victim"
chmod 777 "$WORK/open"
chmod 1777 "$WORK/sticky"
as_attacker mkdir "$WORK/sticky/his"
as_attacker ln -s "$WORK/victim" "$WORK/sticky/link"
as_attacker mkdir "$WORK/sticky/$netns_dir"
for command in up down status plan; do
  refused "$command, anybody may write to the state directory" 2 \
    "'$WORK/open' belongs to user 0 and can be written by others (mode 0777).*chmod go-w $WORK/open" in_state $command "$WORK/open"
  refused "$command, it is another user's" 2 "'$WORK/sticky/his' belongs to user $attacker" in_state $command "$WORK/sticky/his"
  refused "$command, another user's link is there" 2 "the symbolic link '$WORK/sticky/link' belongs to user $attacker" \
    in_state $command "$WORK/sticky/link"
  refused "$command, the pod's part of it is another user's" 2 "'$WORK/sticky/$netns_dir' belongs to user $attacker" \
    in_state $command "$WORK/sticky"
done
check "nothing was made in the open one" is_empty "$WORK/open"
check "nothing was made in the other user's" is_empty "$WORK/sticky/his"
check "nothing was made behind the link" is_empty "$WORK/victim"
check "the pod is as it was" is_unchanged
ln -s "$WORK/victim" "$WORK/ours"
check "root's own link in a place of root's is followed" in_state up "$WORK/ours" --no-serve
check "to where it leads" test -f "$WORK/victim/$netns_dir/eth0.json"
check "and down comes the same way" in_state down "$WORK/ours"
check "with nothing left" is_empty "$WORK/victim"

# --- a record ---

in_state up "$STATE" --no-serve
record=$STATE/$netns_dir/eth0.json
cp "$record" "$WORK/record"
check "an ordinary user reads root's records" ip netns exec "$pod" setpriv --reuid $attacker --regid $attacker --clear-groups -- \
  "$(command -v podgraft)" status --state-dir "$STATE"
chown $attacker "$record"
refused "a record of another user" 2 "'$record' is a file of user $attacker .*: others could have written it" in_state down "$STATE"
chown 0 "$record"
chmod 666 "$record"
refused "a record that all may write to" 2 "'$record' is a file of user 0 with mode 0666" in_state down "$STATE"
mv "$record" "$record.aside"
ln -s "$record.aside" "$record"
refused "a link for a record" 2 "the record '$record' cannot be used" in_state down "$STATE"
rm -f "$record"
mkfifo "$record"
refused "a FIFO for a record" 2 "'$record' is no regular file" timeout 10 podgraft down --netns "$pod" --state-dir "$STATE"
rm -f "$record" "$record.aside"
mkdir -p "${record%/*}" && cp "$WORK/record" "$record"
in_state up "$STATE" --no-serve # as it was, whatever a down has done

# What a record, or a command line, calls a libvirt daemon is a program to be run.
cat >"$WORK/ran.sh" <<END
#!/bin/sh
touch "$WORK/ran"
END
chmod 755 "$WORK/ran.sh"
uri="qemu+ext:///system?command=$WORK/ran.sh"
jq --arg uri "$uri" '.domain = "vm" | .connect = $uri' "$WORK/record" >"$record"
refused "a record with a program for a daemon" 4 "end the guest 'vm', .*give a local one" in_state down "$STATE"
check "down did not run it" test ! -e "$WORK/ran"
check "and kept the record" test -e "$record"
refused "podgraft-launcher looks itself" 1 "give a local one" "$PODGRAFT_BUILD/podgraft-launcher" --connect "$uri" --root "$WORK" --kill vm
check "it did not run it either" test ! -e "$WORK/ran"
mkdir -p "${record%/*}" && cp "$WORK/record" "$record"
in_state up "$STATE" --no-serve

# --- libvirt's directory, which belonged to the user of an earlier run ---

domain_xml refused | sed "s/<type arch=[^>]*>hvm/<type arch='none'>hvm/" >"$WORK/refused.xml"
root=$STATE/$netns_dir/libvirt
echo kept >"$WORK/victim.conf"
mkdir -m 770 "$root"
chgrp $attacker "$root"
as_attacker mkdir "$root/etc"
as_attacker ln -s "$WORK/victim.conf" "$root/etc/qemu.conf"
refused "run where a link waits for its libvirt" 1 "define the domain: " in_state run "$STATE" --domain "$WORK/refused.xml"
check "the link was not written through" grep -qx kept "$WORK/victim.conf"

# While root empties it, its owner exchanges directories with links, over and over.
victims=200 swappers=4
for i in $(seq $victims); do touch "$WORK/victim/$i"; done
race() {
  in_state up "$STATE" --no-serve || return
  mkdir -m 770 "$root" && chgrp $attacker "$root" || return
  local i swaps=()
  for i in $(seq $swappers); do
    as_attacker sh -c 'mkdir "$0" "$0/tree"; cd "$0/tree"; touch $(seq "$1"); ln -s "$2" "$0/link"' "$root/$i" $victims "$WORK/victim"
    as_attacker "$PODGRAFT_BUILD/tests/attacks/swap" "$root/$i/tree" "$root/$i/link" >"$WORK/swap.$i" &
    swaps+=("$!")
  done
  children+=("${swaps[@]}")
  for i in $(seq $swappers); do wait_for 5 grep -qx ready "$WORK/swap.$i" || return; done
  in_state down "$STATE"
  wait "${swaps[@]}" # each has lost one of its names
  # What was exchanged while it was looked at may be left, and is said: the next one ends it.
  in_state down "$STATE" || return
  [ "$(ls "$WORK/victim" | wc -l)" -eq $victims ] || { ls "$WORK/victim" | wc -l; return 1; }
  [ ! -e "$STATE/$netns_dir" ]
}
in_state down "$STATE" 2>/dev/null
for round in 1 2 3; do check "a directory swapped for a link while it is emptied, round $round" race; done
check "the pod is as it was after all that" is_unchanged

# --- --libvirt-dir ---

check "its default is in no directory that all may write to" sh -c "podgraft run --help | grep -A2 -e --libvirt-dir | grep -q /var/lib/podgraft/libvirt"
in_state up "$STATE" # with a responder: attached waits for one
attached() { in_state run "$STATE" --attached --domain "$WORK/refused.xml" --libvirt-dir "$1"; }
as_attacker mkdir "$WORK/sticky/libvirt"
as_attacker sh -c "touch '$WORK/sticky/libvirt/.podgraft-libvirt-dir' '$WORK/sticky/libvirt/file'"
refused "made beforehand by another user, with our mark" 2 "--libvirt-dir '$WORK/sticky/libvirt' belongs to user $attacker" attached "$WORK/sticky/libvirt"
check "what is in it is still there" test -e "$WORK/sticky/libvirt/file"
touch "$WORK/victim/.podgraft-libvirt-dir"
refused "another user's link to a directory of root's" 2 "--libvirt-dir '$WORK/sticky/link': Not a directory" attached "$WORK/sticky/link"
mkdir "$WORK/victim/sub"
touch "$WORK/victim/sub/.podgraft-libvirt-dir" "$WORK/victim/sub/file"
refused "behind such a link" 2 "the symbolic link '$WORK/sticky/link' belongs to user $attacker" attached "$WORK/sticky/link/sub"
check "nothing of root's is gone" test -e "$WORK/victim/sub/file"
touch "$WORK/open/.podgraft-libvirt-dir" "$WORK/open/file"
refused "a directory of root's that all may write to" 2 "--libvirt-dir '$WORK/open' can be written by others (mode 0777)" attached "$WORK/open"
check "it was not emptied" test -e "$WORK/open/file"
refused "in such a directory" 2 "'$WORK/open' belongs to user 0 and can be written by others" attached "$WORK/open/libvirt"
check "nothing was made there" test ! -e "$WORK/open/libvirt"
refused "in a sticky one it is made" 1 "define the domain: " attached "$WORK/sticky/own"
check "for its user alone" test "$(stat -c %u:%a "$WORK/sticky/own")" = 0:700
touch "$WORK/sticky/own/file"
refused "and is known again" 1 "define the domain: " attached "$WORK/sticky/own"
check "what an earlier run left in it is gone" test ! -e "$WORK/sticky/own/file"
# As in a container without privileges: the volume is root's, and everybody may write to it.
mkdir "$WORK/volume"
chmod 755 "$STATE"
on_volume() { unshare --mount sh -c 'mount -t tmpfs -o mode=777 none "$0" && exec "$@"' "$WORK/volume" "$@"; }
refused "an ordinary user, on a volume of root's" 1 "define the domain: " on_volume \
  ip netns exec "$pod" setpriv --reuid $attacker --regid $attacker --clear-groups --inh-caps=-all -- \
  "$(command -v podgraft)" run --state-dir "$STATE" --attached --domain "$WORK/refused.xml" --libvirt-dir "$WORK/volume/libvirt"
refused "an ordinary user, the volume itself" 2 "--libvirt-dir '$WORK/volume' belongs to user 0.*such as '$WORK/volume/podgraft-libvirt'" on_volume \
  ip netns exec "$pod" setpriv --reuid $attacker --regid $attacker --clear-groups --inh-caps=-all -- \
  "$(command -v podgraft)" run --state-dir "$STATE" --attached --domain "$WORK/refused.xml" --libvirt-dir "$WORK/volume"
in_state down "$STATE"
check "root makes a volume that it keeps its state on sticky" on_volume sh -euc '
  podgraft up --netns "$0" --state-dir "$1/podgraft" --no-serve
  test "$(stat -c %a:%a "$1" "$1/podgraft")" = "1777:1777
755:755"
  podgraft down --netns "$0" --state-dir "$1/podgraft"' "$pod" "$WORK/volume"

# --- CNI's attachments, and libvirt's hooks ---

cni() {
  CNI_COMMAND=$1 CNI_CONTAINERID=c1 CNI_NETNS=/run/netns/$pod CNI_IFNAME=eth0 CNI_PATH=/nowhere \
    podgraft-cni <<<"{\"cniVersion\": \"1.0.0\", \"name\": \"n\", \"type\": \"podgraft\", \"stateDir\": \"$2\"}"
}
as_attacker mkdir "$WORK/sticky/cni"
as_attacker sh -c "echo '{\"network\": \"n\", \"container_id\": \"c1\", \"ifname\": \"eth0\", \"netns\": \"/run/netns/gone\", \"dir\": \"$WORK/victim\", \"interface\": \"planted\"}' >'$WORK/sticky/cni/c1:eth0.json'"
touch "$WORK/victim/planted.json"
cni DEL "$WORK/sticky" >"$WORK/cni.out" 2>&1
check "cni DEL: what another user planted removes nothing" test -e "$WORK/victim/planted.json"
refused "hooks are put into no directory that all may write to" 2 "'$WORK/open' belongs to user 0 and can be written by others" \
  podgraft hook --install --hooks-dir "$WORK/open"
check "nothing is in it" test ! -e "$WORK/open/qemu.d"
mkdir "$WORK/hooks"
ln -s "$WORK/victim.conf" "$WORK/hooks/.podgraft"
check "a hook is written" podgraft hook --install --hooks-dir "$WORK/hooks"
check "and not through a link" grep -qx kept "$WORK/victim.conf"
summary
