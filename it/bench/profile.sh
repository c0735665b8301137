#!/usr/bin/env bash
# Where the leader's time goes under 64 writing connections: Java Flight Recorder for BENCH_SECONDS (60) after a warm-up of
# BENCH_WARM (120) seconds. Debian packages: wrk, curl. The recording stays in it/target/profile.jfr.
source "$(dirname "$0")/lib.sh"
need wrk jcmd
start_three
LEADER=$(leader_number 1)
FOR=${BENCH_SECONDS:-60}
wrk -t1 -c64 -d"${BENCH_WARM:-120}s" -s "$BENCH/put.lua" "http://$NET.$LEADER:8500" | tail -1
rm -f "$ROOT/it/target/profile.jfr"
jcmd "${PID[$LEADER]}" JFR.start name=bench settings=profile >/dev/null || exit 1
before=$(awk '{ print $14 + $15 }' "/proc/${PID[$LEADER]}/stat")
line=$(wrk -t1 -c64 -d"${FOR}s" -s "$BENCH/put.lua" "http://$NET.$LEADER:8500" | tail -1)
after=$(awk '{ print $14 + $15 }' "/proc/${PID[$LEADER]}/stat")
jcmd "${PID[$LEADER]}" JFR.dump name=bench filename="$ROOT/it/target/profile.jfr" >/dev/null || exit 1
echo "$line"
writes=$(sed -n 's/.*requests=\([0-9]*\).*/\1/p' <<<"$line")
echo "cpu of the leader: $(((after - before) * 1000000 / $(getconf CLK_TCK) / writes)) us for an acknowledged write"
java "$BENCH/Profile.java" "$ROOT/it/target/profile.jfr"
