package org.comitia.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.comitia.agent.AgentGossip;
import org.comitia.agent.JoinLoop;
import org.comitia.agent.NodeAgent;
import org.comitia.agent.NodeGauges;
import org.comitia.agent.check.CheckRunners;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.agent.event.Events;
import org.comitia.agent.local.CatalogSync;
import org.comitia.agent.local.LocalOptions;
import org.comitia.agent.local.LocalRegistry;
import org.comitia.agent.local.LocalServices;
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
import org.comitia.consensus.Lanes;
import org.comitia.consensus.VitalThreads;
import org.comitia.membership.JGroupsMembership;
import org.comitia.membership.MembershipOptions;
import org.comitia.metrics.Metrics;
import org.comitia.raft.RaftOptions;
import org.comitia.state.Node;
import org.comitia.storage.NodeIdFile;
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

  /** Closes one part; the order is the reverse of the starting. */
  private interface Closing {
    void close() throws Exception;
  }

  private static final Logger LOG = Logger.getLogger("agent");
  private static final long DEADLINES_EVERY_MILLIS = 10;
  private static final long REFUSED_EVERY_NANOS = 2_000_000;
  private static final long LOOK_EVERY_MILLIS = 500;
  private static final long OUTPUTS_EVERY_MILLIS = 1_000;
  private static final long REAP_EVERY_MILLIS = 30_000;
  private static final long RELOAD_SECONDS = 30;
  private static final long PING_EVERY_MILLIS = 1_000;
  private static final long THREAD_JOIN_MILLIS = 5_000;

  private volatile Settings settings;
  private volatile boolean startEnded;
  private volatile boolean closed;
  private final Container container;
  private final Lanes lanes;
  private final Deque<Closing> closings = new ArrayDeque<>();
  private final VitalThreads vital = new VitalThreads();
  private UUID nodeId;
  private ConsensusServer server;
  private ClientCluster client;
  private NodeAgent agent;
  private LocalRegistry local;
  private CatalogSync sync;
  private AgentGossip gossip;

  NodeRuntime(Settings settings, Container container) {
    this.settings = settings;
    this.container = container;
    this.lanes = new Lanes(container.executor());
  }

  Cluster cluster() {
    return server != null ? server.cluster() : client;
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
    nodeId = nodeId();
    local =
        new LocalRegistry(
            localOptions(nodeId, settings), settings.dataDir().orElse(null), lanes.blocking());
    step();
    if (settings.server()) {
      startServer(nodeId);
    } else {
      startClient(nodeId);
    }
  }

  private void startServer(UUID nodeId) throws RefusedException, StartEndedException {
    Path raftDir = settings.dataDir().orElseThrow().resolve("raft");
    try {
      LogStore log =
          StorageFactory.openLog(container.dataSources().apply("jdbc/comitia-log"), raftDir);
      closings.push(log::close);
      refuseUnsynced(log.durability());
      step();
      CatalogStore catalog =
          StorageFactory.openCatalog(
              container.dataSources().apply("jdbc/comitia-catalog"), raftDir);
      closings.push(catalog::close);
      step();
      Transport transport = transport(settings.serverPort());
      JGroupsMembership membership = membership(nodeId, log.incarnation());
      server = new ConsensusServer(parts(nodeId, log, catalog, transport, membership));
      step();
      if (server.status().cluster() != null) {
        tellCluster(membership, server.status().cluster());
      }
      transport.start(server.handler(settings.maxQueryTime()));
      closings.push(transport::close);
      server.start();
      closings.push(server::stop);
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

  private void startClient(UUID nodeId) throws RefusedException, StartEndedException {
    Transport transport = transport(-1);
    JGroupsMembership membership = membership(nodeId, null);
    client =
        new ClientCluster(
            membership::members, transport, lanes.completions(), settings.rpcHoldTimeout());
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
      UUID nodeId, LogStore log, CatalogStore catalog, Transport transport, Membership membership) {
    return new ConsensusServer.Parts(
        nodeId,
        settings.nodeName(),
        serverAddress(),
        settings.datacenter(),
        settings.bootstrapExpect(),
        settings.bootstrap(),
        RaftOptions.withMultiplier(settings.raftMultiplier()),
        settings.rpcHoldTimeout(),
        settings.stateLimit(Runtime.getRuntime().maxMemory()),
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

  private static void tellCluster(Membership membership, UUID cluster) {
    membership.updateTags(Map.of(Member.Tags.CLUSTER, cluster.toString()));
  }

  private UUID nodeId() throws RefusedException {
    Optional<UUID> wanted = settings.nodeId();
    if (settings.dataDir().isEmpty()) {
      return wanted.orElseGet(UUID::randomUUID);
    }
    Path dataDir = settings.dataDir().get();
    try {
      if (wanted.isPresent() && !Files.exists(dataDir.resolve(NodeIdFile.NAME))) {
        return NodeIdFile.create(dataDir, wanted.get());
      }
      UUID kept = NodeIdFile.readOrCreate(dataDir);
      if (wanted.isPresent() && !wanted.get().equals(kept)) {
        throw new RefusedException(
            "COM1005: node_id is "
                + wanted.get()
                + " but this data directory belongs to node "
                + kept
                + ". Drop the setting, or use another data directory",
            null);
      }
      return kept;
    } catch (IOException e) {
      throw new RefusedException("COM1006: data_dir " + dataDir + " cannot be used: " + e.getMessage(), e);
    }
  }

  private void refuseUnsynced(Durability durability) throws RefusedException {
    LOG.info("durability: " + durability.summary());
    if (!durability.warning().isEmpty()) {
      LOG.warning("COM1008: durability: " + durability.warning());
    }
    if (!durability.synced() && !settings.allowUnsyncedCommits()) {
      throw new RefusedException(
          "COM1007: the database does not sync commits ("
              + durability.summary()
              + "): acknowledged writes could be lost. Use SQLite with synchronous=FULL or PostgreSQL with fsync"
              + " and synchronous_commit on",
          null);
    }
  }

  private Transport transport(int port) {
    return new NioTransport(
        TransportOptions.of(settings.bindAddress(), port, port < 0 ? "" : serverAddress()),
        container.threads());
  }

  private JGroupsMembership membership(UUID nodeId, UUID incarnation) {
    return new JGroupsMembership(
        new MembershipOptions(
            settings.bindAddress(),
            settings.serfLanPort(),
            settings.advertiseAddress(),
            settings.nodeName(),
            nodeId,
            tags(nodeId, incarnation),
            settings.dataDir().orElse(null),
            settings.rejoinAfterLeave(),
            container.threads(),
            lanes.blocking(),
            lanes.channel(),
            lanes.joins(),
            MembershipOptions.Timings.defaults().withReapFailed(settings.reconnectTimeout())));
  }

  private String serverAddress() {
    return HostPort.of(settings.advertiseAddress(), settings.serverPort()).toString();
  }

  private Map<String, String> tags(UUID nodeId, UUID incarnation) {
    Map<String, String> tags = new HashMap<>();
    tags.put(Member.Tags.ROLE, settings.server() ? "consul" : "node");
    tags.put(Member.Tags.DATACENTER, settings.datacenter());
    tags.put(Member.Tags.ID, nodeId.toString());
    tags.put(Member.Tags.BUILD, Version.ANNOUNCED);
    tags.put(Member.Tags.VERSION, "2");
    tags.put("vsn_min", "2");
    tags.put("vsn_max", "2");
    tags.put(
        Member.Tags.HTTP_ADDRESS,
        HostPort.of(settings.clientAddresses().get(0), settings.httpPort()).toString());
    if (settings.server()) {
      tags.put(Member.Tags.PORT, String.valueOf(settings.serverPort()));
      tags.put(Member.Tags.INCARNATION, incarnation.toString());
      if (settings.bootstrap()) {
        tags.put(Member.Tags.BOOTSTRAP, "1");
      }
      if (settings.bootstrapExpect() > 0) {
        tags.put(Member.Tags.EXPECT, String.valueOf(settings.bootstrapExpect()));
      }
    }
    return tags;
  }

  private void startMembership(
      Membership membership, Membership.Listener listener, boolean rejoinKnown)
      throws RefusedException {
    try {
      membership.start(new ServerLog(settings.server(), listener, vital), rejoinKnown);
    } catch (IOException e) {
      throw new RefusedException(cannotListen(settings.serfLanPort(), e), e);
    }
    closings.push(membership::close);
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
            server,
            client,
            local,
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
            CatalogSync.Timings.defaults());
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

  private LocalOptions localOptions(UUID nodeId, Settings from) {
    String address = from.advertiseAddress().getHostAddress();
    String family = address.contains(":") ? "ipv6" : "ipv4";
    Map<String, String> meta = new HashMap<>(from.nodeMeta());
    meta.put("consul-network-segment", "");
    return new LocalOptions(
        new Node(
            nodeId.toString(),
            from.nodeName(),
            address,
            from.datacenter(),
            Map.of(
                "lan", address, "lan_" + family, address, "wan", address, "wan_" + family, address),
            meta,
            0,
            0),
        from.definitions(),
        from.checkUpdateInterval(),
        from.discardCheckOutput(),
        from.localScriptChecks(),
        from.remoteScriptChecks());
  }

  /**
   * Takes over what may change while it runs. Blocks on the disk, bounded.
   *
   * @return null when it is in force, else why not
   */
  String reload(Settings changed) throws InterruptedException {
    try {
      LocalServices.Outcome outcome =
          local
              .reload(localOptions(nodeId, changed))
              .toCompletableFuture()
              .get(RELOAD_SECONDS, TimeUnit.SECONDS);
      if (outcome.result() != LocalServices.Result.DONE) {
        return outcome.message();
      }
      settings = changed;
      sync.full(); // whoever asks for a reload wants to see everything in step
      return null;
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
                lanes.blocking(),
                container.scheduled()));
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
    closings.push(Metrics.gauges(new NodeGauges(membership, server, settings.datacenter()))::close);
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

  /** An Error too must not be the end of what deadlines and duties hang on. */
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
    if (server != null) {
      server.answerWaiting();
    }
    if (client != null) {
      client.answerWaiting();
    }
    if (gossip != null) {
      gossip.answerWaiting();
    }
  }

  /** Hands leadership over without leaving, if this node has it. Blocks at most 2 s. */
  void handOver() {
    try {
      if (server != null) {
        server.handOver();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops everything in the reverse order of the start; leadership is handed over first. */
  void close() {
    vital.stopping();
    Thread spare = new Thread(this::runWhatIsRefused, "comitia-closing");
    spare.setDaemon(true);
    spare.start();
    closeAll();
    closed = true;
    try {
      spare.join(THREAD_JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The container refuses tasks as soon as it stops an application; the parts still need some. */
  private void runWhatIsRefused() {
    while (!closed) {
      try {
        lanes.runRefused();
      } catch (Throwable t) { // an Error too: the stop waits for what is run here
        LOG.log(Level.WARNING, "a task of the stop failed: " + t, t);
      }
      LockSupport.parkNanos(REFUSED_EVERY_NANOS);
    }
  }

  private void closeAll() {
    while (!closings.isEmpty()) {
      try {
        closings.pop().close();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        LOG.warning("stopping was interrupted; it goes on");
      } catch (Exception e) {
        LOG.log(Level.WARNING, "COM5017: a part did not stop cleanly, the others are stopped: " + e, e);
      }
    }
  }
}
