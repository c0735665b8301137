#!/usr/bin/env bash
# org.jgroups:jgroups 5.5.7.Final, JDK 17.
# A member was alone when it was seen, and has joined a group since. A merge that begins with the older sight (a MERGE event with the view of
# then) takes the member out of its group: the member installs the new view and says so, the group's coordinator is told nothing and keeps
# it in its own view. Nothing in the merge compares the view that the member answers with to the one that the leader began with.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
<dependencies><dependency><groupId>org.jgroups</groupId><artifactId>jgroups</artifactId><version>5.5.7.Final</version></dependency></dependencies></project>
POM
mvn -q -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$dir/lib"
cat > "$dir/Merge.java" <<'JAVA'
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.JChannel;
import org.jgroups.View;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.SHARED_LOOPBACK;
import org.jgroups.protocols.SHARED_LOOPBACK_PING;
import org.jgroups.protocols.DISCARD;
import org.jgroups.protocols.UNICAST4;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.util.NameCache;
import org.jgroups.util.UUID;

public class Merge {
  static JChannel channel(String name, long order) throws Exception {
    JChannel channel =
        new JChannel(
            new SHARED_LOOPBACK(),
            new DISCARD().discardAll(true), // alone at first
            new SHARED_LOOPBACK_PING(),
            new FD_ALL3().setInterval(500).setTimeout(2000),
            new VERIFY_SUSPECT2().setTimeout(500),
            new org.jgroups.protocols.NAKACK4(),
            new UNICAST4(),
            new GMS().setJoinTimeout(200).printLocalAddress(false));
    channel.name(name).addAddressGenerator(() -> new UUID(order, order)); // the lowest leads a merge
    return channel.connect("g");
  }

  static void merge(JChannel leader, View... views) {
    Map<Address, View> map = new HashMap<>();
    for (View view : views) map.put(view.getCoord(), view);
    leader.getProtocolStack().<GMS>findProtocol(GMS.class).up(new Event(Event.MERGE, map));
  }

  static void await(JChannel channel, int members) throws Exception {
    for (int i = 0; channel.view().size() != members; i++) {
      if (i > 200) throw new IllegalStateException(channel.name() + " " + channel.view());
      Thread.sleep(50);
    }
  }

  static String members(JChannel channel) {
    return Arrays.stream(channel.view().getMembersRaw()).map(a -> NameCache.get(a)).collect(Collectors.joining(" "));
  }

  public static void main(String[] args) throws Exception {
    JChannel c = channel("c", 1), b = channel("b", 2), a = channel("a", 3);
    List<JChannel> all = List.of(a, b, c);
    for (JChannel one : all) one.getProtocolStack().<DISCARD>findProtocol(DISCARD.class).discardAll(false);
    View alone = a.view();
    merge(b, b.view(), a.view());
    await(b, 2);
    await(a, 2);
    System.out.println("a: " + members(a) + ", b: " + members(b) + ", c: " + members(c));
    merge(c, c.view(), alone);
    await(c, 2);
    Thread.sleep(6000); // heartbeats are missed after 2 s
    System.out.println("a: " + members(a) + ", b: " + members(b) + ", c: " + members(c));
    System.exit(0);
  }
}
JAVA
java -cp "$dir/lib/*" "$dir/Merge.java" 2>"$dir/err" | tee "$dir/out" || { cat "$dir/err"; exit 1; }
diff - "$dir/out" <<'OUT'
a: b a, b: b a, c: c
a: c a, b: b a, c: c a
OUT
