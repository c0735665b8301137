#!/usr/bin/env bash
# A catalog of 1,000 nodes, 10,000 services, 30,000 checks and 100,000 keys on three servers: time of health/service/:name?passing
# (100 instances) and of a read of a prefix (1,000 keys) at 16 connections, heap after a collection, time of a restart.
# Debian packages: wrk, curl.
source "$(dirname "$0")/lib.sh"
need wrk
SECONDS_EACH=${BENCH_SECONDS:-20}
start_three
javac -d "$WORK" "$BENCH/Catalog.java" || exit 1
LEADER=$(leader_number 1)
FOLLOWER=$((LEADER % 3 + 1))
time java -cp "$WORK" Catalog "$NET.$LEADER:8500" 1000 10000 30000 100000 || die "could not load the catalog"

reads() { # PATH CONNECTIONS SERVER
    wrk -t1 -c"$2" -d"${4:-$SECONDS_EACH}s" --timeout 10s -s "$BENCH/report.lua" "http://$NET.$3:8500$1" | tail -1
}
heap() { # N: what lives after a full collection
    jcmd "${PID[$1]}" GC.run >/dev/null
    jcmd "${PID[$1]}" GC.heap_info | awk '
        { for (i = 1; i < NF; i++) if ($i == "used" && $0 ~ /generation/) used += $(i + 1) }
        END { printf "%d", used / 1024 }'
}

health='/v1/health/service/service-7?passing' prefix='/v1/kv/config/application-7/?recurse'
curl -sf "http://$NET.$LEADER:8500$health" | wc -c | awk '{ print "health/service answers bytes=" $1 }'
curl -sf "http://$NET.$LEADER:8500$prefix" | wc -c | awk '{ print "prefix answers bytes=" $1 }'
say "warming up"
reads "$health" 16 "$LEADER" 40
reads "$prefix" 16 "$LEADER" 20
for server in "$LEADER" "$FOLLOWER"; do
    role=follower
    [ "$server" = "$LEADER" ] && role=leader
    for connections in 1 16; do
        echo "health/service $role c=$connections $(reads "$health" $connections "$server")"
        echo "health/service $role stale c=$connections $(reads "$health&stale" $connections "$server")"
        echo "prefix         $role c=$connections $(reads "$prefix" $connections "$server")"
    done
done
for n in 1 2 3; do
    echo "n$n live-heap=$(heap $n)MB rss=$(rss_mb "${PID[$n]}")MB"
done
du -sm "$WORK/n$FOLLOWER/raft" | awk '{ print "raft folder=" $1 "MB" }'

last_applied() { curl -sf -m 2 "http://$NET.$1:8500/v1/agent/self" | sed -n 's/.*"applied_index":"\([0-9]*\)".*/\1/p'; }
want=$(last_applied "$LEADER")
begin=$(now_ms)
kill "${PID[$FOLLOWER]}"
wait "${PID[$FOLLOWER]}" 2>/dev/null
stopped=$(now_ms)
start "$FOLLOWER" -bootstrap-expect 3
await_http "$FOLLOWER"
answers=$(now_ms)
until [ "$(last_applied "$FOLLOWER")" -ge "$want" ] 2>/dev/null; do sleep 0.05; done
echo "restart stop=$((stopped - begin))ms answers=$((answers - stopped))ms caught-up=$(($(now_ms) - stopped))ms"
