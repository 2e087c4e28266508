# trials.sh - trials of faults, shared among workers; each has a pod and a directory of its own
#
#   job SHAPE SECTION WORKERS STRIDE [OF]     for each, then run_jobs, then sum_up SHAPE SECTION
#
# One trial is one check. A worker runs the shell function section_SECTION. FAULT_ONE_IN=N makes one
# trial in N, FAULT_WORKERS=N that many at once.
. "$LIB/graft.sh"
EPERM=1 EIO=5 ENODEV=19
one_in=${FAULT_ONE_IN:-1}
[ -z "$sanitizers" ] || one_in=$((one_in * 7)) # they take their time

# Workers share the calls of a shape among them, or one in OF of these; of the trials of a call, one
# in $stride is made.
mine() { [ $(($1 % parts)) -eq "$part" ]; }

# try WHAT COMMAND...: a trial, if it is its turn; after one that failed, a fresh pod
try() {
  turn=$((turn + 1))
  [ $((turn % stride)) -eq 0 ] || return 0
  local before_it=$failed
  check "$shape: $1" "${@:2}"
  [ "$failed" -eq "$before_it" ] || fresh_pod
}
# name_call K: puts "call K (WHAT)" of the K-th into $name
name_call() { name="call $1 (${calls[$1 - 1]#* })"; }

# worker SHAPE SECTION PART PARTS STRIDE: in a subshell
worker() {
  local shape=$1 section=$2 part=$3 parts=$4 stride=$5
  local id=$1-$2-$3 generation=0 turn=$3 status=0 name
  local pod before sysctls_before options calls
  local WORK=$WORK/$id
  STATE=$WORK/s # libvirt makes sockets below it, whose paths must be short
  mkdir "$WORK"
  passed=0 failed=0
  make_pod
  "section_$section" >"$WORK/log" 2>&1
  check "$shape $section: all sysctls are as they were" are_sysctls_equal >>"$WORK/log"
  echo "$passed $failed" >"$WORK/counts"
}

jobs=()
job() { # SHAPE SECTION WORKERS STRIDE [OF]
  local worker of=${5:-1}
  for ((worker = 0; worker < $3; worker++)); do jobs+=("$1 $2 $((worker * of)) $(($3 * of)) $4"); done
}
run_jobs() {
  local running=0 job
  # Most of a trial is waiting for the kernel to take links away.
  for job in "${jobs[@]}"; do
    [ $running -lt "${FAULT_WORKERS:-$((8 * $(nproc)))}" ] || { wait -n; running=$((running - 1)); }
    worker $job &
    children+=($!)
    running=$((running + 1))
  done
  wait
  children=()
}
list_points() { # SHAPE SECTION
  echo "The calls of $2:"
  sed "s,$WORK/[^/]*/,/,; s/^/  /" "$WORK/$1-$2-0/points"
}
sum_up() { # SHAPE SECTION
  local p f sum_p=0 sum_f=0 counts
  cat "$WORK/$1-$2"-*/log | grep -v ' Killed  *FAULTS=' # what bash says of its children
  cat "$WORK/$1-$2"-*/without 2>/dev/null | sort | uniq -c | sed "s,$WORK/[^ ]*/,…/,; s/^ */  succeeded without, times /"
  for counts in "$WORK/$1-$2"-*/counts; do
    read -r p f <"$counts"
    sum_p=$((sum_p + p)) sum_f=$((sum_f + f))
  done
  [ ! -e "$WORK/$1-$2-0/points" ] || echo "$1 $2: $(wc -l <"$WORK/$1-$2-0/points") points"
  echo "$1 $2: $((sum_p + sum_f)) trials, $sum_f failed"
  passed=$((passed + sum_p)) failed=$((failed + sum_f))
}
