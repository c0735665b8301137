package org.comitia.raft.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.HardState;
import org.comitia.raft.LogBase;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.TermRun;
import org.comitia.raft.bootstrap.Bootstrap;
import org.comitia.raft.bootstrap.Candidate;
import org.junit.jupiter.api.Test;

/** One server becomes a cluster of its own when the others are lost. */
class RecoveryTest {
  private static final long MILLI = 1_000_000L;
  private static final UUID OLD_CLUSTER = new UUID(9, 9);
  private static final UUID NEW_CLUSTER = new UUID(8, 8);
  private static final UUID NEXT = new UUID(7, 7);

  private static final Server SELF = server(1);
  private static final Configuration THREE = new Configuration(List.of(SELF, server(2), server(3)));

  private static Server server(int number) {
    ServerId id = new ServerId(new UUID(0, number), new UUID(1, number));
    return new Server(id, "n" + number, "127.0.0." + number + ":8300", true);
  }

  private static Entry entry(long index, long term) {
    byte[] data = ("e" + index).getBytes(StandardCharsets.UTF_8);
    return new Entry(index, term, Entry.Kind.COMMAND, data);
  }

  /** Begins behind entry 10 of term 2, has 11 and 12 of terms 2 and 4; 11 is applied; term is 6. */
  private static StoredLog log() {
    return log(11);
  }

  private static StoredLog log(long applied) {
    return new StoredLog(
        new HardState(6, server(2).id()),
        new LogBase(10, 2, THREE, 1),
        12,
        List.of(new TermRun(11, 2), new TermRun(12, 4)),
        List.of(),
        applied,
        List.of(entry(11, 2), entry(12, 4)));
  }

  private static Map<String, byte[]> records() {
    Map<String, byte[]> records = new HashMap<>();
    records.put(Participant.BOOTSTRAP_RECORD, Bootstrap.recordIn(OLD_CLUSTER, null));
    return records;
  }

  /** As the store has them: an empty one is none. */
  private static Map<String, byte[]> stored(Map<String, byte[]> changed) {
    Map<String, byte[]> stored = new HashMap<>(changed);
    stored.values().removeIf(value -> value.length == 0);
    return stored;
  }

  private static Recovery recovery(StoredLog log, Map<String, byte[]> records) {
    return Recovery.of(log, records, SELF, NEXT, NEW_CLUSTER, 1234);
  }

  @Test
  void itIsAloneBehindAllOfItsLogInANewTermOfItsOwn() {
    Recovery recovery = recovery(log(), records());
    ServerId next = new ServerId(SELF.id().node(), NEXT);
    assertThat(recovery.incarnation()).isEqualTo(NEXT);
    assertThat(recovery.persist().hardState()).isEqualTo(new HardState(7, next));
    assertThat(recovery.persist().truncateFrom()).isZero();
    assertThat(recovery.persist().base()).isNull();
    assertThat(recovery.persist().entries()).hasSize(1);
    Entry added = recovery.persist().entries().get(0);
    assertThat(added.index()).isEqualTo(13);
    assertThat(added.term()).isEqualTo(7);
    assertThat(ConfigurationCodec.decode(added.data()).servers())
        .containsExactly(new Server(next, "n1", "127.0.0.1:8300", true));
  }

  @Test
  void whatHappenedIsRemembered() {
    Recovered entry = recovery(log(), records()).entry();
    assertThat(entry.predecessor()).isEqualTo(OLD_CLUSTER);
    assertThat(entry.cluster()).isEqualTo(NEW_CLUSTER);
    assertThat(entry.atMillis()).isEqualTo(1234);
    assertThat(entry.lastIndex()).isEqualTo(12);
    assertThat(entry.lastTerm()).isEqualTo(4);
    assertThat(entry.knownIndex()).isEqualTo(11);
    assertThat(entry.dropped().servers()).containsExactly(server(2), server(3));
    assertThat(entry.droppedText())
        .isEqualTo(
            "n2 ("
                + new UUID(0, 2)
                + " at 127.0.0.2:8300), n3 ("
                + new UUID(0, 3)
                + " at 127.0.0.3:8300)");
  }

