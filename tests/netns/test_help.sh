#!/bin/bash
# --help: every command has examples, which are right; bash, zsh and fish complete from the same tables.
. "${srcdir:-.}/tests/lib/lib.sh"

# --- help ---

mapfile -t commands < <(podgraft --help | awk '/^  [a-z]/ {print $1}')
check "there are commands" test "${#commands[@]}" -ge 12
two_or_three() { local n; n=$(podgraft "$1" --help | grep -c "^  podgraft $1"); [ "$n" -ge 2 ] && [ "$n" -le 3 ]; }
# parses COMMAND-LINE: every word of the example is known; --help keeps it from being done
parses() { local words; read -ra words <<<"${1%%<*}"; "${words[@]}" --help >"$WORK/out" && grep -q '^Usage: ' "$WORK/out"; }
narrow() { ! podgraft "$1" --help | grep -E '^.{81}'; }
for command in "${commands[@]}"; do
  check "$command has two or three examples" two_or_three "$command"
  while read -r example; do
    check "$example" parses "$example"
  done < <(podgraft "$command" --help | grep "^  podgraft $command")
  check "help $command is the same as --help" diff <(podgraft help "$command") <(podgraft "$command" --help)
  check "$command: fits into 80 columns" narrow "$command"
done
fails() { ! "$@"; }
check "an example that is wrong would be found" fails parses "podgraft up --nonsense"
check "there is no help of what is not there" fails podgraft help nonsense

# --- completion ---

completion() { podgraft completion "$1" >"$WORK/completion.$1" && cmp "$WORK/completion.$1" "$PODGRAFT_BUILD/data/$1/$2"; }
check "bash: is what is installed" completion bash podgraft
check "zsh: is what is installed" completion zsh _podgraft
check "fish: is what is installed" completion fish podgraft.fish
check "zsh: its syntax" zsh -n "$WORK/completion.zsh"
check "fish: its syntax" fish -n "$WORK/completion.fish"

# offers_SHELL LINE: what it offers when TAB is pressed at the end of LINE, one word a line
offers_bash() {
  bash --norc --noprofile -c '. "$0"
    read -ra COMP_WORDS <<<"${1//=/ = }"
    [ "${1: -1}" != " " ] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _podgraft && printf "%s\n" "${COMPREPLY[@]}"' "$WORK/completion.bash" "$1"
}
offers_fish() { HOME=$WORK fish --no-config -c "source '$WORK/completion.fish'; complete -C '$1'" | cut -f1; }
offers_zsh() { HOME=$WORK timeout 120 "$LIB/zsh-offers" "$WORK/completion.zsh" "$1"; }
# offers LINE WORD...: all three shells offer these, and nothing else
offers() (
  line=$1 status=0
  shift
  cd "$WORK/here" && printf '%s\n' "$@" | grep . | sort >../expected
  for shell in bash fish zsh; do
    "offers_$shell" "$line" | sed 's/[ /]*$//' | grep . | sort -u >../offered
    diff ../expected ../offered || { echo "$shell differs"; status=1; }
  done
  exit "$status"
)
mkdir -p "$WORK/here/a-directory" && touch "$WORK/here/a-file"
check "commands" offers "podgraft do" domain doctor down
check "options of the command" offers "podgraft up --m" --mac --mtu
check "not those of another" offers "podgraft down --f" --force
check "the words of a choice" offers "podgraft wait --for " lease ready
check "a part of one" offers "podgraft status --log-level w" warning
check "those that may be left out" offers "podgraft status --check l" live
check "shells" offers "podgraft completion " bash fish zsh
ip netns add "$POD_PREFIX-tab"
check "namespaces" offers "podgraft up --netns $POD_PREFIX-t" "$POD_PREFIX-tab"
check "DHCP options" offers "podgraft up --dhcp-option ntp" ntp-servers=
check "files" offers "podgraft run --domain a-f" a-file
check "directories only" offers "podgraft up --state-dir a-" a-directory
check "nothing where there is nothing to know" offers "podgraft up --hostname a" ""
summary
