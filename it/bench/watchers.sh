#!/usr/bin/env bash
# Heap, threads and memory of one server with BENCH_WATCHERS (10,000) blocking queries on one key, and the time from a
# write to the last of them being answered, BENCH_ROUNDS (5) times; then the same with a service's health, which goes the
# way of JAX-RS. Debian packages: curl. Needs a hard limit of open files above the number of watchers (ulimit -Hn).
source "$(dirname "$0")/lib.sh"
need curl jcmd
WATCHERS=${BENCH_WATCHERS:-10000} ROUNDS=${BENCH_ROUNDS:-5}
ulimit -n "$(ulimit -Hn)"
[ "$(ulimit -n)" -gt $((WATCHERS + 1000)) ] || die "at most $(ulimit -n) open files: raise the hard limit"
export COMITIA_LIMITS_HTTP_MAX_CONNS_PER_CLIENT=0
start 1 -bootstrap
await_http 1
await_leader 1
HTTP="$NET.1:8500" SERVER=${PID[1]}
curl -sf -o /dev/null -X PUT -d begin "http://$HTTP/v1/kv/watched"
register() {
    printf '{"Node":"watched","Address":"192.0.2.1","Service":{"Service":"watched"},"Check":{"CheckID":"c","Name":"c","ServiceID":"watched","Status":"passing","Output":"%s"}}' "$1"
}
curl -sf -o /dev/null -X PUT -d "$(register begin)" "http://$HTTP/v1/catalog/register"
javac -d "$WORK" "$BENCH/Watchers.java" || exit 1

state() {
    jcmd "$SERVER" GC.run >/dev/null
    local heap
    heap=$(jcmd "$SERVER" GC.heap_info | awk '/generation/ { for (i = 1; i < NF; i++) if ($i == "used") sum += $(i + 1) } END { printf "%.1f", sum / 1024 }')
    echo "$1: heap in use $heap MB, resident $(rss_mb "$SERVER") MB, $(awk '/^Threads/ { print $2 }' "/proc/$SERVER/status") threads," \
        "$(ls "/proc/$SERVER/fd" | wc -l) open files"
}

# watch PATH WRITE-PATH [BODY]
watch() {
    coproc BLOCKED { exec java -Xmx256m -Dserver="$SERVER" -cp "$WORK" Watchers "$HTTP" "$WATCHERS" "$ROUNDS" "$@" 2>&1; }
    local line client=$BLOCKED_PID
    while read -r line <&"${BLOCKED[0]}"; do
        echo "$line"
        if [ "$line" = waiting ]; then
            state "with $WATCHERS waiting"
            echo go >&"${BLOCKED[1]}"
        fi
    done
    wait "$client" || die "the watchers failed"
}

state "before"
say "$WATCHERS on one key"
watch /v1/kv/watched /v1/kv/watched
say "$WATCHERS on one service's health"
watch /v1/health/service/watched /v1/catalog/register "$(register @)"
state "after"
