#!/bin/bash
# A VMI's author, or who can write the domain's file: XML that grows, that takes for ever, that wants
# other files. Nothing of it is done, and the process that reads it could do nothing else either.
. "${srcdir:-.}/tests/lib/lib.sh"

pod_veth xml
pod=$POD_PREFIX-xml
ip -n "$pod" addr add 10.244.1.7/24 dev eth0
ip -n "$pod" route add default via 10.244.1.1
printf 'nameserver 10.96.0.10\n' >"$WORK/resolv.conf"
options=(--netns "$pod" --state-dir "$STATE" --resolv-conf "$WORK/resolv.conf")
dump_pod "$pod" >"$WORK/before"
sanitized=
! grep -aq __asan_init "$PODGRAFT_BUILD/podgraft-domain" || sanitized=yes

# refused WHAT PATTERN FILE COMMAND...: status 2, the input's name, the pod as it was, no file made
refused() {
  local what=$1 pattern=$2 input=$3
  shift 3
  check "$what" is_refused "$pattern" "$input" "$@"
}
is_refused() {
  local pattern=$1 input=$2 status=0 begin=$SECONDS
  shift 2
  "$@" <"$input" >"$WORK/out" 2>"$WORK/err" || status=$?
  cat "$WORK/err"
  [ "$status" -eq 2 ] || { echo "exit status $status, not 2"; return 1; }
  grep -qE -- "$pattern" "$WORK/err" || { echo "the message does not match: $pattern"; return 1; }
  [ ! -s "$WORK/out" ] || { echo "$(wc -c <"$WORK/out") bytes on standard output"; return 1; }
  [ ! -e "$STATE" ] || [ -z "$(find "$STATE" -name '*.json')" ] || { find "$STATE"; return 1; }
  dump_pod "$pod" >"$WORK/after"
  diff "$WORK/before" "$WORK/after"
}

# --- a DTD: 106 KB that became 200 MB in 15 s ---

declared() { # DECLARATIONS: a domain that begins with a DTD
  echo "<!DOCTYPE domain $1>"
  domain_xml vm | sed "s|</name>|</name><metadata><p:network xmlns:p='urn:podgraft:1' state-dir='$STATE'/></metadata>|"
}
{
  x=$(printf '%100000s' '' | tr ' ' x)
  printf '<!DOCTYPE domain [<!ENTITY e "%s">]>\n' "$x"
  domain_xml vm | sed "s|<name>|<description a='$(printf '&e;%.0s' {1..2000})'/><name>|"
} >"$WORK/grows.xml"
declared "[<!ENTITY e SYSTEM 'file:///etc/passwd'>]" | sed 's/quiet/\&e;/' >"$WORK/reads.xml"
declared "SYSTEM 'http://10.244.1.1/domain.dtd'" >"$WORK/fetches.xml"
declared "[<!ATTLIST domain type CDATA 'kvm'>]" >"$WORK/defaults.xml"
for xml in grows reads fetches defaults; do
  input=$WORK/$xml.xml
  refused "$xml: domain" "error: domain: --domain '$input': there is a <!DOCTYPE> in the XML.*remove it" \
    /dev/null podgraft domain "${options[@]}" --domain "$input"
  refused "$xml: run" "there is a <!DOCTYPE> in the XML.*remove it" /dev/null podgraft run "${options[@]}" --domain "$input"
  # Of the XML that libvirt gives its hook; one that does not ask for podgraft is not even parsed.
  [ "$xml" = grows ] || refused "$xml: hook" "there is a <!DOCTYPE> in the XML" "$input" \
    ip netns exec "$pod" podgraft hook vm prepare begin -
done

# --- time: half a million attributes of one element are compared with each other ---

