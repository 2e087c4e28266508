#!/bin/bash
# fuzz.sh BUILD SECONDS [NAME...]: libFuzzer on each target of a build with --enable-fuzz, two at a
# time, beginning with the named corpus; what it finds stays in BUILD/fuzz/NAME/
set -u
build=$(cd "$1" && pwd) seconds=$2 source_dir=$(cd "$(dirname "$0")/../.." && pwd)
shift 2
[ $# -gt 0 ] || set -- $(cd "$source_dir/tests/fuzz" && ls fuzz_*.c | sed 's/^fuzz_//; s/\.c$//')
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

# fuzz NAME: its own corpus directory first, because that is where libFuzzer puts what is new
fuzz() {
  local dir=$build/fuzz/$1 dictionary=$source_dir/tests/fuzz/$1.dict
  mkdir -p "$dir/new"
  "$build/tests/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
    -print_final_stats=1 -artifact_prefix="$dir/" \
    $([ ! -e "$dictionary" ] || echo "-dict=$dictionary") \
    "$dir/new" "$source_dir/tests/fuzz/corpus/$1" >"$dir/log" 2>&1
}
report() { # NAME STATUS
  local log=$build/fuzz/$1/log
  printf '%-14s %s\n' "$1" "$(awk '/ cov: /{for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1)}
    /stat::number_of_executed_units/ {n = $2} /stat::average_exec_per_sec/ {r = $2}
    END {printf "%d runs, %d/s, %d edges", n, r, cov}' "$log")"
  [ "$2" -eq 0 ] && return
  grep -vE '^#[0-9]+' "$log" | tail -60
}

passed=0 failed=0
while [ $# -gt 0 ]; do
  pids=() names=()
  for name in "${@:1:2}"; do
    fuzz "$name" &
    pids+=($!) names+=("$name")
  done
  shift "${#names[@]}"
  for i in "${!pids[@]}"; do
    status=0
    wait "${pids[$i]}" || status=$?
    report "${names[$i]}" "$status"
    if [ "$status" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
