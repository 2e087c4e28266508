# ISC dhclient -6: keeps its lease in a file, and releases by a second process that reads it. Its script is
# called for each address.
cat >"$WORK/dhclient.conf" <<'CONF'
request dhcp6.name-servers, dhcp6.domain-search;
CONF
cat >"$WORK/script" <<SCRIPT
#!/bin/sh
case \$reason in
PREINIT6) ip link set "\$interface" up ;;
BOUND6|RENEW6|REBIND6)
  ip -6 addr replace "\$new_ip6_address/128" dev "\$interface" preferred_lft "\$new_preferred_life" valid_lft "\$new_max_life"
  printf '%s\\n' "dns \$new_dhcp6_name_servers" \\
    "search \$(echo "\$new_dhcp6_domain_search" | sed 's/\\. / /g; s/\\.\$//')" >"$WORK/result.new"
  mv "$WORK/result.new" "$WORK/result" ;;
EXPIRE6|RELEASE6|STOP6) ip -6 addr del "\$old_ip6_address/128" dev "\$interface" ;;
esac
SCRIPT
chmod 755 "$WORK" "$WORK/script"
dhclient_in_guest() {
  guest_run dhclient -6 -d "$@" -sf "$WORK/script" -cf "$WORK/dhclient.conf" -lf "$WORK/leases" -pf "$WORK/dhclient.pid" eth0
}
client_start() { dhclient_in_guest; }
# T1 and T2 are in its lease file.
client_report() {
  cat "$WORK/result"
  awk '$1 == "renew" {t1 = $2 + 0} $1 == "rebind" {t2 = $2 + 0} END {print "times " t1 " " t2}' "$WORK/leases"
}
client_release() { dhclient_in_guest -r >>"$WORK/log" 2>&1; }
