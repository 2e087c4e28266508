# busybox udhcpc: does on signals what it is to do; has no lease file.
client_start() {
  rm -f "$WORK/result"
  CLIENT_RESULT=$WORK/result guest_run busybox udhcpc -i eth0 -f -R -t 10 -T 2 -A 1 -s "$LIB/client-script" \
    -O mtu -O search -O staticroutes -O hostname
}
client_report() { grep -E '^(dns|search|hostname) ' "$WORK/result"; }
client_renew() { kill -USR1 "$(client_pid)"; }
# By broadcast, when the first one gets no answer. A signal too early would make it start over.
client_rebind() { wait_for 10 has_obtained 2 && client_renew; }
has_obtained() { [ "$(grep -c ' obtained ' "$WORK/log")" -ge "$1" ]; }
client_release() { kill -USR2 "$(client_pid)"; }
client_pid() { ip netns pids "$guest" | grep -vx "$tapclient" | head -1; }
