#!/usr/bin/env bash
# From nothing: one server to ready, three servers at once to the first leader, and their memory then; the size of the
# distribution. BENCH_RUNS (3) times. Debian packages: curl.
source "$(dirname "$0")/lib.sh"
need curl
du -sm "$ROOT/liberty-config/target/comitia" | awk '{ print "distribution exploded=" $1 "MB" }'
for zip in "$ROOT"/liberty-config/target/comitia-*.zip; do
    [ -e "$zip" ] && du -m "$zip" | awk '{ print "distribution zip=" $1 "MB" }'
done

for run in $(seq "${BENCH_RUNS:-3}"); do
    begin=$(now_ms)
    start 1 -bootstrap
    await_http 1
    ready=$(now_ms)
    await_leader 1
    echo "one run=$run answers=$((ready - begin))ms leader=$(($(now_ms) - begin))ms rss=$(rss_mb "${PID[1]}")MB"
    stop_all

    begin=$(now_ms)
    start_three
    echo "three run=$run first-leader=$(($(now_ms) - begin))ms rss=$(rss_mb "${PID[1]}"),$(rss_mb "${PID[2]}"),$(rss_mb "${PID[3]}")MB"
    stop_all
done
