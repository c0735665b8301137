package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.comitia.Told;
import org.comitia.raft.ServerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForeignFramesTest {
  private static final Logger RAFT = Logger.getLogger("raft");
  private static final ServerId FROM = new ServerId(new UUID(0, 1), new UUID(0, 2));
  private static final ServerId SELF = new ServerId(new UUID(0, 6), new UUID(0, 7));
  private static final ServerId TO = new ServerId(new UUID(0, 3), new UUID(0, 4));

  private long now;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Handler handler = new Told(line -> lines.add(line.getMessage()));

  @BeforeEach
  void listen() {
    RAFT.addHandler(handler);
  }

  @AfterEach
  void stop() {
    RAFT.removeHandler(handler);
  }

  @Test
  void theLineNamesTheServersAndTheCluster() {
    UUID cluster = new UUID(0, 5);
    frames().dropped(FROM, TO, cluster, true);
    frames().dropped(FROM, TO, null, false);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).contains(FROM.toString(), TO.toString(), cluster.toString());
    assertThat(lines.get(1)).contains(FROM.toString()).doesNotContain("of cluster 0");
    assertThat(lines.get(0)).contains("or this server's raft/ is an old copy: give it an empty");
  }

  @Test
  void leadersFramesForAnotherStoreOfThisNodeAreRememberedForAWhile() {
    ForeignFrames frames = frames();
    ServerId other = new ServerId(SELF.node(), new UUID(0, 8));
    frames.dropped(FROM, TO, null, false);
    assertThat(frames.forAnotherStoreLately()).as("another node").isFalse();
    frames.dropped(FROM, SELF, new UUID(0, 5), true);
    assertThat(frames.forAnotherStoreLately()).as("another cluster").isFalse();
    frames.dropped(FROM, other, new UUID(0, 5), false);
    assertThat(frames.forAnotherStoreLately()).as("who does not lead may be behind").isFalse();
    frames.dropped(FROM, other, new UUID(0, 5), true);
    assertThat(frames.forAnotherStoreLately()).isTrue();
    now += 11_000_000_000L;
    assertThat(frames.forAnotherStoreLately()).as("11 s later").isFalse();
    frames.dropped(FROM, other, new UUID(0, 5), true);
    frames.fitted();
    assertThat(frames.forAnotherStoreLately()).as("a leader knows this store").isFalse();
  }

  private ForeignFrames frames() {
    return new ForeignFrames(SELF, () -> now);
  }
}
