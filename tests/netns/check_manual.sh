#!/bin/bash
# The man pages say what the program says: commands, options, keys, attributes, defaults; and format.
. "${srcdir:-.}/tests/lib/lib.sh"

man=${srcdir:-.}/man
# page NAME: its source, with plain hyphens
page() { sed 's/\\-/-/g; s/\\(aq/'"'"'/g' "$man/$1"; }
# section PAGE TITLE: that part of it
section() { page "$1" | awk -v title="$2" '/^\.SH / {inside = $0 == ".SH " title; next} inside'; }
# entries PAGE TITLE: what its .TP paragraphs are about, one a line, without font requests and quotes
entries() { section "$1" "$2" | awk '/^\.T[PQ]/ {getline; print}' | sed -E 's/^\.[BIR]+ //; s/""/\x01/g; s/"//g; s/\x01/"/g; s/  +/ /g'; }
same() { diff <(sort -u <<<"$1") <(sort -u <<<"$2"); }

# --- podgraft(8) ---

commands=$(podgraft --help | awk '/^  [a-z]/ {print $1}')
told=$(entries podgraft.8 COMMANDS | grep -v '^help$')
check "podgraft(8): the commands" same "$commands" "$told"
options=$(for command in $commands; do podgraft "$command" --help | grep -oE '^  --[a-z-]+'; done | tr -d ' ')
told=$(entries podgraft.8 OPTIONS | grep -oE -- '--[a-z-]+' | grep -vx -- --version)
check "podgraft(8): the options" same "$options" "$told"

