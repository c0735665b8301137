#!/usr/bin/env bash
# What stands between a write at one connection and the limit: the machine's own costs (a sync, a message, a wake-up), then a request
# without consensus, reads and writes of one server and of three, and writes through a follower. Warm-up: BENCH_WARM (60 s, at least 4) of writes at
# 16 connections, a quarter of that for each other kind; then BENCH_SECONDS (10 s) each. Debian packages: wrk, curl.
source "$(dirname "$0")/lib.sh"
need wrk curl
WARM=${BENCH_WARM:-60} EACH=${BENCH_SECONDS:-10} ROUNDS=3
facts
say "the machine, nothing else running"
java "$BENCH/Costs.java" "$WORK" "$NET.1" || exit 1

# measure WHAT SERVER WORK
measure() {
    local line
    line=$(wrk -t1 -c1 -d"${EACH}s" --timeout 10s -s "$BENCH/work.lua" "http://$NET.$2:8500" -- comitia "$3" | tail -1)
    echo "$1: $line"
}
# load SERVER WORK SECONDS
load() { wrk -t1 -c16 -d"$3s" --timeout 10s -s "$BENCH/work.lua" "http://$NET.$1:8500" -- comitia "$2" >/dev/null; }

start 1 -bootstrap
await_http 1
await_leader 1
load 1 write "$WARM"
load 1 read "$((WARM / 4))"
load 1 stale "$((WARM / 4))"
say "one server, one connection"
for round in $(seq "$ROUNDS"); do
    measure "stale read" 1 stale
    measure "default read" 1 read
    measure "write" 1 write
done
stop_all

start_three
leader=$(leader_number 1)
follower=$((leader % 3 + 1))
load "$leader" write "$WARM"
load "$leader" read "$((WARM / 4))"
load "$follower" write "$((WARM / 4))"
say "three servers, one connection"
for round in $(seq "$ROUNDS"); do
    measure "default read" "$leader" read
    measure "write" "$leader" write
    measure "write through a follower" "$follower" write
done
[ "$(leader_number 1)" = "$leader" ] || say "the leader changed during the run: n$(leader_number 1)"
