package org.comitia.consensus;

import static org.comitia.Waiting.await;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.Member;
import org.comitia.cluster.Membership;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.StoreException;
import org.comitia.cluster.Transport;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.RaftOptions;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Command;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.KvEntryResult;
import org.comitia.storage.StorageFactory;
import org.comitia.transport.NioTransport;
import org.comitia.transport.TransportOptions;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * Servers in one JVM: real stores, real sockets, the real driver. Only membership is told instead
 * of found out, since nothing may be decided by it anyway.
 */
final class LoopbackCluster implements AutoCloseable {
  /** One server and what must be closed with it. */
  static final class Node {
    final String name;
    final ConsensusServer server;
    final Transport transport;
    final VitalThreads vital;
    final Lanes lanes;
    private final LogStore log;
    private final CatalogStore catalog;
    final Map<String, String> tags;
    private final AtomicLong rounds;
    private final UUID nodeId;
    private final String host;

    private Node(
        String name,
        UUID nodeId,
        String host,
        ConsensusServer server,
        Transport transport,
        VitalThreads vital,
        Lanes lanes,
        LogStore log,
        CatalogStore catalog,
        Map<String, String> tags,
        AtomicLong rounds) {
      this.name = name;
      this.nodeId = nodeId;
      this.host = host;
      this.server = server;
      this.transport = transport;
      this.vital = vital;
      this.lanes = lanes;
      this.log = log;
      this.catalog = catalog;
      this.tags = tags;
      this.rounds = rounds;
    }
  }

  /** What stands between a server and its parts, so that these can fail. */
  static final class Around {
    UnaryOperator<LogStore> log = UnaryOperator.identity();
    UnaryOperator<CatalogStore> catalog = UnaryOperator.identity();
    UnaryOperator<Transport> transport = UnaryOperator.identity();
    UnaryOperator<Executor> executor = UnaryOperator.identity();

    /**
     * Whether threads that answer requests wait for the next one: then nobody asks the executor.
     */
    boolean idleThreads = true;
  }

  /** A server's two stores, while it does not run. */
  record Stores(LogStore log, CatalogStore catalog) implements AutoCloseable {
    static Stores open(Path raft) throws StoreException {
      LogStore log = StorageFactory.openLog(dataSource(raft.resolve("log.db")), raft);
      return new Stores(
          log, StorageFactory.openCatalog(dataSource(raft.resolve("catalog.db")), raft));
    }

    @Override
    public void close() {
      catalog.close();
      log.close();
    }
  }

  /** One of its own for each JVM that runs tests of this module at the same time. */
  private static final int PORT = Integer.getInteger("comitia.test.port", 18_300);

  /** Another one for whoever runs these tests beside others on the same machine. */
  private static final String NETWORK = System.getProperty("it.network", "127.0.5");

  /** The longest wait that its servers grant each other. */
  Duration maxQueryTime = Duration.ofMinutes(10);

  /** Bytes that the state may take. */
  long stateLimit = 1L << 30;

  /** How much of its log each server keeps. */
  LogKeeping logKeeping = new LogKeeping(10_240, 16_384, Duration.ofSeconds(30));

  /** How each server looks after its disk. */
  DiskOptions disk = DiskOptions.NONE;

  /** The feature level that servers know which are started from now on. */
  int level;

  /** Leaders raise the feature level no further. */
  int levelLimit = FeatureLevel.KNOWN;

  /** What the servers' settings say about autopilot; null when they say nothing. */
  AutopilotConfig autopilot;

  /** How access is kept by servers that start from now on. */
  AclOptions acl = AclOptions.OFF;

  /** More for whoever needs that a leader stays, on a machine that stands still for a second. */
  int raftMultiplier = 1;

  /** Makes the servers' threads. */
  ThreadFactory threads = Thread::new;

  private final Path root;
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final ScheduledExecutorService scheduled = Executors.newScheduledThreadPool(2);
  private final Map<String, Node> nodes = new HashMap<>();
  private final Map<String, UUID> ids = new HashMap<>();

  LoopbackCluster(Path root) {
    this.root = root;
  }

  Node start(String name, int expect, boolean bootstrap) throws Exception {
    return start(name, expect, bootstrap, new Around());
  }

