#!/usr/bin/env bash
# What a log that ends is worth: the sizes of both files while three servers are written to without a pause, how long the leader takes to start
# afterwards beside an empty server, and a server that comes back to a state of BENCH_KEYS keys by a snapshot: its time, the leader's memory, and
# the latency of writes meanwhile beside the quiet one (for BENCH_EACH seconds, 30: take what the snapshot needs). Minutes of writing:
# BENCH_MINUTES (10), at 64 connections. BENCH_PARTS takes some of "write start snapshot" only; a state of a gibibyte is
# BENCH_PARTS=snapshot BENCH_KEYS=3700000 COMITIA_JAVA_OPTS=-Xmx4g. Debian packages: wrk, curl.
source "$(dirname "$0")/lib.sh"
need wrk curl
MINUTES=${BENCH_MINUTES:-10} PARTS=${BENCH_PARTS:-write start snapshot} KEYS=${BENCH_KEYS:-1000000} EACH=${BENCH_EACH:-30} WARM=0 ROUNDS=$MINUTES
export COMITIA_LIMITS_HTTP_MAX_CONNS_PER_CLIENT=0 COMITIA_JAVA_OPTS="${COMITIA_JAVA_OPTS:--Xmx1g}"
facts

info() { curl -sf -m 5 "http://$NET.$1:8500/v1/agent/self" | grep -o "\"$2\" *: *\"[^\"]*\"" | head -1 | sed 's/.*: *"\(.*\)"/\1/'; }
kib() { du -ck "$WORK/n$1/raft/$2"* 2>/dev/null | tail -1 | cut -f1; }
# write_for SERVER CONNECTIONS SECONDS: the driver's line
write_for() {
    wrk -t1 -c"$2" -d"$3s" --timeout 10s -s "$BENCH/work.lua" "http://$NET.$1:8500" -- comitia write | tail -1
}
# await_write N SINCE: milliseconds from then to the first write that server N answers, in TOOK
await_write() {
    until [ "$(curl -s -m 2 -X PUT -d v "http://$NET.$1:8500/v1/kv/started" 2>/dev/null)" = true ]; do sleep 0.02; done
    TOOK=$(($(now_ms) - $2))
}
end_all() {
    local pid
    for pid in "${PID[@]}"; do kill "-$1" "$pid"; done
    wait 2>/dev/null
    PID=()
}

measure_write() {
    say "written to for $MINUTES minutes, 64 connections: entries so far, where the log begins, log.db and catalog.db with their -wal in KiB"
    for minute in $(seq "$MINUTES"); do
        line=$(write_for "$leader" 64 60)
        echo "minute=$minute applied=$(info "$leader" applied_index) begins=$(info "$leader" last_snapshot_index) log=$(kib "$leader" log.db) catalog=$(kib "$leader" catalog.db) $line"
    done
}

measure_start() {
    local entries
    entries=$(info "$leader" applied_index)
    say "starts, from nothing to the first answered write: one empty server; three that have $entries entries behind them; three empty ones; three times each"
    end_all TERM
    for round in 1 2 3; do
        rm -rf "$WORK"/n7
        began=$(now_ms)
        start 7 -bootstrap
        await_write 7 "$began"
        echo "one empty=$TOOK ms"
        end_all 9
        began=$(now_ms)
        for n in 1 2 3; do start $n; done
        await_write "$leader" "$began"
        echo "three with $entries entries=$TOOK ms"
        end_all TERM
        rm -rf "$WORK"/n4 "$WORK"/n5 "$WORK"/n6
        began=$(now_ms)
        for n in 4 5 6; do start $n -bootstrap-expect 3 -retry-join "$NET.4" -retry-join "$NET.5" -retry-join "$NET.6"; done
        await_write 4 "$began"
        echo "three empty=$TOOK ms"
        end_all 9
    done
}

measure_snapshot() {
    say "a server that comes back to $KEYS keys of 64 bytes"
    [ "${#PID[@]}" -gt 0 ] || for n in 1 2 3; do start $n; done
    for n in 1 2 3; do await_http $n; done
    await_leader 1 2 3
    leader=$(leader_number 1) away=$((leader % 3 + 1))
    javac -d "$WORK" "$BENCH/Catalog.java" "$BENCH/Fill.java" || exit 1
    kill -9 "${PID[$away]}"
    rm -rf "$WORK/n$away/raft"
    java -cp "$WORK" Fill "$NET.$leader:8500" keys 0 "$KEYS" || exit 1
    write_for "$leader" 16 30 >/dev/null
    sleep 40 # until the log is cut
    echo "state_bytes=$(info "$leader" state_bytes) log_begins=$(info "$leader" last_snapshot_index)"
    echo "quiet: $(write_for "$leader" 16 "$EACH")"
    start "$away"
    local begun=$(($(now_ms) + 120000)) end=$(($(now_ms) + 600000)) peak=0 now
    until grep -q 'fetching a snapshot' "$WORK/n$away.log" || [ "$(now_ms)" -gt "$begun" ]; do sleep 0.1; done
    echo "rss_before=$(rss_mb "${PID[$leader]}") MB"
    echo "meanwhile: $(write_for "$leader" 16 "$EACH")" &
    local load=$!
    until grep -q 'snapshot installed' "$WORK/n$away.log" || [ "$(now_ms)" -gt "$end" ]; do
        now=$(rss_mb "${PID[$leader]}")
        [ "$now" -gt "$peak" ] && peak=$now
        sleep 0.2
    done
    wait $load
    grep 'snapshot installed' "$WORK/n$away.log" | tail -1
    echo "rss_peak=$peak MB"
}

start_three
leader=$(leader_number 1)
for part in $PARTS; do "measure_$part"; done
