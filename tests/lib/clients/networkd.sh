# systemd-networkd: takes the namespace for a container where /sys is read-only, and does not wait
# for udev then. Renews when its time has come; releases when it ends.
cat >"$WORK/eth0.network" <<'NETWORK'
[Match]
Name=eth0
[Network]
DHCP=ipv4
LinkLocalAddressing=no
IPv6AcceptRA=no
[DHCPv4]
UseMTU=yes
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
  nsenter --target "$client" --mount --root cat /run/systemd/netif/leases/2 |
    sed -nE 's/^DNS=/dns /p; s/^DOMAIN_SEARCH_LIST=/search /p; s/^HOSTNAME=/hostname /p'
}
client_renew() { :; }
client_rebind() { :; }
client_release() { kill "$client"; }
