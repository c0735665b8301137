#!/usr/bin/env bash
# Where the leader's time goes under 64 writing connections: by thread for 20 s, then Java Flight Recorder for BENCH_SECONDS (60),
# after a warm-up of BENCH_WARM (120) seconds. Debian packages: wrk, curl. The recording stays in it/target/profile.jfr.
source "$(dirname "$0")/lib.sh"
need wrk jcmd
start_three
LEADER=$(leader_number 1)
FOR=${BENCH_SECONDS:-60}
wrk -t1 -c64 -d"${BENCH_WARM:-120}s" -s "$BENCH/put.lua" "http://$NET.$LEADER:8500" | tail -1

# threads PID: processor time by thread name, in hundredths of a second; the kernel cuts names at 15 characters
threads() {
    cat /proc/"$1"/task/*/stat 2>/dev/null | sed 's/^[0-9]* (\(.*\)) [A-Z] /\1\t/; s/[0-9][0-9]*\t/#\t/' \
        | awk -F'\t' '{ split($2, f, " "); sum[$1] += f[11] + f[12] } END { for (name in sum) print name "\t" sum[name] }'
}

# Without the recorder, which costs a lot itself.
threads "${PID[$LEADER]}" >"$WORK/threads.before"
line=$(wrk -t1 -c64 -d20s -s "$BENCH/put.lua" "http://$NET.$LEADER:8500" | tail -1)
threads "${PID[$LEADER]}" >"$WORK/threads.after"
echo "$line"
echo "processor time of the leader, us for an acknowledged write:"
awk -F'\t' -v tick="$(getconf CLK_TCK)" -v writes="$(sed -n 's/.*requests=\([0-9]*\).*/\1/p' <<<"$line")" '
    NR == FNR { before[$1] = $2; next }
    { us = ($2 - before[$1]) * 1e6 / tick / writes; all += us; if (us >= 0.1) printf "%8.1f  %s\n", us, $1 }
    END { printf "%8.1f  all\n", all }' "$WORK/threads.before" "$WORK/threads.after" | sort -rn

rm -f "$ROOT/it/target/profile.jfr"
jcmd "${PID[$LEADER]}" JFR.start name=bench settings=profile >/dev/null || exit 1
line=$(wrk -t1 -c64 -d"${FOR}s" -s "$BENCH/put.lua" "http://$NET.$LEADER:8500" | tail -1)
jcmd "${PID[$LEADER]}" JFR.dump name=bench filename="$ROOT/it/target/profile.jfr" >/dev/null || exit 1
echo "$line"
java "$BENCH/Profile.java" "$ROOT/it/target/profile.jfr"
