#!/usr/bin/env bash
# How long writes pause when the leader is killed (-9), and when it is stopped politely (TERM), with a writer on each
# surviving server. BENCH_RUNS (5) rounds of each, after a warm-up of BENCH_WARM (60) seconds. Debian packages: curl, wrk.
source "$(dirname "$0")/lib.sh"
need wrk
start_three
for n in 1 2 3; do
    wrk -t1 -c16 -d"$((${BENCH_WARM:-60} / 3))s" -s "$BENCH/put.lua" "http://$NET.$n:8500" | tail -1
done
javac -d "$WORK" "$BENCH/Failover.java" || exit 1

for signal in KILL TERM; do
    for run in $(seq "${BENCH_RUNS:-5}"); do
        await_leader 1 2 3
        leader=$(leader_number 1)
        survivors=()
        for n in 1 2 3; do [ "$n" = "$leader" ] || survivors+=("$NET.$n:8500"); done
        java -cp "$WORK" Failover $signal "${PID[$leader]}" "${survivors[@]}" | sed "s/^/run=$run /"
        wait "${PID[$leader]}" 2>/dev/null
        start "$leader" -bootstrap-expect 3
        await_http "$leader"
    done
done
