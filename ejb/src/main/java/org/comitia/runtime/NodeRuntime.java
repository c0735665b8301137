package org.comitia.runtime;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.comitia.agent.AgentGossip;
import org.comitia.agent.JoinLoop;
import org.comitia.agent.NodeAgent;
import org.comitia.agent.NodeGauges;
import org.comitia.agent.check.CheckRunners;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.agent.event.Events;
import org.comitia.agent.local.CatalogSync;
import org.comitia.agent.local.LocalRegistry;
import org.comitia.agent.local.LocalServices;
import org.comitia.agent.token.AgentTokens;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Durability;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.Member;
import org.comitia.cluster.Membership;
import org.comitia.cluster.NetworkPosition;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.Transport;
import org.comitia.config.HealthReady;
import org.comitia.config.HostPort;
import org.comitia.config.Settings;
import org.comitia.config.Version;
import org.comitia.consensus.ClientCluster;
import org.comitia.consensus.ConsensusServer;
import org.comitia.consensus.Delegate;
import org.comitia.consensus.DiskOptions;
import org.comitia.consensus.Lanes;
import org.comitia.consensus.LogKeeping;
import org.comitia.consensus.RequestRates;
import org.comitia.consensus.VitalThreads;
import org.comitia.encryption.KeyedTls;
import org.comitia.encryption.Keyring;
import org.comitia.files.DiskRoom;
import org.comitia.membership.JGroupsMembership;
import org.comitia.membership.MembershipOptions;
import org.comitia.metrics.Metrics;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.ServerId;
import org.comitia.raft.participant.Recovered;
import org.comitia.state.FeatureLevel;
import org.comitia.storage.StorageFactory;
import org.comitia.transport.NioTransport;
import org.comitia.transport.TransportOptions;

/**
 * One running node: puts the rooms together, starts them in order and stops them in the reverse
 * order. Started once, closed once; {@link #close()} is safe after a start that failed half way.
 */
final class NodeRuntime {
  /** What the container lends. */
  record Container(
      ThreadFactory threads,
      Executor executor,
      ScheduledExecutorService scheduled,
      Function<String, DataSource> dataSources) {}

  private static final Logger LOG = Logger.getLogger("agent");
  private static final String LOG_DATA = "jdbc/comitia-log";
  private static final String CATALOG_DATA = "jdbc/comitia-catalog";
  private static final long DEADLINES_EVERY_MILLIS = 10;
  private static final long LOOK_EVERY_MILLIS = 500;
  private static final long OUTPUTS_EVERY_MILLIS = 1_000;
  private static final long CERTIFICATES_EVERY_MILLIS = 5_000;
  private static final long REAP_EVERY_MILLIS = 30_000;
  private static final long RELOAD_SECONDS = 30;
  private static final long PING_EVERY_MILLIS = 1_000;
  private static final long THREAD_JOIN_MILLIS = 5_000;
  private static final int TOLD_RECOVERIES = 4;

  /**
   * A server that is to make a cluster of its own, and has addresses to join, asks these first: its
   * data directory may have been emptied since.
   */
  private static final Duration BEFORE_FOUNDING = Duration.ofSeconds(5);

  private volatile Settings settings;
  private volatile boolean startEnded;
  private final Container container;
  private final Lanes lanes;
  private final RequestRates rates;
  private final Closings closings = new Closings();
  private final VitalThreads vital = new VitalThreads();
  private UUID nodeId;
  private Delegate delegate;
  private NodeAgent agent;
  private LocalRegistry local;
  private CatalogSync sync;
  private AgentGossip gossip;
  private AgentTokens tokens;

  /** The keys that all agents share; null without any. */
  private Keyring keyring;

  private PortProofs proofs;

  NodeRuntime(Settings settings, Container container) {
    this.settings = settings;
    this.container = container;
    this.lanes = new Lanes(container.executor());
    this.rates =
        settings.server()
            ? RequestRates.ofServer(settings.limits(), System::nanoTime)
            : RequestRates.ofClient(settings.limits(), System::nanoTime);
  }

  /** How many requests a second are taken. */
  RequestRates rates() {
    return rates;
  }