  @Test
  void itsRecordsAreOfTheNewClusterAndKeepEarlierRecoveries() {
    Map<String, byte[]> records = records();
    records.put(Participant.LEFT_RECORD, LeftRecord.encode(5));
    records.put(Participant.DIVERGED_RECORD, DivergedRecord.encode(7));
    records.put(Participant.CONFIRMED_RECORD, new Confirmation(6, 1, 5).encode());
    Recovery first = recovery(log(), records);
    assertThat(first.records().get(Participant.CONFIRMED_RECORD)).isEmpty();
    assertThat(first.records().get(Participant.LEFT_RECORD)).isEmpty();
    assertThat(first.records().get(Participant.DIVERGED_RECORD)).isEmpty(); // else nobody leads
    assertThat(Bootstrap.clusterOf(first.records().get(Participant.BOOTSTRAP_RECORD)))
        .isEqualTo(NEW_CLUSTER);

    UUID third = new UUID(6, 6);
    Recovery second = Recovery.of(log(), first.records(), SELF, new UUID(5, 5), third, 5678);
    assertThat(Recovered.decode(second.records().get(Participant.RECOVERED_RECORD)))
        .containsExactly(second.entry(), first.entry());
    assertThat(second.entry().predecessor()).isEqualTo(NEW_CLUSTER);
  }

  @Test
  void onlyTheNewestSixteenAreRemembered() {
    Map<String, byte[]> records = records();
    for (int i = 1; i <= 20; i++) {
      records.putAll(Recovery.of(log(), records, SELF, NEXT, new UUID(100, i), i).records());
    }
    assertThat(Recovered.decode(records.get(Participant.RECOVERED_RECORD)))
        .extracting(Recovered::atMillis)
        .containsExactly(20L, 19L, 18L, 17L, 16L, 15L, 14L, 13L, 12L, 11L, 10L, 9L, 8L, 7L, 6L, 5L);
  }

  @Test
  void aRecordThatIsCutShortOrOfAnotherFormatIsRefused() {
    byte[] whole = Recovered.encode(List.of(recovery(log(), records()).entry()));
    for (int length = 0; length < whole.length; length++) {
      byte[] part = java.util.Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> Recovered.decode(part)).isInstanceOf(IllegalArgumentException.class);
    }
    whole[0] = 2;
    assertThatThrownBy(() -> Recovered.decode(whole))
        .hasMessageContaining("a format that this version does not know");
  }

  @Test
  void aServerWithoutAClusterOrWithoutItsStateHasNothingToBeginWith() {
    assertThat(Recovery.objection(log(), records())).isEmpty();
    assertThat(Recovery.objection(log(), Map.of())).contains("never been in a cluster");
    assertThat(Recovery.objection(StoredLog.EMPTY, records())).contains("never been in a cluster");
    assertThat(Recovery.objection(log(9), records()))
        .contains("saved tables end at entry 9 and its log begins behind entry 10");
    assertThatThrownBy(() -> recovery(log(9), records()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void onlyTheOnlyVoterNeedsNobody() {
    StoredLog alone =
        new StoredLog(
            new HardState(1, null),
            new LogBase(3, 1, new Configuration(List.of(SELF)), 1),
            3,
            List.of(),
            List.of(),
            3,
            List.of());
    assertThat(Recovery.isNeedless(alone, SELF.id())).isTrue();
    assertThat(Recovery.isNeedless(alone, new ServerId(SELF.id().node(), NEXT))).isFalse();
    assertThat(Recovery.isNeedless(log(), SELF.id())).isFalse();
  }

  @Test
  void itLeadsAloneCommitsAllThatItHadAndHearsNobodyOfTheOldCluster() {
    Recovery recovery = recovery(log(), records());
    ServerId next = new ServerId(SELF.id().node(), NEXT);
    Entry configured = recovery.persist().entries().get(0);
    StoredLog stored =
        new StoredLog(
            recovery.persist().hardState(),
            log().base(),
            13,
            List.of(new TermRun(11, 2), new TermRun(12, 4), new TermRun(13, 7)),
            List.of(configured),
            11,
            List.of(entry(12, 4), configured));
    long now = 1;
    RaftCore core = new RaftCore(next, RaftOptions.withMultiplier(1), stored, new Random(1), now);
    Server self = new Server(next, "n1", "127.0.0.1:8300", true);
    Participant participant =
        new Participant(
            new Candidate(self, "dc1", 0, false, null),
            stored(recovery.records()),
            core,
            new Random(2),
            now);
    assertThat(participant.cluster()).isEqualTo(NEW_CLUSTER);
    assertThat(participant.recoveries()).containsExactly(recovery.entry());
    for (int i = 0; i < 300 && core.role() != Role.LEADER; i++) {
      now += 20 * MILLI;
      participant.tick(now);
      for (Work work = participant.take(now); !work.persists().isEmpty(); ) {
        assertThat(work.messages()).as("it asks nobody").isEmpty();
        participant.synced(work.persists().get(work.persists().size() - 1).sequence(), now);
        work = participant.take(now);
      }
    }
    assertThat(core.role()).isEqualTo(Role.LEADER);
    assertThat(core.commitIndex()).isEqualTo(14); // with the no-op of its own term
    assertThat(core.term()).isEqualTo(8);
  }
}
