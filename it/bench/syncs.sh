#!/usr/bin/env bash
# How many syncs an acknowledged write costs on the leader and on a follower, as strace sees them, by file; at one
# connection a batch is one write, at 16 and 64 it is what was collected while the last sync ran. Rates under strace mean
# nothing. Debian packages: wrk, strace, curl.
source "$(dirname "$0")/lib.sh"
need wrk strace
start_three
LEADER=$(leader_number 1)
FOLLOWER=$((LEADER % 3 + 1))
wrk -t1 -c16 -d30s -s "$BENCH/put.lua" "http://$NET.$LEADER:8500" | tail -1

for connections in 1 16 64; do
    for n in "$LEADER" "$FOLLOWER"; do
        strace -f -y -qq -e trace=fdatasync,fsync,sync_file_range,msync -o "$WORK/strace.$n" -p "${PID[$n]}" &
        TRACER[$n]=$!
    done
    sleep 1 # strace attaches to some hundred threads
    for n in "$LEADER" "$FOLLOWER"; do SKIP[$n]=$(wc -l <"$WORK/strace.$n"); done
    line=$(wrk -t1 -c$connections -d10s --timeout 10s -s "$BENCH/put.lua" "http://$NET.$LEADER:8500" | tail -1)
    for n in "$LEADER" "$FOLLOWER"; do kill -INT "${TRACER[$n]}"; wait "${TRACER[$n]}" 2>/dev/null; done
    writes=$(sed -n 's/.*requests=\([0-9]*\).*/\1/p' <<<"$line")
    for n in "$LEADER" "$FOLLOWER"; do
        role=follower
        [ "$n" = "$LEADER" ] && role=leader
        echo "c=$connections $role acknowledged=$writes"
        tail -n "+$((SKIP[n] + 1))" "$WORK/strace.$n" \
            | sed -n 's/.*\(fdatasync\|fsync\|msync\|sync_file_range\)([0-9]*<\([^>]*\)>.*/\1 \2/p' \
            | sed "s|$WORK/||" | sort | uniq -c \
            | awk -v w="$writes" '{ printf "  %s %s: %d, %.3f for an acknowledged write\n", $2, $3, $1, $1 / w }'
    done
done
