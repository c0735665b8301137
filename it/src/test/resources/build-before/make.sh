#!/bin/sh
# Makes build.tar.gz and data.tar.gz anew, beside this script, from the commit in the file COMMIT.
# Needs a JDK, Maven with what that commit's build needs, git, tar, unzip, gzip and curl; one loopback address for a server.
#
#   make.sh [ADDRESS]     the server's; 127.0.50.9 if none is given
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
address=${1:-127.0.50.9}
work=$(mktemp -d)
pid=
trap 'test -z "$pid" || kill -KILL "$pid"; git -C "$here" worktree remove --force "$work/tree" 2>/dev/null; rm -rf "$work"' EXIT

git -C "$here" worktree add --detach "$work/tree" "$(cat "$here/COMMIT")"
(cd "$work/tree" && mvn -B -q -ntp -o package -pl liberty-config -am -DskipTests -DskipITs -Dcomitia.zip=false -Dcomitia.share=false)
home=$work/tree/liberty-config/target/comitia

packed() { # always the same bytes for the same files
  tar -C "$1" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - . | gzip -9n >"$here/$2"
}

# The build: its own classes, unpacked, so that they are packed together; and the distribution's scripts and server.xml.
build=$work/build
mkdir -p "$build/ear" "$build/comitia-ejb.jar" "$build/comitia-web.war" "$build/comitia-cli.jar" "$build/home/lib/boot"
unzip -q "$home/apps/comitia.ear" 'comitia-*' -d "$work/ear"
unzip -q "$home/apps/comitia.ear" 'META-INF/application.xml' 'META-INF/MANIFEST.MF' -d "$build/ear"
unzip -q "$work/ear/comitia-ejb.jar" -d "$build/comitia-ejb.jar"
unzip -q "$work/ear/comitia-web.war" -x 'WEB-INF/lib/*' -d "$build/comitia-web.war"
unzip -q "$home/lib/cli/comitia-cli.jar" -d "$build/comitia-cli.jar"
cp -R "$home/bin" "$home/server" "$build/home/"
cp "$home/lib/boot/comitia-boot.jar" "$home/lib/boot/prepare" "$build/home/lib/boot/"
packed "$build" build.tar.gz

# The data directory of a server that was killed, and what it had answered just before.
data=$work/saved/data
answers=$work/saved/answers
mkdir -p "$answers"
COMITIA_PROFILE=fast "$home/bin/comitia" agent -server -bootstrap -node before -bind "$address" -client "$address" -data-dir "$data" \
  >"$work/out" 2>&1 &
pid=$!
api=http://$address:8500/v1
tries=0
until curl -s -m 2 "http://$address:8500/health/ready" -o /dev/null -f; do
  tries=$((tries + 1))
  test "$tries" -lt 120 || { tail "$work/out" >&2; exit 1; }
  sleep 1
done
put() {
  curl -sS -f -X PUT --data-binary "$2" "$api/$1"
  echo
}
for tens in $(seq 0 29); do
  put txn "[$(for i in 0 1 2 3 4 5 6 7 8 9; do
    printf '%s{"KV": {"Verb": "set", "Key": "many/%s", "Value": "bWFueQ=="}}' "$(test "$i" = 0 || echo ,)" "$tens$i"
  done)]" >/dev/null
done
for i in $(seq 60); do
  put "kv/single/$i" "value $i"
done >/dev/null
put kv/text 'first'
put kv/text 'second'
put 'kv/flags?flags=18446744073709551615' 'the greatest flags'
put kv/empty ''
put 'kv/n%C3%A4me' 'a name in UTF-8'
put 'kv/name/%FF' 'a name that is not UTF-8'
head -c 60000 "$home/LICENSE" >"$work/large"
put kv/large "@$work/large"
put kv/gone 'deleted below'
curl -sS -f -X DELETE "$api/kv/gone"
put kv/tree/a a
put kv/tree/b b
curl -sS -f -X DELETE "$api/kv/tree?recurse"
put txn '[{"KV": {"Verb": "set", "Key": "txn/a", "Value": "YQ=="}}, {"KV": {"Verb": "set", "Key": "txn/b", "Value": "Yg==", "Flags": 7}}]'
put catalog/register '{"Node": "outside", "Address": "10.9.8.7", "NodeMeta": {"external": "true"}, "Service": {"ID": "db-1", "Service": "db", "Port": 5432, "Tags": ["primary"], "Meta": {"version": "15"}}, "Checks": [{"CheckID": "db-1:up", "Name": "up", "Status": "passing", "ServiceID": "db-1"}]}'
put catalog/register '{"Node": "outside-2", "Address": "10.9.8.8", "Service": {"ID": "db-2", "Service": "db", "Port": 5433}}'
put catalog/deregister '{"Node": "outside-2"}'
put agent/service/register '{"ID": "web-1", "Name": "web", "Port": 8080, "Check": {"TTL": "24h", "Status": "warning"}}'
session=$(put session/create '{"Name": "holder", "Behavior": "release", "TTL": "24h"}' | sed 's/.*"ID": *"\([^"]*\)".*/\1/')
put "kv/locked?acquire=$session" 'held'
other=$(put session/create '{"Name": "ends", "Behavior": "delete"}' | sed 's/.*"ID": *"\([^"]*\)".*/\1/')
put "kv/locked-and-gone?acquire=$other" 'x'
put "session/destroy/$other" ''
curl -sS -f -d '{"Name": "nearest-db", "Service": {"Service": "db", "OnlyPassing": true, "Tags": ["primary"]}, "DNS": {"TTL": "10s"}}' "$api/query"

# Each with its path, as the test asks for it. Of the catalog what is not this server's own: its address is another one there.
for path in 'kv/?recurse' 'session/list' 'query' 'catalog/service/db' 'catalog/node/outside' 'health/service/db' 'health/state/passing?filter=Node==outside'; do
  curl -sS -f "$api/$path" -o "$answers/$(printf %s "$path" | tr '/?' '!_')"
  printf '%s\t%s\n' "$(printf %s "$path" | tr '/?' '!_')" "$path" >>"$answers/paths.tsv"
done
kill -KILL "$pid"
wait "$pid" || true
pid=
rm -rf "$data/liberty" "$data/agent.lock" "$data"/raft/lock*
packed "$work/saved" data.tar.gz
ls -l "$here"/*.tar.gz
