# ISC dhclient: renews when its time has come; keeps its lease in a file, and releases by a second
# process that reads it.
cat >"$WORK/dhclient.conf" <<'CONF'
option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
request subnet-mask, routers, domain-name-servers, domain-name, host-name, interface-mtu,
  domain-search, rfc3442-classless-static-routes, dhcp-lease-time;
initial-interval 1;
backoff-cutoff 1;
reboot 5;
CONF
dhclient_in_guest() {
  guest_run dhclient -4 -d "$@" -sf "$LIB/client-script" -cf "$WORK/dhclient.conf" -lf "$WORK/leases" \
    -pf "$WORK/dhclient.pid" -e CLIENT_RESULT="$WORK/result" eth0
}
client_start() {
  rm -f "$WORK/result"
  dhclient_in_guest
}
client_report() { grep -E '^(dns|search|hostname) ' "$WORK/result"; }
client_renew() { :; }
client_rebind() { :; }
client_release() { dhclient_in_guest -r >>"$WORK/log" 2>&1; }
