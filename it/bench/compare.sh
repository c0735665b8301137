#!/usr/bin/env bash
# Two builds side by side on one machine in one run: compare.sh OLD, where OLD is a checkout of another commit in which
# 'mvn package -DskipTests -DskipITs' was run. Writes to the leader at 1, 16 and 64 connections, default reads through a follower
# at 64; the two take turns, BENCH_ROUNDS (5) times, BENCH_SECONDS (8) each; the ratio is that of the medians. Resident memory after.
# Debian packages: wrk, curl. BENCH_WARM (240) seconds of warm-up for each: six JVMs on two cores compile for minutes.
OLD=$(cd "${1:?usage: compare.sh OLD}" && pwd) || exit 1
source "$(dirname "$0")/lib.sh"
need wrk curl
ROUNDS=${BENCH_ROUNDS:-5} EACH=${BENCH_SECONDS:-8} WARM=${BENCH_WARM:-240}
declare -A SERVERS=() LEADER=() FOLLOWER=() RATES=()

# three BUILD COMMAND NETWORK: starts its servers; 1 to 3 of the old build, 4 to 6 of the new one
three() {
    local build=$1 n
    COMITIA=$2 NET=$3
    # shellcheck disable=SC2034 # start_three's own numbers
    PID=()
    start_three
    SERVERS[$build]="${PID[1]} ${PID[2]} ${PID[3]}"
    n=$(leader_number 1)
    LEADER[$build]="$NET.$n"
    FOLLOWER[$build]="$NET.$((n % 3 + 1))"
}

all_of_them() {
    local pid
    for pid in ${SERVERS[old]:-} ${SERVERS[new]:-}; do kill -9 "$pid" 2>/dev/null; done
    clean_up
}
trap all_of_them EXIT

[ -x "$OLD/comitia" ] || die "no comitia in $OLD"
[ -x "$ROOT/comitia" ] || die "no comitia in $ROOT"
IFS=. read -r a b c _ <<<"$NET"
mkdir "$WORK/old" "$WORK/new"
TOP=$WORK
WORK=$TOP/old three old "$OLD/comitia" "$a.$b.$c"
WORK=$TOP/new three new "$ROOT/comitia" "$a.$b.$((c + 1))"
WORK=$TOP

# load KIND BUILD CONNECTIONS SECONDS
load() {
    local to=${LEADER[$2]} script=put.lua
    [ "$1" = read ] && to=${FOLLOWER[$2]} script=get.lua
    wrk -t1 -c"$3" -d"$4s" --timeout 10s -s "$BENCH/$script" "http://$to:8500" | tail -1
}

say "leaders: old ${LEADER[old]}, new ${LEADER[new]}; followers read: ${FOLLOWER[old]}, ${FOLLOWER[new]}; $(nproc) cores"
say "warming up"
for build in old new; do
    load write $build 64 $((WARM * 3 / 4)) >/dev/null
    load read $build 64 $((WARM / 4)) >/dev/null
done

for kind in ${BENCH_KINDS:-write:1 write:16 write:64 read:64}; do
    for round in $(seq "$ROUNDS"); do
        for build in old new; do
            line=$(load "${kind%:*}" $build "${kind#*:}" "$EACH")
            echo "$kind round=$round $build $line"
            RATES[$kind $build]+="$(sed -n 's/.*rate=\([0-9.]*\).*/\1/p' <<<"$line") "
        done
    done
done
median() { tr ' ' '\n' | grep . | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
for kind in ${BENCH_KINDS:-write:1 write:16 write:64 read:64}; do
    old=$(median <<<"${RATES[$kind old]}") new=$(median <<<"${RATES[$kind new]}")
    awk -v kind="$kind" -v old="$old" -v new="$new" 'BEGIN { printf "%-9s old %8.0f/s  new %8.0f/s  new/old %.2f\n", kind, old, new, new / old }'
done
for build in old new; do
    printf 'rss %s' $build
    for pid in ${SERVERS[$build]}; do printf ' %dMB' "$(rss_mb "$pid")"; done
    echo
done
