# dhcpcd: as for DHCPv4; unless $with_ra, it solicits without a router advertisement. It sets the addresses itself, a hook tells the rest, its log T1 and T2.
mkdir -p "$WORK/lib"
cat >"$WORK/dhcpcd.conf" <<'CONF'
ipv6only
noipv6rs
duid
option domain_name_servers, domain_search, fqdn
hostname other
interface eth0
  ia_na 1
CONF
[ -z "${with_ra:-}" ] || sed -i '/noipv6rs/d; /interface/,$d' "$WORK/dhcpcd.conf"
cat >"$WORK/hook" <<HOOK
#!/bin/sh
[ -z "\$new_dhcp6_name_servers" ] || printf '%s\\n' "dns \$new_dhcp6_name_servers" \\
  "search \$new_dhcp6_domain_search" >"$WORK/result"
[ -z "\$new_dhcp6_fqdn" ] || echo "\$new_dhcp6_fqdn" >"$WORK/name"
HOOK
cat >"$WORK/start" <<START
mount -t tmpfs tmpfs /run
mount --bind "$WORK/lib" /var/lib/dhcpcd
(sleep infinity & echo \$! >"$WORK/door") # dhcpcd itself has a root of its own
exec dhcpcd -6 -B -d -t 120 -f "$WORK/dhcpcd.conf" -c "$WORK/hook" eth0
START
chmod 755 "$WORK" "$WORK/hook"
client_start() {
  rm -f "$WORK/result"
  exec ip netns exec "$guest" unshare --mount --propagation slave bash "$WORK/start" # so that $client is it
}
client_report() {
  cat "$WORK/result"
  sed -nE 's/.*renew in ([0-9]+), rebind in ([0-9]+), expire.*/times \1 \2/p' "$WORK/log" | tail -1
}
client_name() { cat "$WORK/name"; }
# A signal that comes while its hook runs is lost; who sends it waits ten seconds for the end.
client_release() {
  local try
  for try in 1 2 3; do
    ! nsenter --target "$(cat "$WORK/door")" --mount --root --net dhcpcd -6 --release eth0 >>"$WORK/log" 2>&1 || return 0
  done
}

