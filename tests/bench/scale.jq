# The measured part of docs/scale.md, from bench.json.
def round1: . * 10 | round / 10;
def ms: . / 1000 | round1;
def rows(name): .burst | map(select(.name == name)) | sort_by(.pods);
def at(n): map(select(.pods == n)) | first;
# Time grows as a power of N; the last two sizes say which. Below 1 is what else the machine did.
def exponent: ((at(200).total_usec / at(50).total_usec) | log) / (4 | log);
def predicted: at(200).total_usec * pow(500 / 200; [exponent, 1] | max);
def fine: . / 1000 | . * 1000 | round / 1000;
"",
"Commit \(.commit), \(.date), \(.machine); `docs/bench/bench.json`, `docs/bench/burst.svg`. Medians of several",
"bursts; *waits* is how long somebody else in the node waits for the rtnl lock meanwhile, in the median",
"and at worst.",
"",
"| pods at once | | until all are ready, ms | a pod, ms | CPU of its start, ms | waits, ms | failures | memory a pod, KiB |",
"|---|---|---|---|---|---|---|---|",
(rows("podgraft")[], rows("by hand")[] | "| \(.pods) | \(.name) | \(.total_usec | ms) | \(.usec_per_pod | ms) | \(.cpu_usec_per_pod | ms) | \(.rtnl_median_usec // 0 | fine) / \(.rtnl_worst_usec // 0 | ms) | \(.failures) | \(.pss_dirty_kib_per_pod // .private_dirty_kib_per_pod) |"),
"",
(rows("podgraft") as $o | rows("by hand") as $h |
  "From 50 to 200 pods the time grows as N to the power of \($o | exponent * 100 | round / 100) (by hand: \($h | exponent * 100 | round / 100)). Carried on to",
  "**500 pods at once**, linearly at least, that is \($o | predicted / 1000000 | round1) s until the last is ready (by hand \($h | predicted / 1000000 | round1) s),",
  "\(500 * ($o | at(200).cpu_usec_per_pod) / 1000000 | round1) s of CPU for starting them, and \(500 * ($o | at(200).pss_dirty_kib_per_pod) / 1024 | round) MiB of memory that stays (by hand \(500 * ($h | at(200).pss_dirty_kib_per_pod) / 1024 | round) MiB).")
