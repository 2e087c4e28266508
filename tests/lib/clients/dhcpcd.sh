# dhcpcd: takes commands from a second process; its files are in a mount namespace of its own. It
# sets address and routes itself, a hook tells the rest.
mkdir -p "$WORK/lib"
cat >"$WORK/dhcpcd.conf" <<'CONF'
option domain_name_servers, domain_name, domain_search, host_name, interface_mtu, classless_static_routes
noipv6
noipv4ll
noarp
CONF
cat >"$WORK/hook" <<HOOK
#!/bin/sh
[ -z "\$new_ip_address" ] || printf '%s\n' "dns \$new_domain_name_servers" \\
  "search \$new_domain_search" "hostname \$new_host_name" >"$WORK/result"
HOOK
cat >"$WORK/start" <<START
mount -t tmpfs tmpfs /run
mount --bind "$WORK/lib" /var/lib/dhcpcd
(sleep infinity & echo \$! >"$WORK/door") # dhcpcd itself has a root of its own
exec dhcpcd -4 -B -d -t 120 -f "$WORK/dhcpcd.conf" -c "$WORK/hook" eth0
START
chmod 755 "$WORK" "$WORK/hook"
client_start() {
  rm -f "$WORK/result"
  exec ip netns exec "$guest" unshare --mount --propagation slave bash "$WORK/start" # so that $client is it
}
client_report() { cat "$WORK/result"; }
client_command() { nsenter --target "$(cat "$WORK/door")" --mount --root --net dhcpcd -4 "$1" eth0 >>"$WORK/log" 2>&1; }
client_renew() { client_command --renew; }
client_rebind() { client_command --rebind; }
client_release() { client_command --release; }
