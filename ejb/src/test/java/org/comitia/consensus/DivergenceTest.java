package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.Waiting.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.Caller;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Durability;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Scrub;
import org.comitia.cluster.StoreDisk;
import org.comitia.cluster.StoreException;
import org.comitia.consensus.LoopbackCluster.Around;
import org.comitia.consensus.LoopbackCluster.Node;
import org.comitia.state.FeatureLevel;
import org.comitia.state.KvEntry;
import org.comitia.state.Query;
import org.comitia.state.QueryResult.KvEntryResult;
import org.comitia.state.StateDigest;
import org.comitia.state.StateVersion;
import org.comitia.state.Tables;
import org.comitia.state.Touched;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server whose saved tables hold another row than they should: real stores, real sockets. */
class DivergenceTest {
  @TempDir Path folder;
  private LoopbackCluster cluster;
  private List<Node> nodes;

  @BeforeEach
  void start() throws Exception {
    cluster = new LoopbackCluster(folder);
    cluster.level = FeatureLevel.KNOWN;
    nodes = new ArrayList<>(cluster.startThree(n -> new Around()));
    await(
        "states are compared",
        () ->
            nodes.stream()
                .allMatch(
                    n ->
                        n.server.levels().inForce() >= FeatureLevel.DIGESTS
                            && n.server.comparedAt() > 0));
  }

  @AfterEach
  void stop() throws Exception {
    cluster.close();
  }

  /** Tables that one row was changed in, and that take no other ones before they may. */
  private static final class Changed implements CatalogStore {
    private final CatalogStore store;
    private final CompletableFuture<Void> mayBeReplaced;

    private Changed(CatalogStore store, CompletableFuture<Void> mayBeReplaced) {
      this.store = store;
      this.mayBeReplaced = mayBeReplaced;
    }

    @Override
    public Saved load() throws StoreException {
      Saved saved = store.load();
      Tables t = saved.state().tables();
      KvEntry a = t.kv().get("a");
      KvEntry other =
          new KvEntry(
              a.key(), new byte[] {66}, a.flags(), 0, null, a.createIndex(), a.modifyIndex());
      Tables changed =
          new Tables(
              t.nodes(),
              t.services(),
              t.checks(),
              t.kv().plus("a", other),
              t.tombstones(),
              t.indexes(),
              t.sessions(),
              t.lockDelays(),
              t.preparedQueries(),
              t.coordinates(),
              t.autopilot(),
              t.access());
      return new Saved(saved.point(), new StateVersion(saved.state().appliedIndex(), changed));
    }

    @Override
    public void save(Point point, StateVersion version, Touched touched) throws StoreException {
      store.save(point, version, touched);
    }

    @Override
    public void replace(Point point, StateVersion version) throws StoreException {
      mayBeReplaced.join();
      store.replace(point, version);
    }

    @Override
    public String rewrite(Point point, StateVersion version) throws StoreException {
      return store.rewrite(point, version);
    }

    @Override
    public String setAside() throws StoreException {
      return store.setAside();
    }

    @Override
    public Scrub scrub() {
      return store.scrub();
    }

    @Override
    public StoreDisk disk() {
      return store.disk();
    }

    @Override
    public Durability durability() {
      return store.durability();
    }

    @Override
    public void close() {
      store.close();
    }
  }

  private Node leader() throws InterruptedException {
    return LoopbackCluster.leader(nodes);
  }

  private static CompletableFuture<ReadOutcome<KvEntryResult>> read(
      Node node, Read.Consistency consistency, long minIndex) {
    return node.server
        .cluster()
        .read(
            new Read<>(
                Caller.ANONYMOUS,
                new Query.KvGet("a"),
                consistency,
                minIndex,
                Duration.ofMinutes(5),
                null))
        .toCompletableFuture();
  }