  Cluster cluster() {
    return delegate.cluster();
  }

  NodeAgent agent() {
    return agent;
  }

  LocalServices local() {
    return local;
  }

  /**
   * Starts everything; blocks for some seconds.
   *
   * @throws RefusedException when this node must not run; says why and what to do
   * @throws StartEndedException after {@link #endStart()}, at the next step
   */
  void start() throws RefusedException, StartEndedException {
    settings.warnings().forEach(LOG::warning);
    nodeId = NodeIdentity.nodeId(settings);
    keyring = openKeyring();
    tokens = AgentTokens.load(settings.acl(), settings.dataDir().orElse(null));
    proofs = PortProofs.of(settings, keyring, Clock.systemUTC());
    local =
        new LocalRegistry(
            NodeIdentity.localOptions(nodeId, settings),
            settings.dataDir().orElse(null),
            lanes.blocking());
    step();
    if (settings.server()) {
      startServer(nodeId);
    } else {
      startClient(nodeId);
    }
    repeat(proofs::look, CERTIFICATES_EVERY_MILLIS);
  }

  private Keyring openKeyring() throws RefusedException {
    KeyedTls.Demand demand =
        new KeyedTls.Demand(settings.encryptVerifyIncoming(), settings.encryptVerifyOutgoing());
    try {
      Keyring ring =
          Keyring.open(settings.keyringFile().orElse(null), settings.encrypt(), demand)
              .orElse(null);
      if (ring != null && !ring.isDemanded()) {
        LOG.warning(
            "COM1029: encrypt_verify_incoming is "
                + demand.incoming()
                + " and encrypt_verify_outgoing "
                + demand.outgoing()
                + ": not all connections of this agent are encrypted yet");
      }
      if (ring != null && !settings.encrypt().map(ring.keys()::contains).orElse(true)) {
        LOG.warning(
            "keyring doesn't include key provided with -encrypt, using keyring: keyring=LAN");
      }
      return ring;
    } catch (IOException e) {
      throw new RefusedException(e.getMessage(), e);
    }
  }

  private void startServer(UUID nodeId) throws RefusedException, StartEndedException {
    Path raftDir = settings.dataDir().orElseThrow().resolve("raft");
    DiskRoom room = DiskRoom.of(raftDir, settings.diskReserve());
    try {
      LogStore log = StorageFactory.openLog(container.dataSources().apply(LOG_DATA), raftDir, room);
      closings.push(log::close);
      refuseUnsynced(LOG_DATA, log.durability());
      step();
      CatalogStore catalog =
          StorageFactory.openCatalog(container.dataSources().apply(CATALOG_DATA), raftDir, room);
      closings.push(catalog::close);
      refuseUnsynced(CATALOG_DATA, catalog.durability());
      step();
      recover(nodeId, raftDir, log, catalog);
      Transport transport =
          transport(settings.serverPort(), new ServerId(nodeId, log.incarnation()));
      JGroupsMembership membership = membership(nodeId, log.incarnation());
      ConsensusServer server =
          new ConsensusServer(parts(nodeId, log, catalog, transport, membership));
      delegate = server;
      step();
      if (server.status().cluster() != null) {
        tellCluster(membership, server.status().cluster());
        tellRecoveries(membership, server.recoveries());
      }
      transport.start(server.handler(settings.maxQueryTime(), rates));
      closings.push(transport::close);
      closings.push(server::stop); // before: a thread that cannot be made leaves others behind
      server.start();
      startGossip(membership);
      agent = agent(nodeId, membership);
      prepareLocal(membership);
      Membership.Listener listener =
          members -> {
            server.onMembers(members);
            sync.membersChanged();
          };
      step();
      startMembership(membership, listener, !server.hasLeft());
      step();
      measure(membership);
      repeat(server::passDeadlines, DEADLINES_EVERY_MILLIS);
      repeat(server::lookAround, LOOK_EVERY_MILLIS);
      startLocal();
      closings.push(server::handOver);
      startJoining(membership);
    } catch (StoreException e) {
      throw new RefusedException(e.getMessage(), e);
    } catch (IOException e) {
      throw new RefusedException(cannotListen(settings.serverPort(), e), e);
    }
  }

