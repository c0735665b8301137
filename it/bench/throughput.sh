#!/usr/bin/env bash
# Writes per second and latency of PUT /v1/kv against the leader of three servers, beside three etcd servers in the same
# run. Debian packages: wrk, etcd-server, curl. BENCH_WARM (120 s) and BENCH_SECONDS (20 s) shorten or lengthen it.
source "$(dirname "$0")/lib.sh"
need wrk
WARM=${BENCH_WARM:-120} SECONDS_EACH=${BENCH_SECONDS:-20}

start_three
start_etcd
ETCD=$(etcd_leader) || die "etcd has no leader"
LEADER=$(leader_number 1)
say "Comitia's leader n$LEADER, etcd's e$ETCD; $(nproc) cores, $(java -version 2>&1 | head -1)"

comitia() { wrk -t1 -c"$1" -d"$2s" --timeout 10s -s "$BENCH/put.lua" "http://$NET.$LEADER:8500" | tail -1; }
etcd_put() { wrk -t1 -c"$1" -d"$2s" --timeout 10s -s "$BENCH/work.lua" "http://$NET.1$ETCD:2379" -- etcd write | tail -1; }

say "warming up for $WARM s at 64 connections"
comitia 64 "$WARM"
etcd_put 64 5
for connections in 1 16 64; do
    for run in 1 2; do
        echo "etcd    c=$connections run=$run $(etcd_put $connections "$SECONDS_EACH")"
        echo "comitia c=$connections run=$run $(comitia $connections "$SECONDS_EACH")"
    done
done
[ "$(leader_number 1)" = "$LEADER" ] || say "the leader changed during the run: n$(leader_number 1)"
for n in 1 2 3; do
    echo "rss n$n=$(rss_mb "${PID[$n]}")MB e$n=$(rss_mb "${ETCD_PID[$n]}")MB"
done
