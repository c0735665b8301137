package org.comitia.membership;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jgroups.Address;
import org.jgroups.JChannel;
import org.jgroups.View;
import org.jgroups.protocols.FD_ALL3;
import org.jgroups.protocols.NAKACK4;
import org.jgroups.protocols.TCPPING;
import org.jgroups.stack.DiagnosticsHandler;
import org.jgroups.stack.IpAddress;

/**
 * The channel's protocols, set in code: no file, system property or shared default changes them.
 * What is listened on is the serf LAN port and nothing else: FD_SOCK2 would take a second port, the
 * TCP layer's own suspicion on a closed connection does the same without one.
 */
final class ChannelStack {
  static final int FRAGMENT = 60_000;

  /** Refused and foreign connections are the hello's to tell of; held, or the level is lost. */
  private static final Logger SOCKETS = Logger.getLogger(BoundedTcp.class.getName());

  private ChannelStack() {}

  /**
   * @param apart see {@link WholeGroups}
   */
  static JChannel channel(
      MembershipOptions options, AdmissionLayer layer, Consumer<Map<Address, View>> apart)
      throws Exception {
    ChannelLog.use();
    ChannelMessages.restrict();
    BoundedTcp tcp = new BoundedTcp();
    tcp.setBindAddr(options.bind());
    tcp.setBindPort(options.port());
    tcp.setPortRange(0);
    tcp.setExternalAddr(options.advertise());
    tcp.setExternalPort(options.port());
    if (!options.bind().isAnyLocalAddress()) {
      tcp.setClientBindAddr(options.bind());
    }
    tcp.tcpNodelay(true);
    tcp.enableSuspectEvents(true);
    ChannelThreads threads = new ChannelThreads(options.threads());
    ChannelSockets sockets =
        new ChannelSockets(
            options.tls(), task -> threads.newThread(task, "writes").start(), options.newcomers());
    tcp.setBundler(new BoundedBundler(tcp, sockets::forgetClaims));
    tcp.useVirtualThreads(false);
    tcp.setThreadFactory(threads);
    // A plain Executor: JGroups would shut an ExecutorService down, and it is not ours.
    tcp.setThreadPool(options.channel()::execute);
    tcp.setSocketFactory(sockets);
    tcp.setDiagnosticsHandler(new DiagnosticsHandler().setEnabled(false));
    SOCKETS.setLevel(Level.SEVERE);

    TCPPING discovery = new BoundedDiscovery();
    discovery.setPortRange(0);
    // Itself only (which it skips): hosts enter by the hello, at run time.
    discovery.setInitialHosts2(List.of(new IpAddress(options.advertise(), options.port())));

    MembershipOptions.Timings timings = options.timings();
    WholeGroups gms = new WholeGroups(apart);
    MembersVerified verify = new MembersVerified();
    verify.setTimeout(timings.verify().toMillis());
    // FD_ALL3 unsays its own suspicions only, not what TCP suspects when a connection is closed.
    FD_ALL3 heartbeats =
        new MembersHeartbeats(
            member -> {
              verify.heard(member);
              gms.heard(member);
            });
    heartbeats.setInterval(timings.heartbeat().toMillis());
    heartbeats.setTimeout(timings.failure().toMillis());
    gms.setJoinTimeout(200);
    gms.setLeaveTimeout(500);
    gms.setMergeTimeout(3000);
    gms.printLocalAddress(false);
    gms.setMembershipChangePolicy(new AddressOrder());

    return new JChannel(
        tcp,
        layer,
        discovery,
        new BoundedMergeInfo(gms::holds).setMinInterval(5_000).setMaxInterval(15_000),
        heartbeats,
        verify,
        new NAKACK4().logDiscardMessages(false),
        new BoundedStreams(),
        gms,
        new BoundedFragments());
  }
}