  /** Makes this server the begin of a new cluster, if a file in {@code raft/} says so. */
  private void recover(UUID nodeId, Path raftDir, LogStore log, CatalogStore catalog)
      throws RefusedException, StoreException {
    LostQuorum lost =
        new LostQuorum(
            raftDir,
            new LostQuorum.Self(nodeId, settings.nodeName(), NodeIdentity.serverAddress(settings)));
    lost.explain();
    lost.recover(log, catalog);
  }

  private void startClient(UUID nodeId) throws RefusedException, StartEndedException {
    Transport transport = transport(-1, null);
    JGroupsMembership membership = membership(nodeId, null);
    ClientCluster client =
        new ClientCluster(
            settings.nodeName(),
            nodeId,
            membership::members,
            transport,
            lanes.completions(),
            settings.rpcHoldTimeout(),
            settings.acl());
    delegate = client;
    try {
      transport.start(new NoRequests(vital));
    } catch (IOException e) {
      throw new RefusedException(cannotListen(0, e), e);
    }
    closings.push(transport::close);
    startGossip(membership);
    agent = agent(nodeId, membership);
    prepareLocal(membership);
    step();
    startMembership(membership, members -> sync.membersChanged(), true);
    step();
    measure(membership);
    repeat(client::passDeadlines, DEADLINES_EVERY_MILLIS);
    repeat(lanes::startAgain, DEADLINES_EVERY_MILLIS);
    startLocal();
    startJoining(membership);
  }

  /** A start that is under way ends at its next step. */
  void endStart() {
    startEnded = true;
  }

  private void step() throws StartEndedException {
    if (startEnded) {
      throw new StartEndedException();
    }
  }

  private ConsensusServer.Parts parts(
      UUID nodeId, LogStore log, CatalogStore catalog, Transport transport, Membership membership)
      throws RefusedException {
    return new ConsensusServer.Parts(
        nodeId,
        settings.nodeName(),
        NodeIdentity.serverAddress(settings),
        settings.datacenter(),
        settings.bootstrapExpect(),
        settings.bootstrap(),
        settings.join().isEmpty() && settings.retryJoin().isEmpty()
            ? Duration.ZERO
            : BEFORE_FOUNDING,
        RaftOptions.withMultiplier(settings.raftMultiplier()).withLevel(FeatureLevel.KNOWN),
        settings.rpcHoldTimeout(),
        this::logKeeping,
        settings.stateLimit(Runtime.getRuntime().maxMemory()),
        NodeIdentity.levelLimit(settings),
        diskOptions(),
        NodeIdentity.autopilot(settings),
        NodeIdentity.acl(settings),
        log,
        catalog,
        transport,
        membership,
        container.threads(),
        lanes,
        new SecureRandom(),
        vital,
        cluster -> lanes.completions().execute(() -> tellCluster(membership, cluster)));
  }

  private DiskOptions diskOptions() {
    Path directory = settings.dataDir().orElseThrow().resolve("raft");
    long reserve;
    try {
      reserve = DiskRoom.of(directory, settings.diskReserve()).reserve().get();
    } catch (IOException unknown) {
      reserve = settings.diskReserve().applyAsLong(0);
    }
    return new DiskOptions(() -> settings.scrubInterval(), reserve);
  }

  private LogKeeping logKeeping() {
    Settings now = settings;
    return new LogKeeping(
        now.raftTrailingLogs(), now.raftSnapshotThreshold(), now.raftSnapshotInterval());
  }

  private static void tellCluster(Membership membership, UUID cluster) {
    membership.updateTags(Map.of(Member.Tags.CLUSTER, cluster.toString()));
  }

  /** So that whoever was dropped is told the way back. */
  private static void tellRecoveries(Membership membership, List<Recovered> recoveries) {
    if (!recoveries.isEmpty()) {
      String tag =
          recoveries.stream()
              .limit(TOLD_RECOVERIES)
              .map(recovered -> recovered.predecessor() + "@" + recovered.atMillis())
              .collect(Collectors.joining(","));
      membership.updateTags(Map.of(Member.Tags.RECOVERED_FROM, tag));
    }
  }

