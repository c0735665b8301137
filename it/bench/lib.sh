# Shared by the scripts beside it: three servers of the built distribution, and three of etcd.
# Loopback addresses 127.0.51.1-3 (Comitia) and 127.0.51.11-13 (etcd); BENCH_NET takes another network.
set -u
BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$BENCH/../.." && pwd)
NET=${BENCH_NET:-127.0.51}
mkdir -p "${BENCH_DIR:-$ROOT/it/target}"
WORK=$(mktemp -d "${BENCH_DIR:-$ROOT/it/target}/bench.XXXXXX") || exit 1
declare -A PID=() ETCD_PID=()

say() { echo "# $*"; }
die() { echo "$*" >&2; exit 1; }

need() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || die "$tool is missing: apt-get install wrk etcd-server strace (Debian's packages)"
    done
}

clean_up() {
    local pid
    for pid in "${PID[@]}" "${ETCD_PID[@]}"; do kill -9 "$pid" 2>/dev/null; done
    wait 2>/dev/null
    [ -n "${BENCH_KEEP:-}" ] || rm -rf "$WORK"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

now_ms() { date +%s%3N; }

# start N [flag...]: server nN with production JVM options; COMITIA_JAVA_OPTS adds to them. COMITIA is the command of another build.
start() {
    local n=$1
    shift
    # A background job of a script ignores SIGINT; the server must not inherit that.
    env --default-signal=INT,TERM "${COMITIA:-$ROOT/comitia}" agent -server -node "n$n" -bind "$NET.$n" -client "$NET.$n" \
        -data-dir "$WORK/n$n" -retry-join "$NET.1" -retry-join "$NET.2" -retry-join "$NET.3" -retry-interval 1s \
        "$@" >>"$WORK/n$n.log" 2>&1 </dev/null &
    PID[$n]=$!
}

# await_http N: until it answers
await_http() {
    local end=$(($(now_ms) + 120000))
    until curl -sf -m 2 -o /dev/null "http://$NET.$1:8500/v1/agent/self"; do
        kill -0 "${PID[$1]}" 2>/dev/null || { tail -20 "$WORK/n$1.log" >&2; die "n$1 ended"; }
        [ "$(now_ms)" -lt "$end" ] || { tail -20 "$WORK/n$1.log" >&2; die "n$1 did not answer within 120 s"; }
        sleep 0.05
    done
}

leader_of() { curl -sf -m 2 "http://$NET.$1:8500/v1/status/leader" | tr -d '"\n '; }

# the leader's number, seen by server N
leader_number() {
    local address
    address=$(leader_of "$1")
    address=${address%:*}
    echo "${address##*.}"
}

# await_leader N...: until all of them name one leader
await_leader() {
    local end=$(($(now_ms) + 120000)) n first all
    while true; do
        first=$(leader_of "$1") all=yes
        for n in "$@"; do [ "$(leader_of "$n")" = "$first" ] || all=no; done
        if [ -n "$first" ] && [ $all = yes ]; then return; fi
        [ "$(now_ms)" -lt "$end" ] || die "no leader within 120 s; logs are in $WORK (BENCH_KEEP=1 keeps them)"
        sleep 0.05
    done
}

start_three() {
    need curl
    [ -x "$ROOT/comitia" ] || die "run 'mvn package -DskipTests -DskipITs' in $ROOT first"
    local n
    for n in 1 2 3; do start $n -bootstrap-expect 3; done
    for n in 1 2 3; do await_http $n; done
    await_leader 1 2 3
}

# Ends all servers of Comitia, and removes their data.
stop_all() {
    local pid
    for pid in "${PID[@]}"; do kill -9 "$pid"; done
    wait 2>/dev/null
    PID=()
    rm -rf "$WORK"/n*
}

# What the figures were measured with; ROUNDS, EACH and WARM are the script's.
facts() {
    echo "date $(date -u +%FT%TZ)"
    echo "commit $(git -C "$ROOT" describe --always --dirty 2>/dev/null)"
    [ -z "${BENCH_OLD:-}" ] || echo "old $(git -C "$BENCH_OLD" describe --always --dirty 2>/dev/null)"
    echo "cores $(nproc), $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1), $(awk '/MemTotal/ { printf "%.0f GB", $2 / 1048576 }' /proc/meminfo)"
    echo "kernel $(uname -r), files on $(stat -f -c %T "$WORK")"
    echo "java $(java -version 2>&1 | head -1)"
    dpkg-query -W -f='${Package} ${Version}\n' etcd-server zookeeper wrk 2>/dev/null
    echo "rounds $ROUNDS of $EACH s, warm-up $WARM s"
}

rss_mb() { awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$1/status"; }

start_etcd() {
    need etcd curl
    local n cluster="e1=http://$NET.11:2380,e2=http://$NET.12:2380,e3=http://$NET.13:2380"
    for n in 1 2 3; do
        etcd --name "e$n" --data-dir "$WORK/e$n" \
            --listen-peer-urls "http://$NET.1$n:2380" --initial-advertise-peer-urls "http://$NET.1$n:2380" \
            --listen-client-urls "http://$NET.1$n:2379" --advertise-client-urls "http://$NET.1$n:2379" \
            --initial-cluster "$cluster" >"$WORK/e$n.log" 2>&1 </dev/null &
        ETCD_PID[$n]=$!
    done
}

etcd_field() { curl -sf -m 2 -X POST -d '{}' "http://$NET.1$1:2379/v3/maintenance/status" | sed -n "s/.*\"$2\":\"\([0-9]*\)\".*/\1/p"; }

# prints the number of the etcd server that leads
etcd_leader() {
    local end=$(($(now_ms) + 60000)) n
    while [ "$(now_ms)" -lt "$end" ]; do
        for n in 1 2 3; do
            if [ -n "$(etcd_field $n leader)" ] && [ "$(etcd_field $n leader)" = "$(etcd_field $n member_id)" ]; then
                echo $n
                return
            fi
        done
        sleep 0.1
    done
    return 1
}