# paragraph PAGE TITLE WORD: what it says in the .TP paragraph that begins with WORD
paragraph() { section "$1" "$2" | awk -v word="$3" '/^\.T[PQ]/ {getline; inside = $2 == word; next} inside' | tr '\n' ' '; }
says_default() { # PAGE TITLE WORD DEFAULT
  local text
  text=$(paragraph "$@")
  grep -qF "Default: $4" <<<"$text" || grep -qF "$4 , the default" <<<"$text" || { echo "$3 is $4 by default; the page: $text"; return 1; }
}
while read -r key value; do
  option=--${key//_/-}
  check "podgraft(8): the default of $option" says_default podgraft.8 OPTIONS "$option" "$value"
  check "podgraft.json(5): the default of $key" says_default podgraft.json.5 KEYS "$key" "$value"
done < <(podgraft config --json | jq -r 'to_entries[] | select(.value.value != null) | "\(.key) \(.value.value)"')

# --- podgraft.json(5) ---

value_of='.key + " (" + (.value |
  if .type == "boolean" then "true or false"
  elif .type == "integer" then "\(.minimum) to \(.maximum)"
  elif .enum then .enum | map("\"\(.)\"") | join(", ")
  elif .anyOf[0].type? == "integer" then "\(.anyOf[0].minimum) to \(.anyOf[0].maximum), or \"\(.anyOf[1].const)\""
  elif .anyOf then "an object, or a list of texts"
  elif .type == "array" then "a list of objects"
  elif (.pattern // "" | startswith("^([0-9A-F")) then "a MAC address"
  elif (.pattern // "" | startswith("^[0-9A-F")) then "a PCI address"
  elif (.pattern // "" | startswith("^[0-9]")) then "\"UID:GID\""
  else "text" end) + ")"'
keys=$(podgraft config --schema | jq -r ".properties | to_entries[] | $value_of")
check "podgraft.json(5): the keys and what their values are" same "$keys" "$(entries podgraft.json.5 KEYS)"
keys=$(podgraft config --schema | jq -r ".properties.interfaces.items.properties | to_entries[] | $value_of")
check "podgraft.json(5): an interface's keys and what their values are" same "$keys" \
  "$(entries podgraft.json.5 INTERFACES)"
section podgraft.json.5 EXAMPLE | awk -v dir="$WORK" '/^\.EX/ {n++; inside = 1; next} /^\.EE/ {inside = 0}
  inside {print > (dir "/example" n ".json")}'
for n in 1 2; do
  check "podgraft.json(5): example $n is good" podgraft config --config "$WORK/example$n.json"
done

# --- podgraft-hook(8) ---

attributes=$(podgraft hook --help | sed -n '/^Attributes/,/^$/p' | tail -n +2 | tr ' ' '\n' | grep .)
told=$(section podgraft-hook.8 DESCRIPTION | tr '\n' ' ' |
  sed -E "s/.*long options: (.*); flags are.*/\1/; s/\([^)]*\)//g" | tr -d ' ' | tr ',' '\n')
check "podgraft-hook(8): there are attributes" test "$(wc -l <<<"$attributes")" -gt 10
check "podgraft-hook(8): the attributes" same "$attributes" "$told"
for option in $(entries podgraft-hook.8 OPTIONS | grep -oE -- '--[a-z-]+'); do
  check "podgraft-hook(8): $option is one" grep -qx -- "$option" <(podgraft hook --help | grep -oE -- '--[a-z-]+')
done

# --- podgraft-cni(8) ---

keys=$(tr - _ <<<"$attributes" | grep -vx alias) # of a domain, which CNI has none of
told=$(section podgraft-cni.8 CONFIGURATION | tr '\n' ' ' |
  sed -E "s/.*that make sense here: ([^.]*)\. .*/\1/; s/\([^)]*\)//g" | tr -d ' ' | tr ',' '\n')
check "podgraft-cni(8): the keys" same "$keys" "$told"
codes=$(sed -n '/^enum cni_code/,/^}/p' "${srcdir:-.}/launcher/cni.h" | grep -oE '= [0-9]+' | tr -d '= ' | grep -vx 0)
check "podgraft-cni(8): the errors" same "$codes" "$(entries podgraft-cni.8 ERRORS)"
sed -n '/^\.EX/,/^\.EE/p' "$man/podgraft-cni.8" | grep -v '^\.' >"$WORK/list.json"
check "podgraft-cni(8): the example is JSON" jq -e '.plugins[-1].type == "podgraft-cni"' "$WORK/list.json"

# --- podgraft-dhcpd(8) ---

options=$(grep -oE '^ +\{ "[a-z-]+", (no|required)_argument' "${srcdir:-.}/dhcp/dhcpd.c" | sed -E 's/.*"(.*)".*/--\1/')
check "podgraft-dhcpd(8): the options" same "$options" "$(entries podgraft-dhcpd.8 OPTIONS | grep -oE -- '--[a-z-]+')"

# --- podgraft-log(7) ---

# The first text that a call has; what is logged last of all has no call of its own.
events=$(cat "${srcdir:-.}"/{common,netsetup,dhcp,domain,launcher}/*.c | tr '\n' ' ' |
  grep -oE '(log_(error|warning|info|debug)\(|notes_add\( *[a-z]+,| LOG_LEVEL_WARNING,) *"[a-z0-9-]+",' |
  sed -E 's/.*"(.*)",/\1/')
told=$(section podgraft-log.7 EVENTS | awk '/^\.TP/ {getline; print $2}')
check "podgraft-log(7): there are events" test "$(sort -u <<<"$events" | wc -l)" -gt 50
check "podgraft-log(7): the events" same "$events" "$told"
check "podgraft-log(7): each once" test "$(uniq -d < <(sort <<<"$told"))" = ""

# --- all ---

version=$(podgraft --version)
formats() { local out; out=$(man --warnings -l "$1" 2>&1 >/dev/null) && [ -z "$out" ] || { echo "$out"; return 1; }; }
for path in "$man"/*.[0-9]; do
  file=${path##*/}
  check "$file: formats without a warning" formats "$path"
  check "$file: apropos finds it" lexgrog "$path"
  check "$file: is of this version" grep -q "^\.TH .* \"$version\"" "$path"
done
while read -r file section; do
  file=$(tr -d '\\' <<<"$file").$section
  [ "${file#podgraft}" != "$file" ] || continue
  check "$file is there, which another page names" test -f "$man/$file"
done < <(cat "$man"/*.[0-9] | sed -n '/^\.SH SEE ALSO/,/^\.SH/p' | grep -oE '^\.BR [^ ]+ \([0-9]' | sed -E 's/^\.BR ([^ ]+) \(/\1 /')
summary
