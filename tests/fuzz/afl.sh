#!/bin/bash
# afl.sh SOURCE TARGET...: build the fuzz targets with AFL++ in fuzz-afl/ of the current directory
# and run each for FUZZ_SECONDS (60), two at a time; findings stay in fuzz-afl/out/NAME/
set -eu
source_dir=$1 seconds=${FUZZ_SECONDS:-60}
shift
command -v afl-clang-fast >/dev/null || { echo "there is no AFL++: scripts/install-deps fuzz" >&2; exit 1; }
mkdir -p fuzz-afl && cd fuzz-afl
[ -f Makefile ] || "$source_dir/configure" --enable-fuzz --enable-asan --enable-ubsan CC=afl-clang-fast CFLAGS='-O1 -g'
make -j2 "$@"
# The machine's core_pattern and CPU governor are not ours to change.
export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_AUTORESUME=1
mkdir -p out
fuzz() { # NAME
  afl-fuzz -i "$source_dir/tests/fuzz/corpus/$1" -o "out/$1" -V "$seconds" -m none -t 5000 \
    $([ ! -e "$source_dir/tests/fuzz/$1.dict" ] || echo "-x $source_dir/tests/fuzz/$1.dict") \
    -- "tests/fuzz/fuzz_$1" >"out/$1.log" 2>&1
}
stat() { awk -v key="$2" '$1 == key {print $3}' "out/$1/default/fuzzer_stats"; }
status=0
while [ $# -gt 0 ]; do
  names=()
  pids=()
  for target in "${@:1:2}"; do
    name=${target##*/fuzz_}
    names+=("$name")
    fuzz "$name" &
    pids+=($!)
  done
  shift "${#names[@]}"
  for i in "${!names[@]}"; do
    name=${names[$i]}
    wait "${pids[$i]}" || { status=1; tail -20 "out/$name.log"; continue; }
    echo "$name: $(stat "$name" execs_done) runs, $(stat "$name" execs_per_sec)/s," \
      "$(stat "$name" edges_found) edges, $(stat "$name" saved_crashes) crashes, $(stat "$name" saved_hangs) hangs"
    [ "$(stat "$name" saved_crashes)" -eq 0 ] || status=1
  done
done
exit $status
