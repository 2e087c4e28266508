#!/bin/bash
# podgraft run with a launcher of ours in place of libvirt's: what a guest does at the wrong moment.
# tests/e2e/test_run.sh has real ones.
. "${srcdir:-.}/tests/lib/lib.sh"
. "$LIB/graft.sh"

# It does what LAUNCHER says first, and has the guest shut down when that is asked as often as SHUTDOWN_AT.
mkdir "$WORK/libexec"
ln -s "$PODGRAFT_BUILD"/podgraft-{dhcpd,domain} "$WORK/libexec"
cat >"$WORK/libexec/podgraft-launcher" <<'END'
#!/bin/bash
qemu=0 asked=0
eval "${LAUNCHER:-}"
echo "started $qemu" >&4
while read -r word rest <&5; do
  case $word in
  shutdown)
    asked=$((asked + 1))
    [ $asked -lt "${SHUTDOWN_AT:-1}" ] || { echo "ended shutdown" >&4; exit; } ;;
  destroy) echo "ended destroyed" >&4; exit ;;
  attach) echo "attached ${rest%% *}" >&4 ;;
  detach) echo "detached $rest" >&4 ;;
  esac
done
END
chmod +x "$WORK/libexec/podgraft-launcher"
domain_xml vm >"$WORK/domain.xml"
id=run shape=flannel
make_pod

start() { # [RUN-OPTION...]
  env PODGRAFT_LIBEXECDIR="$WORK/libexec" podgraft run "${options[@]:0:4}" "${options[@]:6}" --interface eth0 \
    --domain "$WORK/domain.xml" "$@" >"$WORK/run.log" 2>&1 &
  run=$!
  children+=("$run")
}
runs() { wait_for 20 grep -q "runs as process" "$WORK/run.log" || { cat "$WORK/run.log"; return 1; }; }
ends_with() { local status=0; wait "$run" || status=$?; [ "$status" -eq "$1" ] || { echo "exit status $status, not $1"; cat "$WORK/run.log"; return 1; }; }
says() { grep -qF -- "$1" "$WORK/said" || { cat "$WORK/said"; return 1; }; }

# --- a guest that boots does not hear that it is to shut down ---

SHUTDOWN_AT=2 start --grace 60
check "deaf: it runs" runs
kill -TERM "$run"
check "deaf: is asked again, and shuts down" ends_with 0
check "deaf: the pod is as it was" restored

summary
