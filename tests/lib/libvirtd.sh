# libvirtd.sh - a libvirt daemon of a test's own, in a pod's namespace, apart from the machine's
#
# libvirtd_start NAMESPACE: sets $libvirtd and $libvirtd_place, a process that holds its place; its mount namespace has a private /run and copies of
# /etc/libvirt and /var/{lib,log,cache}/libvirt. in_libvirtd COMMAND...: runs beside it.

# libvirtd_place NAMESPACE: the namespaces alone
libvirtd_place() {
  local pod=$1 dir=$WORK/libvirtd
  mkdir -p "$dir"
  cat >"$dir/start" <<EOF
set -e
mkdir -p $dir/run-netns
mount --rbind /run/netns $dir/run-netns
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/libvirt
mount --rbind $dir/run-netns /run/netns
for d in etc var/lib var/log var/cache; do
  mkdir -p $dir/\$d /\$d/libvirt
  cp -a /\$d/libvirt $dir/\$d/
  mount --bind $dir/\$d/libvirt /\$d/libvirt
done
rm -rf /etc/libvirt/qemu/networks/autostart /etc/libvirt/hooks
printf 'stdio_handler = "file"\ncgroup_controllers = []\nuser = "root"\ngroup = "root"\ndynamic_ownership = 0\nremember_owner = 0\nsecurity_driver = "none"\nnamespaces = []\n' >/etc/libvirt/qemu.conf
${LIBVIRTD_SETUP:-}
printf 'auth_unix_rw = "none"\nunix_sock_group = "root"\n' >/etc/libvirt/libvirtd.conf
mkfifo $dir/never
touch $dir/mounted
exec cat $dir/never
EOF
  # The namespaces are held by a process of their own, so that the daemon can end and come again.
  ip netns exec "$pod" unshare --mount --propagation slave bash "$dir/start" >"$dir/log" 2>&1 &
  libvirtd_place=$!
  children+=("$libvirtd_place")
  wait_for 10 test -e "$dir/mounted" || { cat "$dir/log"; return 1; }
}

libvirtd_start() { libvirtd_place "$1" && libvirtd_again; }

libvirtd_again() {
  nsenter --target "$libvirtd_place" --mount --net --root /usr/sbin/libvirtd >>"$WORK/libvirtd/log" 2>&1 &
  libvirtd=$!
  children+=("$libvirtd")
  wait_for 20 libvirtd_answers || { cat "$WORK/libvirtd/log"; return 1; }
}

in_libvirtd() { nsenter --target "$libvirtd_place" --mount --net --root "$@"; }
libvirtd_answers() { in_libvirtd virsh -q -c qemu:///system list >/dev/null 2>&1; }

libvirtd_stop() {
  kill "$libvirtd" "$libvirtd_place" 2>/dev/null
  wait "$libvirtd" "$libvirtd_place" 2>/dev/null
}
