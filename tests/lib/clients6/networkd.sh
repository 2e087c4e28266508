# systemd-networkd: as for DHCPv4; unless $with_ra, it solicits without a router advertisement. Its log has T1
# and T2, of which it takes up to a tenth away by chance, as whole seconds from a moment later. This one
# (252) never releases.
cat >"$WORK/eth0.network" <<NETWORK
[Match]
Name=eth0
[Network]
DHCP=${with_ra:-ipv6}
LinkLocalAddressing=ipv6
IPv6AcceptRA=${with_ra:-no}
[DHCPv6]
${with_ra:+#}WithoutRA=solicit
UseDomains=yes
NETWORK
cat >"$WORK/start" <<START
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
cp "$WORK/eth0.network" /run/systemd/network/
chown -R systemd-network: /run/systemd/netif
mount -o remount,bind,ro /sys
export SYSTEMD_LOG_LEVEL=debug SYSTEMD_LOG_TARGET=console
exec /lib/systemd/systemd-networkd
START
chmod 755 "$WORK"
client_start() { exec ip netns exec "$guest" unshare --mount --propagation slave bash "$WORK/start"; }
client_report() {
  nsenter --target "$client" --mount --root cat /run/systemd/netif/links/2 |
    sed -nE 's/^DNS=/dns /p; s/^DOMAINS=/search /p'
  awk -v t1=$((lease_sec / 2)) -v t2=$((lease_sec * 4 / 5)) '
    function nominal(seen, t) { seen += 0; return seen >= t * 0.9 - 1 && seen <= t ? t : seen }
    /DHCPv6 client: T1 expires in/ {a = nominal($NF, t1)} /DHCPv6 client: T2 expires in/ {b = nominal($NF, t2)}
    END {print "times " a " " b}' "$WORK/log"
}
