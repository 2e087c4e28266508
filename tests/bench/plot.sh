#!/bin/bash
# plot.sh JSON DIR: DIR/times.svg, burst.svg and datapath.svg of what bench.sh measured
set -eu
json=$1 out=$2
caption=$(jq -r '"commit \(.commit), \(.date), \(.machine)"' "$json")
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

# has PART: was it measured?
has() { jq -e --arg part "$1" 'has($part)' "$json" >/dev/null; }

# plot NAME TITLE <COMMANDS
plot() {
  {
    echo "set terminal svg size 900,480 font 'sans,12' background 'white'"
    echo "set output '$out/$1.svg'"
    echo "set title \"$2\\n{/*0.7 $caption}\""
    echo "set datafile separator tab"
    echo "set grid ytics"
    cat
  } | gnuplot
  sed -i '/<desc>/d' "$out/$1.svg" # the version of gnuplot says nothing about podgraft
}

if has wiring; then
  jq -r '. as $all | ["wiring", "ready", "down", "plan", "status"][] | select($all[.]) as $part
    | $all[$part] | to_entries[] | ["\($part): \(.key)", .value.median_usec / 1000, .value.min_usec / 1000, .value.p90_usec / 1000] | @tsv' \
    "$json" >"$data/times"
  plot times 'Time, from exec to exit (minimum, median, 90 of 100)' <<END
set logscale y
set ylabel 'ms'
set xtics rotate by -35 noenhanced
set bmargin 11
set rmargin 16
set style fill solid 0.6
set boxwidth 0.6
set yrange [0.3:]
plot '$data/times' using 0:2:xtic(1) with boxes notitle lc rgb '#3b6ea5', '' using 0:2:3:4 with yerrorbars notitle lc rgb '#222222' pt 0
END
fi
if has burst; then
  for name in podgraft "by hand"; do
    jq -r --arg name "$name" '.burst | map(select(.name == $name)) | sort_by(.pods)[] | [.pods, .total_usec / 1000, .usec_per_pod / 1000, .slowest_usec / 1000] | @tsv' \
      "$json" >"$data/${name// /-}"
  done
  plot burst 'N pods at once: until the last is ready' <<END
set logscale xy
set xlabel 'pods'
set ylabel 'ms'
set key left
plot '$data/podgraft' using 1:2 with linespoints lw 2 lc rgb '#3b6ea5' title 'podgraft up', \
  '$data/by-hand' using 1:2 with linespoints lw 2 lc rgb '#b5532a' title 'ip -batch, nft -f, dnsmasq', \
  '$data/podgraft' using 1:3 with lines dt 2 lc rgb '#3b6ea5' title 'podgraft up, a pod', \
  '$data/by-hand' using 1:3 with lines dt 2 lc rgb '#b5532a' title 'by hand, a pod'
END
fi
if has datapath; then
  jq -r '.datapath | .udp as $udp | .tcp | to_entries[] | [.key, .value.median / 1e9, $udp[.key].median / 1000] | @tsv' "$json" >"$data/datapath"
  plot datapath 'Through veth and bridge to the guest: 64-byte UDP packets, and TCP' <<END
set style data histogram
set style fill solid 0.6
set ylabel '1000 packets/s'
set y2label 'Gbit/s'
set y2tics
set yrange [0:]
set y2range [0:]
set xtics noenhanced
plot '$data/datapath' using 3:xtic(1) title 'UDP' lc rgb '#3b6ea5', '' using 2 axes x1y2 title 'TCP' lc rgb '#b5532a'
END
fi
