#!/usr/bin/env bash
# What the parts of a request cost by themselves, by JMH: a step of the core, the log's append, applying, encoding, waking, a filter.
# Needs `mvn package -DskipTests -DskipITs` before. Arguments are JMH's: `it/bench/parts.sh -l` lists, `it/bench/parts.sh Apply -f 1`.
source "$(dirname "$0")/lib.sh"
need java javac jar mvn
[ -d "$ROOT/ejb/target/classes" ] && [ -f "$ROOT/ear/target/comitia.ear" ] || die "run 'mvn package -DskipTests -DskipITs' in $ROOT first"
mvn -q -B -f "$BENCH/parts/pom.xml" dependency:build-classpath -Dmdep.outputFile="$WORK/libraries" || die "could not get JMH"
mkdir "$WORK/ear" "$WORK/classes"
(cd "$WORK/ear" && jar xf "$ROOT/ear/target/comitia.ear" lib) || exit 1
CLASSES="$ROOT/ejb/target/classes:$ROOT/web/target/classes:$WORK/ear/lib/*:$(echo "$ROOT"/liberty-config/target/comitia/lib/sqlite/*.jar | tr ' ' :)"
javac -processor org.openjdk.jmh.generators.BenchmarkProcessor -d "$WORK/classes" -cp "$CLASSES:$(cat "$WORK/libraries")" "$BENCH"/parts/src/main/java/org/comitia/bench/parts/*.java || exit 1
COMITIA_BENCH_DIR=$WORK java -cp "$WORK/classes:$CLASSES:$(cat "$WORK/libraries")" org.openjdk.jmh.Main "$@"