  /** Three servers that have started together, all voters. */
  List<Node> startThree(Function<String, Around> around) throws Exception {
    List<Node> three = new ArrayList<>();
    for (String name : List.of("n1", "n2", "n3")) {
      three.add(start(name, 3, false, around.apply(name)));
    }
    tellMembers();
    await("all know a leader", () -> three.stream().allMatch(n -> n.server.status().hasLeader()));
    leader(three);
    return three;
  }

  static Node leader(List<Node> nodes) throws InterruptedException {
    List<Node> leading = new ArrayList<>();
    await(
        "one leads",
        () -> {
          nodes.stream().filter(n -> n.server.status().established()).forEach(leading::add);
          return !leading.isEmpty();
        });
    return leading.get(0);
  }

  /** Starts a server; the n-th host of the network by its name's last digit. */
  Node start(String name, int expect, boolean bootstrap, Around around) throws Exception {
    Path raft = root.resolve(name).resolve("raft");
    LogStore log =
        around.log.apply(StorageFactory.openLog(dataSource(raft.resolve("log.db")), raft));
    CatalogStore catalog =
        around.catalog.apply(
            StorageFactory.openCatalog(dataSource(raft.resolve("catalog.db")), raft));
    UUID id = ids.computeIfAbsent(name, n -> UUID.randomUUID());
    String host = NETWORK + "." + name.substring(name.length() - 1);
    String address = host + ":" + PORT;
    Transport transport =
        around.transport.apply(
            new NioTransport(
                TransportOptions.of(InetAddress.getByName(host), PORT, address), Thread::new));
    Map<String, String> tags = new ConcurrentHashMap<>();
    tags.put(Member.Tags.ROLE, "consul");
    tags.put(Member.Tags.DATACENTER, "dc1");
    tags.put(Member.Tags.PORT, String.valueOf(PORT));
    tags.put(Member.Tags.INCARNATION, log.incarnation().toString());
    tags.put(Member.Tags.EXPECT, String.valueOf(expect));
    tags.put(Member.Tags.BOOTSTRAP, bootstrap ? "1" : "0");
    tags.put(Member.Tags.FEATURE_LEVEL, String.valueOf(level));
    VitalThreads vital = new VitalThreads();
    Executor given = around.executor.apply(executor);
    Lanes lanes = around.idleThreads ? new Lanes(given) : new Lanes(given, 0);
    ConsensusServer.Parts parts =
        new ConsensusServer.Parts(
            id,
            name,
            address,
            "dc1",
            expect,
            bootstrap,
            Duration.ZERO,
            RaftOptions.withMultiplier(raftMultiplier).withLevel(level),
            Duration.ofSeconds(7),
            () -> logKeeping,
            stateLimit,
            levelLimit,
            disk,
            autopilot,
            acl,
            log,
            catalog,
            transport,
            new ToldMembers(name),
            threads,
            lanes,
            new Random(),
            vital,
            cluster -> {
              tags.put(Member.Tags.CLUSTER, cluster.toString());
              executor.execute(this::tellMembers);
            });
    ConsensusServer server = loaded(parts);
    if (server.status().cluster() != null) { // as in production: from the first moment on
      tags.put(Member.Tags.CLUSTER, server.status().cluster().toString());
    }
    transport.start(server.handler(maxQueryTime, RequestRates.NONE));
    try {
      server.start();
    } catch (RuntimeException e) { // as in production: what was started is stopped
      server.stop();
      transport.close();
      catalog.close();
      log.close();
      throw e;
    }
    scheduled.scheduleWithFixedDelay(server::passDeadlines, 10, 10, TimeUnit.MILLISECONDS);
    AtomicLong rounds = new AtomicLong();
    Runnable round =
        () -> {
          server.lookAround();
          rounds.incrementAndGet();
        };
    scheduled.scheduleWithFixedDelay(round, 100, 100, TimeUnit.MILLISECONDS);
    Node node =
        new Node(name, id, host, server, transport, vital, lanes, log, catalog, tags, rounds);
    synchronized (nodes) {
      nodes.put(name, node);
    }
    return node;
  }

  private static ConsensusServer loaded(ConsensusServer.Parts parts) throws StoreException {
    try {
      return new ConsensusServer(parts);
    } catch (StoreException e) {
      parts.transport().close();
      parts.catalog().close();
      parts.log().close();
      throw e;
    }
  }

