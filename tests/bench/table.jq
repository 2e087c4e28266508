def pad(n): tostring | " " * ([n - length, 0] | max) + .;
def left(n): . + " " * ([n - length, 0] | max);
def ms: . / 1000 | . * 100 | round / 100;
def times(unit): to_entries | ((map(select(.key == "podgraft")) | first) // .[0]) as $ours
  | .[] | "  " + (.key | left(34)) + (.value.median_usec | ms | pad(10)) + (.value.min_usec | ms | pad(10))
    + (.value.p90_usec | ms | pad(10)) + (.value.cpu_usec // 0 | ms | pad(10))
    + (.value.median_usec / $ours.value.median_usec * 100 | round / 100 | pad(10));
"commit \(.commit), \(.machine)", "",
"                                       median       min       p90       CPU, ms   × podgraft",
(["wiring", "ready", "down", "plan", "status", "lease"][] as $part | select(.[$part]) | $part, (.[$part] | times("ms"))),
(select(.burst) | "", "burst                 pods   total ms  slowest ms  ms a pod  CPU ms a pod  failures  dirty KiB a pod",
  (.burst | sort_by(.pods)[] | "  " + (.name | left(18)) + (.pods | pad(6)) + (.total_usec | ms | pad(11)) + (.slowest_usec | ms | pad(12))
    + (.usec_per_pod | ms | pad(10)) + (.cpu_usec_per_pod | ms | pad(14)) + (.failures | pad(10)) + (.pss_dirty_kib_per_pod // 0 | pad(12)))),
(select(.memory) | "", "memory, KiB                        processes       RSS       PSS  private-dirty     dirty",
  (.memory[] | "  " + (.name | left(34)) + (.processes | pad(8)) + (.rss_kib | pad(10)) + (.pss_kib | pad(10)) + (.private_dirty_kib | pad(15)) + (.pss_dirty_kib | pad(10)))),
(select(.datapath) | "", "datapath                       TCP Gbit/s    lost %    packets/s    lost %",
  (.datapath | .udp as $udp | .tcp | to_entries[] | "  " + (.key | left(26)) + (.value.median | . / 1e7 | round / 100 | pad(12))
    + (.value.lost_percent | pad(10)) + ($udp[.key].median | round | pad(13)) + ($udp[.key].lost_percent | pad(10)))),
(select(.instructions) | "", "instructions", (.instructions | to_entries[] | "  " + (.key | left(34)) + (.value | pad(10)))),
"",
(.goals[] | (if .ours <= .most then "reached  " else "MISSED   " end) + .what + ": \(.ours) (at most \(.most))")