  private static void isRefused(CompletableFuture<ReadOutcome<KvEntryResult>> read)
      throws Exception {
    assertThat(read.get(30, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            ReadOutcome.Failed.class, failed -> assertThat(failed.message()).contains("COM3070"));
  }

  /** Leadership moves, to the server that is wrong or to the other one: it is found either way. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoseStateDiffersStopsServingAndGoesOnFromTheLeadersState(boolean leads) throws Exception {
    CompletableFuture<Void> mayBeReplaced = new CompletableFuture<>();
    Node wrong = startWrong(mayBeReplaced);
    assertThat(read(wrong, Read.Consistency.STALE, 0).get(30, TimeUnit.SECONDS))
        .isInstanceOf(ReadOutcome.Answer.class);
    CompletableFuture<ReadOutcome<KvEntryResult>> waits =
        read(wrong, Read.Consistency.STALE, Long.MAX_VALUE / 2);

    Node leader = leader();
    Node next =
        leads
            ? wrong
            : nodes.stream().filter(n -> n != leader && n != wrong).findFirst().orElseThrow();
    await(
        "another one leads",
        () -> {
          leader
              .server
              .cluster()
              .transferLeader(Caller.ANONYMOUS, next.server.id().node().toString());
          return !leader.server.status().isLeader();
        });
    await("it is found", () -> wrong.server.whyRuledOut().contains("COM3070"));
    isRefused(waits);
    isRefused(read(wrong, Read.Consistency.STALE, 0));
    isRefused(read(wrong, Read.Consistency.DEFAULT, 0));
    await("it does not lead", () -> !wrong.server.status().isLeader());
    Node right = leader();
    assertThat(right).isNotSameAs(wrong);
    assertThat(LoopbackCluster.put(right, "b").get(20, TimeUnit.SECONDS)).isNotNull();
    assertThat(right.server.whyRuledOut()).isEmpty();
    await("its leader does not hand over to it", () -> isRefusedAsHeir(wrong));
    await("its leader shows it", () -> isShown(wrong, false));

    mayBeReplaced.complete(null);
    await("it is mended", () -> wrong.server.whyRuledOut().isEmpty());
    await("all have the same state", this::sameState);
    await("its leader knows that too", () -> isShown(wrong, true));
    assertThat(read(wrong, Read.Consistency.DEFAULT, 0).get(30, TimeUnit.SECONDS))
        .isInstanceOf(ReadOutcome.Answer.class);
    nodes.remove(wrong);
    cluster.stop(wrong);
    Node again = cluster.start(wrong.name, 3, false, new Around());
    nodes.add(again);
    cluster.tellMembers();
    await("all have the same state after a restart", this::sameState);
    assertThat(again.server.whyRuledOut()).isEmpty();
  }

  private boolean isRefusedAsHeir(Node node) {
    String id = node.server.id().node().toString();
    String refusal =
        node.server
            .cluster()
            .transferLeader(Caller.ANONYMOUS, id)
            .toCompletableFuture()
            .join()
            .message();
    return String.valueOf(refusal).startsWith(node.name + " cannot lead now: COM3070");
  }

  /** What the leader says of its health. */
  private boolean isShown(Node node, boolean healthy) {
    return node
        .server
        .cluster()
        .autopilot(Caller.ANONYMOUS)
        .toCompletableFuture()
        .join()
        .servers()
        .stream()
        .anyMatch(s -> s.name().equals(node.name) && s.healthy() == healthy);
  }

  /** A follower is started again with another row in its tables. */
  private Node startWrong(CompletableFuture<Void> mayBeReplaced) throws Exception {
    LoopbackCluster.put(leader(), "a").get(20, TimeUnit.SECONDS);
    Node before = nodes.stream().filter(n -> !n.server.status().isLeader()).findFirst().get();
    await("it is applied", () -> before.server.state().version().kv().containsKey("a"));
    long written = before.server.state().version().kv().get("a").modifyIndex();
    await("it is saved", () -> before.server.figures().savedIndex() >= written);
    nodes.remove(before);
    cluster.stop(before);
    Around around = new Around();
    around.catalog = store -> new Changed(store, mayBeReplaced);
    Node wrong = cluster.start(before.name, 3, false, around);
    nodes.add(wrong);
    cluster.tellMembers();
    await("it follows", () -> wrong.server.status().hasLeader());
    return wrong;
  }

  private void found(Node wrong) throws InterruptedException {
    Node leader = leader();
    await(
        "another one leads",
        () -> {
          leader.server.cluster().transferLeader(Caller.ANONYMOUS, "");
          return !leader.server.status().isLeader();
        });
    await("it is found", () -> wrong.server.whyRuledOut().contains("COM3070"));
  }

  /** Nobody else is there by whom the leader could be found right anew. */
  @Test
  void aLeaderThatWasRestartedMendsItThoughTheThirdServerIsDown() throws Exception {
    Node wrong = startWrong(CompletableFuture.failedFuture(new IllegalStateException("not yet")));
    found(wrong);
    await("it does not lead", () -> !wrong.server.status().isLeader());
    Node right = leader();
    Node third = nodes.stream().filter(n -> n != right && n != wrong).findFirst().orElseThrow();
    assertThat(right.server.comparedAt()).isPositive();
    cluster.stop(third);
    LoopbackCluster.put(right, "b").get(20, TimeUnit.SECONDS);
    cluster.stop(right);
    cluster.stop(wrong);
    nodes.clear();
    nodes.add(cluster.start(right.name, 3, false, new Around()));
    Node again = cluster.start(wrong.name, 3, false, new Around());
    nodes.add(again);
    assertThat(again.server.whyRuledOut()).contains("COM3070");
    cluster.tellMembers();
    await("it is mended", () -> again.server.whyRuledOut().isEmpty());
    await("both have the same state", this::sameState);
    assertThat(again.server.state().version().kv()).containsKeys("a", "b");
  }

  private boolean sameState() {
    StateVersion first = nodes.get(0).server.state().version();
    return nodes.stream()
        .map(n -> n.server.state().version())
        .allMatch(
            v ->
                v.appliedIndex() == first.appliedIndex()
                    && v.digest() == first.digest()
                    && StateDigest.of(v).equals(StateDigest.of(first)));
  }
}