  /** The saved tables as well: what they hold is in no log any more once its entries are cut. */
  private void refuseUnsynced(String dataSource, Durability durability) throws RefusedException {
    LOG.info("durability: " + dataSource + ": " + durability.summary());
    if (!durability.warning().isEmpty()) {
      LOG.warning("COM1008: durability: " + dataSource + ": " + durability.warning());
    }
    if (!durability.synced() && !settings.allowUnsyncedCommits()) {
      throw new RefusedException(
          "COM1007: the database does not sync commits ("
              + dataSource
              + ": "
              + durability.summary()
              + "): acknowledged writes could be lost. Use SQLite with synchronous=FULL or PostgreSQL with fsync"
              + " and synchronous_commit on",
          null);
    }
  }

  /**
   * @param self null for a client, which does not listen
   */
  private Transport transport(int port, ServerId self) {
    return new NioTransport(
        TransportOptions.of(
                settings.bindAddress(), port, port < 0 ? "" : NodeIdentity.serverAddress(settings))
            .with(this::limit)
            .withTls(proofs.serverPort())
            .as(self),
        container.threads());
  }

  private void limit(TransportOptions.Limits limits) {
    limits.connectionsOfAnAddress = settings.limits().rpcMaxConnsPerClient();
    limits.handshake = settings.limits().rpcHandshakeTimeout();
    limits.allowed = settings.allowedNetworks();
  }

  private JGroupsMembership membership(UUID nodeId, UUID incarnation) {
    return new JGroupsMembership(
        new MembershipOptions(
            settings.bindAddress(),
            settings.serfLanPort(),
            settings.advertiseAddress(),
            settings.nodeName(),
            nodeId,
            NodeIdentity.tags(settings, nodeId, incarnation),
            settings.dataDir().orElse(null),
            settings.rejoinAfterLeave(),
            container.threads(),
            lanes.blocking(),
            lanes.channel(),
            lanes.joins(),
            MembershipOptions.Timings.defaults().withReapFailed(settings.reconnectTimeout()),
            new MembershipOptions.Newcomers(
                settings.allowedNetworks(), settings.limits().rpcHandshakeTimeout()),
            proofs.serfPort(),
            keyring));
  }

  private void startMembership(
      Membership membership, Membership.Listener listener, boolean rejoinKnown)
      throws RefusedException {
    try {
      membership.start(new ServerLog(settings.server(), listener, vital), rejoinKnown);
    } catch (IOException e) {
      throw new RefusedException(cannotListen(settings.serfLanPort(), e), e);
    } finally {
      closings.push(membership::close); // its channel may be open though it did not start
    }
  }

  private static String cannotListen(int port, IOException e) {
    return "COM1009: cannot listen on port "
        + port
        + ": "
        + e.getMessage()
        + ". Is another agent running there? Choose other ports or another bind address";
  }

  private NodeAgent agent(UUID nodeId, Membership membership) {
    return new NodeAgent(
        new NodeAgent.Parts(
            settings.nodeName(),
            nodeId,
            settings.datacenter(),
            Version.TEXT,
            settings.bootstrap(),
            settings.healthReady() == HealthReady.ALWAYS,
            membership,
            delegate,
            local,
            tokens,
            vital::failure,
            () -> settings));
  }

  // ---- local services ----

  private void prepareLocal(Membership membership) {
    sync =
        new CatalogSync(
            local,
            cluster(),
            container.scheduled(),
            agent::isMember,
            () -> (int) membership.members().stream().filter(Member::isAlive).count(),
            CatalogSync.Timings.defaults(),
            tokens,
            settings.acl().enabled());
  }

  private void startLocal() throws RefusedException {
    CheckRunners runners =
        new CheckRunners(
            new CheckRunners.Parts(
                settings.nodeName(),
                container.scheduled(),
                lanes.blocking(),
                container.threads(),
                cluster(),
                local,
                () -> tokens.caller(""),
                settings.checkOutputMaxSize()));
    closings.push(runners::close);
    closings.push(local::close);
    try {
      local.start(runners::runner);
    } catch (InvalidDefinitionException e) {
      throw new RefusedException(e.getMessage(), e);
    }
    sync.start();
    closings.push(sync::stop);
    repeat(local::passOutputs, OUTPUTS_EVERY_MILLIS);
    repeat(local::reap, REAP_EVERY_MILLIS);
  }

