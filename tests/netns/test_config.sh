#!/bin/bash
# Options from the file, the environment and the command line, in that order; the schema; every refusal.
. "${srcdir:-.}/tests/lib/lib.sh"

file=$WORK/podgraft.json
config() { podgraft config --json "$@" >"$WORK/out" 2>"$WORK/err"; }
is() { jq -e --arg v "$2" --arg s "$3" ".$1 == {value: \$v, source: \$s}" "$WORK/out" || cat "$WORK/out"; }
refuses() { # WORDS ARGUMENT...
  local words=$1 status=0
  shift
  podgraft "$@" >"$WORK/out" 2>"$WORK/err" || status=$?
  [ "$status" -eq 2 ] && grep -qF -- "$words" "$WORK/err" || { echo "status $status"; cat "$WORK/err"; return 1; }
}

echo '{"lease_time": 3600, "anti_spoof": true, "interface": "eth7", "queues": 4, "grace": 5}' >"$file"
check "the defaults" config
check "lease-time is infinite by default" is lease_time infinite default
check "and from the file" config --config "$file"
check "a number" is lease_time 3600 file
check "a flag" is anti_spoof yes file
check "a text" is interface eth7 file
check "a pipe is a file, too" config --config <(cat "$file")
check "to its end" is queues 4 file
check "which is not seen for ever" refuses "is larger than" plan --config <(yes "")
export PODGRAFT_INTERFACE=eth8 PODGRAFT_MTU=1400
check "the environment overrides the file" config --config "$file"
check "as it says" is interface eth8 environment
check "and adds to it" is mtu 1400 environment
check "the command line overrides both" config --config "$file" --interface eth9
check "as it says " is interface eth9 "command line"
export PODGRAFT_CONFIG=$file
check "the file's name comes from the environment too" config
check "with its values" is queues 4 file
unset PODGRAFT_INTERFACE PODGRAFT_CONFIG PODGRAFT_MTU

export PODGRAFT_ANTI_SPOOF=no
check "a flag can be taken back" config --config "$file"
check "by the environment" is anti_spoof no environment
unset PODGRAFT_ANTI_SPOOF
export PODGRAFT_CHECK=yes PODGRAFT_FORCE=yes
podgraft status --state-dir "$STATE" 2>"$WORK/err"
check "what is typed for one run is not taken from the environment" grep -q "nothing is set up" "$WORK/err"
unset PODGRAFT_CHECK PODGRAFT_FORCE

export PODGRAFT_MTU=14
check "a bad value names the variable" refuses "PODGRAFT_MTU '14': give a number from 68 to 65535" plan
unset PODGRAFT_MTU
export PODGRAFT_NO_FILTER=maybe
check "a bad flag too" refuses "PODGRAFT_NO_FILTER 'maybe': give yes or no" plan
unset PODGRAFT_NO_FILTER
for name in 'a b' -vm vm- a..b "$(printf 'a%.0s' {1..64})"; do
  check "the host name '$name' is none" refuses "--hostname '$name': give a name such as vm1" plan --hostname "$name"
done
check "a file that is not there" refuses "--config '/nonexistent'" plan --config /nonexistent
for case in '{"lease_tme": 1}|unknown' '{"mtu": "x"}|give a number' '{"anti_spoof": "yes"}|give true or false' \
  '{"interface": 7}|give a text' '[]|no JSON object' '{"mtu": 99999}|give a number from' '{"config": "x"}|unknown' \
  '{"hostname": "a b"}|give a name such as' '{"interfaces": [{"name": "eth0", "hostname": "a b"}]}|give a name such as' \
  '{|--config' '{"no_filter": true, "anti_spoof": true}|give one of them'; do
  echo "${case%|*}" >"$file"
  check "the file ${case%|*} is refused" refuses "${case#*|}" plan --config "$file"
done

cat >"$file" <<'END'
{"dhcp_option": {"ntp_servers": ["10.0.0.1", "10.0.0.2"], "ip_forwarding": true, "arp_timeout": 60,
                 "230": "text:foo", "ipxe": {"bootfile_name": "http://x/"},
                 "6": {"ntp_servers": ["fd00::1", "a.example"], "ipxe": {"bootfile_url": "http://y/"}}}}
END
is_list() { jq -e --arg s "$2" '.dhcp_option == {value: ($v | split(" ")), source: $s}' --arg v "$1" "$WORK/out" || cat "$WORK/out"; }
check "DHCP options as an object" config --config "$file"
check "are what the command line would say" is_list \
  "ntp-servers=10.0.0.1,10.0.0.2 ip-forwarding=on arp-timeout=60 230=text:foo ipxe:bootfile-name=http://x/ 6:ntp-servers=fd00::1,a.example 6:ipxe:bootfile-url=http://y/" file
export PODGRAFT_DHCP_OPTION=$'42=10.0.0.3\n67=x'
check "the environment's replace the file's" config --config "$file"
check "one a line" is_list "42=10.0.0.3 67=x" environment
check "the command line's replace both" config --config "$file" --dhcp-option 67=a --dhcp-option=66=b
check "all of them" is_list "67=a 66=b" "command line"
unset PODGRAFT_DHCP_OPTION
echo '{"dhcp_option": ["67=a", "66=b"]}' >"$file"
check "DHCP options as a list" config --config "$file"
check "are taken as they are" is_list "67=a 66=b" file
for case in '{"dhcp_option": {"ntp_server": "x"}}|is unknown' '{"dhcp_option": {"router": "10.0.0.1"}}|cannot be given' \
  '{"dhcp_option": {"ntp_servers": "x"}}|takes IPv4 addresses' '{"dhcp_option": {"ntp_servers": {}}}|as text, number' \
  '{"dhcp_option": [7]}|is no text' '{"dhcp_option": 7}|give an object'; do
  echo "${case%|*}" >"$file"
  check "the file ${case%|*} is refused" refuses "${case#*|}" up --config "$file"
done
in_manual() { podgraft up --dhcp-option help | while IFS= read -r line; do
  sed "s/\\\\-/-/g; s/\\\\(aq/'/g" "${srcdir:-.}/man/podgraft.8" | grep -qFx -- "$line" || { echo "$line"; exit 1; }
done; }
check "the manual has every DHCP option with its type" in_manual

check "the schema is JSON" sh -c 'podgraft config --schema | jq -e ".properties.mtu.minimum == 68 and .additionalProperties == false"'
podgraft config --schema | jq -r '.properties | keys[]' | sort >"$WORK/schema"
echo '{"interfaces": [{"name": "eth0"}, {"name": "net1", "mtu": 1400}]}' >"$file"
check "the list of interfaces is shown as it is in the file" sh -c "podgraft config --config '$file' | grep -F 'file          {\"name\":\"net1\",\"mtu\":1400}'"
check "the command line's are a list, too" sh -c "podgraft config --json --interface net1 --interface net2 | jq -e '.interface.value == [\"net1\", \"net2\"]'"
podgraft config --json --config "$file" | jq -r 'del(.config) | keys[]' | sort >"$WORK/keys"
check "the schema in the tree is what the program prints" diff "${srcdir:-.}/data/podgraft.schema.json" <(podgraft config --schema)
check "the schema has every key" diff "$WORK/schema" "$WORK/keys"
summary
