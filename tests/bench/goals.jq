# What must be reached: ratios within one run, of podgraft to what stands beside it.
def goal(what; ours; most): try {what: what, ours: (ours | . * 1000 | round / 1000), most: most} catch empty;
def at(name; n): map(select(.name == name and .pods == n)) | first;
def cores: .machine | split(" ")[0] | tonumber;
. as $all | .goals = [
  goal("wiring: times ip -batch"; $all.wiring | .podgraft.median_usec / .["ip -batch"].median_usec; 1),
  goal("wiring: times the shell script"; $all.wiring | .podgraft.median_usec / .["shell script"].median_usec; 0.25),
  goal("wiring: times the kernel floor"; $all.wiring | .podgraft.median_usec / .["kernel floor"].median_usec; 3),
  goal("wiring with filter and keeper: times ip -batch and nft -f"; $all.wiring
    | .["podgraft, filter, keeper"].median_usec / .["ip -batch, nft -f, keeper"].median_usec; 1),
  goal("ready: times ip -batch, nft -f, dnsmasq"; $all.ready
    | .podgraft.median_usec / .["ip -batch, nft -f, dnsmasq"].median_usec; 0.5),
  goal("lease: times dnsmasq"; $all.lease | .podgraft.median_usec / .dnsmasq.median_usec; 0.5),
  goal("burst of 200: failures"; $all.burst | at("podgraft"; 200).failures; 0),
  goal("burst of 200: times by hand"; $all.burst
    | at("podgraft"; 200).total_usec / at("by hand"; 200).total_usec; 0.5),
  goal("burst of 200: a pod's cost, times that of one alone on one core"; $all.burst
    | at("podgraft"; 200).usec_per_pod * ($all | cores) / at("podgraft"; 1).usec_per_pod; 2),
  goal("memory: dirty MiB a pod"; $all.burst | at("podgraft"; 200).pss_dirty_kib_per_pod / 1024; 0.5),
  goal("datapath: TCP, % lost to filter and responder"; $all.datapath.tcp["filter, responder"].lost_percent; 2),
  goal("datapath: small packets, % lost to filter and responder"; $all.datapath.udp["filter, responder"].lost_percent; 5)
]
