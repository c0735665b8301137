package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.comitia.Waiting.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.comitia.wire.proto.AgentIdentity;
import org.comitia.wire.proto.HelloFrame;
import org.comitia.wire.proto.HelloRequest;
import org.comitia.wire.proto.Id128;
import org.comitia.wire.proto.MembershipFrame;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.conf.ClassConfigurator;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an agent sends to agents that are in no view in common. */
@Timeout(60)
class BoundedBundlerTest {
  private static final Address STRANGER = new UUID(9, 9);

  private Agent agent;
  private AdmissionLayer layer;
  private BoundedBundler bundler;

  @BeforeEach
  void start() throws Exception {
    agent = Agent.started("a", "127.0.62.1");
    var stack = agent.membership.channel().channel().getProtocolStack();
    layer = stack.findProtocol(AdmissionLayer.class);
    bundler = (BoundedBundler) stack.getTransport().getBundler();
  }

  @AfterEach
  void stop() {
    agent.close();
  }

  @Test
  void onlyTheStrangersThatWereSentToLastHaveAQueue() throws Exception {
    for (int port = 1; port <= BoundedBundler.MAX_STRANGERS + 1; port++) {
      layer.hello(host(port), HelloFrame.getDefaultInstance());
    }
    assertThat(bundler.addresses())
        .filteredOn(address -> address instanceof IpAddress)
        .hasSizeLessThanOrEqualTo(BoundedBundler.MAX_STRANGERS)
        .contains(host(BoundedBundler.MAX_STRANGERS + 1))
        .doesNotContain(host(1));
  }

  @Test
  void aMembersQueueStays() throws Exception {
    try (Agent other = Agent.started("b", "127.0.62.2")) {
      assertThat(agent.join(other).error()).isNull();
      await("both", () -> agent.alive().size() == 2);
      Address member = other.membership.channel().address();
      agent.membership.channel().sendAtOnce(member, MembershipFrame.getDefaultInstance());
      for (int port = 1; port <= BoundedBundler.MAX_STRANGERS + 1; port++) {
        layer.hello(host(port), HelloFrame.getDefaultInstance());
      }
      assertThat(bundler.addresses()).contains(member);
    }
  }

  @Test
  void nobodyIsDialledToAnswerAHello() throws Exception {
    try (ServerSocket named = new ServerSocket(0, 9, InetAddress.getByName("127.0.62.9"))) {
      named.setSoTimeout(1000);
      AgentIdentity identity =
          AgentIdentity.newBuilder()
              .setName("stranger")
              .setDatacenter("dc1")
              .setNodeId(Id128.newBuilder().setLow(3))
              .setInstance(Id128.newBuilder().setLow(4))
              .build();
      IpAddress host = host(named.getLocalPort());
      HelloRequest request =
          HelloRequest.newBuilder().setRequest(1).setReplyTo(Ids.place(STRANGER, host)).build();
      HelloFrame frame = HelloFrame.newBuilder().setFrom(identity).setRequest(request).build();
      layer.up(
          new BytesMessage(agent.membership.channel().address(), frame.toByteArray())
              .setSrc(STRANGER)
              .putHeader(
                  ClassConfigurator.getProtocolId(AdmissionLayer.class),
                  new IdentityHeader(IdentityHeader.HELLO, identity.toByteArray())));
      assertThat(bundler.addresses()).as("it was answered").contains(host);
      assertThatThrownBy(named::accept).isInstanceOf(SocketTimeoutException.class);
      layer.hello(host, frame);
      named.setSoTimeout(20_000);
      named.accept().close();
    }
  }

  @Test
  void nobodyWaitsForAHostThatIsDialled() throws Exception {
    InetAddress ip = InetAddress.getByName("127.0.62.9");
    try (ServerSocket full = new ServerSocket(0, 1, ip);
        ServerSocket other = new ServerSocket(0, 9, ip);
        Socket one = new Socket(ip, full.getLocalPort());
        Socket two = new Socket(ip, full.getLocalPort())) {
      // A host with so many newcomers lets the next one wait, here for 2 s.
      other.setSoTimeout(1500);
      layer.hello(host(full.getLocalPort()), HelloFrame.getDefaultInstance());
      layer.hello(host(other.getLocalPort()), HelloFrame.getDefaultInstance());
      other.accept().close();
      assertThat(one.isConnected() && two.isConnected()).isTrue();
    }
  }

  private static IpAddress host(int port) throws Exception {
    return new IpAddress(InetAddress.getByName("127.0.62.9"), port);
  }
}