  /** What a server is that was started beside the store of another one. */
  UUID newNodeId(String name) {
    UUID id = UUID.randomUUID();
    ids.put(name, id);
    return id;
  }

  /**
   * Waits until each server that runs has looked around some times more, a leader at its duties.
   */
  void awaitRounds(int more) throws InterruptedException {
    Map<Node, Long> goal = new HashMap<>();
    synchronized (nodes) {
      nodes.values().forEach(node -> goal.put(node, node.rounds.get() + more));
    }
    await(
        "all have looked around " + more + " times",
        () -> goal.entrySet().stream().allMatch(g -> g.getKey().rounds.get() >= g.getValue()));
  }

  void stop(Node node) throws Exception {
    synchronized (nodes) {
      nodes.remove(node.name);
    }
    node.server.handOver();
    node.server.stop();
    node.transport.close();
    node.catalog.close();
    node.log.close();
    tellMembers();
  }

  /** What an agent says before it asks to be removed: nobody adds it again. */
  void leaving(String name) {
    synchronized (nodes) {
      nodes.get(name).tags.put(Member.Tags.LEAVING, "1");
    }
    tellMembers();
  }

  /** Everybody learns who is there; what joining does in the product. */
  void tellMembers() {
    List<Member> members = members();
    List<Node> all;
    synchronized (nodes) {
      all = new ArrayList<>(nodes.values());
    }
    all.forEach(n -> n.server.onMembers(members));
  }

  Membership membership() {
    return new ToldMembers("");
  }

  List<Member> members() {
    synchronized (nodes) {
      return nodes.values().stream()
          .map(
              n ->
                  new Member(
                      n.name, n.nodeId, n.host, 8301, Map.copyOf(n.tags), Member.Status.ALIVE, 0))
          .toList();
    }
  }

  /** Writes the value {@code v}, asked of this server. */
  static CompletableFuture<WriteOutcome> put(Node node, String key) {
    return node.server
        .cluster()
        .write(
            Caller.ANONYMOUS, new Command.KvPut(key, "v".getBytes(StandardCharsets.UTF_8), 0, null))
        .toCompletableFuture();
  }

  /** Reads a key without waiting, asked of this server. */
  static CompletableFuture<ReadOutcome<KvEntryResult>> get(
      Node node, String key, Read.Consistency consistency) {
    return node.server
        .cluster()
        .read(
            new Read<>(Caller.ANONYMOUS, new Query.KvGet(key), consistency, 0, Duration.ZERO, null))
        .toCompletableFuture();
  }

  static CompletableFuture<ReadOutcome<KvEntryResult>> get(Node node, String key) {
    return get(node, key, Read.Consistency.DEFAULT);
  }

  private static SQLiteDataSource dataSource(Path file) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(5000);
    config.setGetGeneratedKeys(false);
    SQLiteDataSource dataSource = new SQLiteDataSource(config);
    dataSource.setUrl("jdbc:sqlite:" + file);
    return dataSource;
  }

  @Override
  public void close() throws Exception {
    scheduled.shutdown();
    List<Node> all;
    synchronized (nodes) {
      all = new ArrayList<>(nodes.values());
    }
    for (Node node : all) {
      stop(node);
    }
    executor.shutdown();
  }

  /** Membership as the test tells it. */
  private final class ToldMembers implements Membership {
    private final String self;

    private ToldMembers(String self) {
      this.self = self;
    }

    @Override
    public void start(Listener listener, boolean rejoinKnown) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<JoinOutcome> join(List<String> addresses) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Member> members() {
      return LoopbackCluster.this.members();
    }

    @Override
    public long time() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void updateTags(Map<String, String> changed) {
      synchronized (nodes) {
        Node node = nodes.get(self);
        if (node == null) {
          return; // it is stopped
        }
        node.tags.putAll(changed);
      }
      tellMembers();
    }

    @Override
    public void leave() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean hasLeft() {
      return false; // its members come and go as the test says
    }

    @Override
    public boolean forceLeave(String name, boolean prune) {
      throw new UnsupportedOperationException();
    }

    @Override
    public String successor() {
      return "";
    }

    @Override
    public boolean answers(Member member) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}