slow() { # NUMBER
  printf "<domain><name>vm</name><devices/><description"
  awk -v n="$1" 'BEGIN {for (i = 0; i < n; i++) printf " a%x=\"\"", i}'
  printf '/></domain>'
}
slow 380000 >"$WORK/slow.xml"
"$PODGRAFT_BUILD/podgraft-domain" --tap tap0 <"$WORK/slow.xml" >"$WORK/slow.out" 2>&1 &
domain=$!
children+=("$domain")
given_up() { grep -qs '^NoNewPrivs:[[:space:]]*1$' "/proc/$domain/status" && grep -q '^CapEff:[[:space:]]*0*$' "/proc/$domain/status"; }
check "it gives up its privileges" wait_for 5 given_up
status_is() { grep -qE "^$1:[[:space:]]*$2\$" "/proc/$domain/status" || { cat "/proc/$domain/status"; return 1; }; }
limit_is() { grep -qE "^Max $1 +$2 +$3 " "/proc/$domain/limits" || { cat "/proc/$domain/limits"; return 1; }; }
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
  check "no capability in $set" status_is $set 0000000000000000
done
if [ -z "$sanitized" ]; then
  filtered() { status_is Seccomp 2; }
  check "system calls are filtered" wait_for 5 filtered
  check "memory is limited" limit_is "address space" 402653184 402653184
  check "it opens nothing" limit_is "open files" 0 0
  check "it forks nothing" limit_is processes 0 0
fi
check "time is limited" limit_is "cpu time" 10 11
check "no core dumps" limit_is "core file size" 0 0
check "its memory is not even its own user's to see" \
  sh -c "! setpriv --bounding-set -all --inh-caps -all cat /proc/$domain/maps"
only_standard() { [ "$(ls "/proc/$domain/fd" | xargs)" = "0 1 2" ] || { ls -l "/proc/$domain/fd"; return 1; }; }
check "it holds its input and its outputs only" only_standard
kill -KILL "$domain"
wait "$domain" 2>/dev/null
# The caller's own limit makes it short here; ten seconds are podgraft-domain's.
limited() { prlimit --cpu=1:2 podgraft domain "${options[@]}" --domain "$WORK/slow.xml"; }
refused "it does not take for ever" "slow.xml': the XML takes more than 10 s of CPU time to read" /dev/null limited

# --- memory: four megabytes of the smallest elements ---

if [ -z "$sanitized" ]; then
  full() { # BYTES-EACH TEXT: as many as fit
    printf '<domain><name>vm</name><devices/><description>'
    yes "$2" | head -$((4190000 / $1)) | tr -d '\n'
    printf '</description></domain>'
  }
  full 10 '<a b="" />' >"$WORK/full.xml"
  scarce() { prlimit --as=$((96 << 20)) podgraft domain "${options[@]}" --domain "$WORK/full.xml"; }
  refused "it does not take all the memory" "full.xml': the XML takes more memory to read than there is, which is 384 MiB" /dev/null scarce
fi

# --- in a container that has next to nothing, and as another user ---

domain_xml vm >"$WORK/good.xml"
cat "$WORK/good.xml" | "$PODGRAFT_BUILD/podgraft-domain" --tap tap0 >"$WORK/patched" 2>&1
patches() { # COMMAND...: the same result
  "$@" "$PODGRAFT_BUILD/podgraft-domain" --tap tap0 <"$WORK/good.xml" >"$WORK/out" 2>"$WORK/err" || { cat "$WORK/err"; return 1; }
  diff "$WORK/patched" "$WORK/out"
}
check "it patches" grep -q 'dev="tap0"' "$WORK/patched"
check "without capabilities" patches setpriv --bounding-set -all --inh-caps -all
check "as another user" patches setpriv --reuid 65534 --regid 65534 --clear-groups
as=--as=$((300 << 20))
[ -z "$sanitized" ] || as=--core=0 # a sanitizer's shadow takes terabytes
check "under the caller's own, lower limits" patches prlimit --cpu=5 "$as" --fsize=100000 \
  setpriv --bounding-set -all --inh-caps -all
summary
