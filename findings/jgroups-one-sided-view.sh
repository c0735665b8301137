#!/usr/bin/env bash
# org.jgroups:jgroups 5.5.7.Final, JDK 17.
# What the coordinator sends is lost until the others have a view without it. They send it no heartbeats from then on, so it suspects them, and
# VERIFY_SUSPECT2 asks them whether they are dead: they answer, though whoever asks is in no view of theirs. So failure detection never ends
# the old view: ten seconds later (heartbeats are missed after 2 s, verified within 0.5 s) the coordinator still has all three.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
<dependencies><dependency><groupId>org.jgroups</groupId><artifactId>jgroups</artifactId><version>5.5.7.Final</version></dependency></dependencies></project>
POM
mvn -q -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$dir/lib"
cat > "$dir/OneSided.java" <<'JAVA'
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jgroups.JChannel;
import org.jgroups.protocols.DISCARD;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.NAKACK4;
import org.jgroups.protocols.SHARED_LOOPBACK;
import org.jgroups.protocols.SHARED_LOOPBACK_PING;
import org.jgroups.protocols.UNICAST4;
import org.jgroups.protocols.VERIFY_SUSPECT2;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.util.NameCache;

public class OneSided {
  static JChannel channel(String name) throws Exception {
    JChannel channel =
        new JChannel(
            new SHARED_LOOPBACK(),
            new DISCARD(),
            new SHARED_LOOPBACK_PING(),
            new FD_ALL3().setInterval(500).setTimeout(2000),
            new VERIFY_SUSPECT2().setTimeout(500),
            new NAKACK4(),
            new UNICAST4(),
            new GMS().setJoinTimeout(500).printLocalAddress(false));
    return channel.name(name).connect("g");
  }

  static void await(JChannel channel, int members) throws Exception {
    for (int i = 0; channel.view().size() != members; i++) {
      if (i > 400) throw new IllegalStateException(channel.name() + " " + channel.view());
      Thread.sleep(50);
    }
  }

  static String members(JChannel channel) {
    return Arrays.stream(channel.view().getMembersRaw()).map(NameCache::get).collect(Collectors.joining(" "));
  }

  static String all(JChannel... channels) {
    return Arrays.stream(channels).map(c -> c.name() + ": " + members(c)).collect(Collectors.joining(", "));
  }

  public static void main(String[] args) throws Exception {
    JChannel a = channel("a"), b = channel("b"), c = channel("c");
    for (JChannel one : new JChannel[] {a, b, c}) await(one, 3);
    System.out.println(all(a, b, c));
    DISCARD sent = a.getProtocolStack().findProtocol(DISCARD.class);
    sent.setDownDiscardRate(1.0);
    await(b, 2);
    await(c, 2);
    sent.setDownDiscardRate(0);
    Thread.sleep(10_000);
    System.out.println(all(a, b, c));
    System.exit(0);
  }
}
JAVA
java -cp "$dir/lib/*" "$dir/OneSided.java" 2>"$dir/err" | tee "$dir/out" || { cat "$dir/err"; exit 1; }
diff - "$dir/out" <<'OUT'
a: a b c, b: a b c, c: a b c
a: a b c, b: b c, c: b c
OUT