  /**
   * Takes over what may change while it runs. Blocks on the disk, bounded.
   *
   * @return null when it is in force, else why not
   */
  String reload(Settings changed) throws InterruptedException {
    String unusable = proofs.unusable();
    if (unusable != null) {
      return unusable;
    }
    try {
      LocalServices.Outcome outcome =
          local
              .reload(NodeIdentity.localOptions(nodeId, changed))
              .toCompletableFuture()
              .get(RELOAD_SECONDS, TimeUnit.SECONDS);
      if (outcome.result() != LocalServices.Result.DONE) {
        return outcome.message();
      }
      settings = changed;
      sync.full(); // whoever asks for a reload wants to see everything in step
      return proofs.reload(); // last: what fails before changes none
    } catch (ExecutionException | TimeoutException e) {
      return "the local services did not answer: " + e;
    }
  }

  /** Before the membership starts: it hears from the first moment on. */
  private void startGossip(JGroupsMembership membership) {
    gossip =
        new AgentGossip(
            new AgentGossip.Parts(
                settings.nodeName(),
                membership.gossip(),
                cluster(),
                () -> membership.members().size(),
                local,
                lanes.completions(),
                container.scheduled(),
                tokens));
    if (!settings.disableCoordinates()) {
      repeat(gossip::measure, PING_EVERY_MILLIS);
    }
  }

  Events events() {
    return gossip.events();
  }

  /** Null when this node does not find out. */
  NetworkPosition position() {
    return settings.disableCoordinates() ? null : gossip.position();
  }

  private void measure(Membership membership) {
    closings.push(
        Metrics.gauges(new NodeGauges(membership, delegate, settings.datacenter()))::close);
    repeat(() -> Metrics.turn(Instant.now()), Metrics.STRETCH_SECONDS * 1_000L);
  }

  boolean showsPrometheus() {
    return !settings.prometheusRetentionTime().isZero();
  }

  private void repeat(Runnable task, long everyMillis) {
    ScheduledFuture<?> future =
        container
            .scheduled()
            .scheduleWithFixedDelay(steady(task), everyMillis, everyMillis, TimeUnit.MILLISECONDS);
    closings.push(() -> future.cancel(false));
  }

  /** Goes on after an Error too: deadlines and duties depend on these rounds. */
  static Runnable steady(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable e) {
        LOG.log(Level.WARNING, "COM5016: periodic work failed, it goes on: " + e, e);
      }
    };
  }

  private void startJoining(Membership membership) {
    String own = HostPort.of(settings.advertiseAddress(), settings.serfLanPort()).toString();
    String ownHost = settings.advertiseAddress().getHostAddress();
    Thread joining =
        container
            .threads()
            .newThread(
                new JoinLoop(
                    membership,
                    settings.join(),
                    settings.retryJoin(),
                    settings.retryInterval(),
                    settings.retryMax(),
                    address ->
                        address.equals(own)
                            || (address.equals(ownHost) && settings.serfLanPort() == 8301),
                    reason -> CommandLink.exit(1, reason)));
    joining.setName("comitia-join");
    joining.start();
    closings.push(
        () -> {
          joining.interrupt(); // it only sleeps and asks membership; it holds no store
          joining.join(THREAD_JOIN_MILLIS);
        });
  }

  /** Answers all that waits for a change or for a leader; from now on nothing waits. */
  void answerWaiting() {
    delegate.answerWaiting();
    gossip.answerWaiting();
  }

  /** Hands leadership over without leaving, if this node has it. Blocks at most 2 s. */
  void handOver() {
    try {
      if (delegate instanceof ConsensusServer server) {
        server.handOver();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops everything in the reverse order of the start; leadership is handed over first. */
  void close() {
    vital.stopping();
    lanes.runStop(closings::closeAll);
  }
}
