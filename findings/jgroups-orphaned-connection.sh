#!/usr/bin/env bash
# org.jgroups:jgroups 5.5.7.Final, JDK 17.
# When a view comes, TCP takes out of its table the connections to hosts that are no member's (TCP.retainAll, with the hosts of the members
# whose place is known), and then closes those of them that are still no member's. One whose place has been learned in between stays open and
# is read from, but is in the table no more. The other side, which still has it, refuses each new one if its address is the larger: nothing
# that is sent there arrives from then on. The script calls retainAll with no host where the place is known, which is that moment.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>f</groupId><artifactId>f</artifactId><version>1</version>
<dependencies><dependency><groupId>org.jgroups</groupId><artifactId>jgroups</artifactId><version>5.5.7.Final</version></dependency></dependencies></project>
POM
mvn -q -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$dir/lib"
cat > "$dir/Orphaned.java" <<'JAVA'
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jgroups.BytesMessage;
import org.jgroups.JChannel;
import org.jgroups.Message;
import org.jgroups.Receiver;
import org.jgroups.protocols.NAKACK4;
import org.jgroups.protocols.TCP;
import org.jgroups.protocols.TCPPING;
import org.jgroups.protocols.UNICAST4;
import org.jgroups.protocols.pbcast.GMS;
import org.jgroups.stack.IpAddress;

public class Orphaned {
  static final int MESSAGES = 20;
  static final AtomicInteger arrived = new AtomicInteger();

  static JChannel channel(String name, String ip) throws Exception {
    InetAddress address = InetAddress.getByName(ip);
    TCP tcp = new TCP();
    tcp.setBindAddress(address).setBindPort(7800).setPortRange(0);
    tcp.setClientBindAddr(address);
    TCPPING discovery = new TCPPING();
    discovery.setInitialHosts2(List.of(new IpAddress("127.0.93.1", 7800), new IpAddress("127.0.93.2", 7800)));
    JChannel channel =
        new JChannel(tcp, discovery, new NAKACK4(), new UNICAST4(), new GMS().setJoinTimeout(2000).printLocalAddress(false));
    channel.setReceiver(
        new Receiver() {
          @Override
          public void receive(Message message) {
            arrived.incrementAndGet();
          }
        });
    return channel.name(name).connect("g");
  }

  static TCP tcp(JChannel channel) {
    return (TCP) channel.getProtocolStack().getTransport();
  }

  static void send(String when, JChannel a, JChannel b) throws Exception {
    arrived.set(0);
    for (int i = 0; i < MESSAGES; i++) {
      a.send(
          new BytesMessage(b.address(), "hello".getBytes())
              .setFlag(Message.Flag.OOB, Message.Flag.DONT_BUNDLE, Message.Flag.NO_RELIABILITY));
      Thread.sleep(50);
    }
    Thread.sleep(500);
    System.out.println(
        when + ": b has " + tcp(b).getOpenConnections() + " connection, " + arrived + " of " + MESSAGES + " messages to b arrive");
  }

  public static void main(String[] args) throws Exception {
    JChannel a = channel("a", "127.0.93.1"), b = channel("b", "127.0.93.2");
    for (int i = 0; a.view().size() != 2 || b.view().size() != 2; i++) {
      if (i > 400) throw new IllegalStateException(a.view() + " " + b.view());
      Thread.sleep(50);
    }
    send("before", a, b);
    tcp(a).retainAll(Set.of());
    System.out.println("a has " + tcp(a).getOpenConnections());
    send("after", a, b);
    System.exit(0);
  }
}
JAVA
java -cp "$dir/lib/*" "$dir/Orphaned.java" 2>"$dir/err" | tee "$dir/out" || { cat "$dir/err"; exit 1; }
diff - "$dir/out" <<'OUT'
before: b has 1 connection, 20 of 20 messages to b arrive
a has 0
after: b has 1 connection, 0 of 20 messages to b arrive
OUT
