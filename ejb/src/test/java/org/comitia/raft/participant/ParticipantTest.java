package org.comitia.raft.participant;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.comitia.raft.Configuration;
import org.comitia.raft.ConfigurationCodec;
import org.comitia.raft.Entry;
import org.comitia.raft.Envelope;
import org.comitia.raft.LogBase;
import org.comitia.raft.Message;
import org.comitia.raft.Persist;
import org.comitia.raft.RaftCore;
import org.comitia.raft.RaftEvent;
import org.comitia.raft.RaftOptions;
import org.comitia.raft.Role;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.raft.StoredLog;
import org.comitia.raft.bootstrap.Candidate;
import org.junit.jupiter.api.Test;

/** What a participant decides around its core; whole clusters of them are the simulation's. */
class ParticipantTest {
  private static final long MILLI = 1_000_000L;
  private static final UUID CLUSTER = new UUID(9, 9);

  private final Server self = server(1);
  private final Server leader = server(2);
  private final Server third = server(3);
  private final Map<String, byte[]> disk = new HashMap<>();
  private final List<Work> unsynced = new ArrayList<>();
  private long now = 1;
  private Participant participant = participant();

  private static Server server(int number) {
    ServerId id = new ServerId(new UUID(0, number), new UUID(1, number));
    return new Server(id, "n" + number, "127.0.0." + number + ":8300", true);
  }

  private Participant participant() {
    RaftCore core =
        new RaftCore(self.id(), RaftOptions.withMultiplier(1), StoredLog.EMPTY, new Random(1), now);
    return new Participant(candidate(self), disk, core, new Random(2), now);
  }

  private static Candidate candidate(Server server) {
    return new Candidate(server, "dc1", 0, false, null);
  }

  private Work take() {
    Work work = participant.take(now);
    unsynced.add(work);
    return work;
  }

  /** Carries out what is asked for, synced, until nothing more is. */
  private void sync() {
    take();
    while (unsynced.stream().anyMatch(work -> !work.isEmpty())) {
      List<Work> works = List.copyOf(unsynced);
      unsynced.clear();
      works.forEach(this::sync);
      take();
    }
    unsynced.clear();
  }

  private void sync(Work work) {
    work.records()
        .forEach(
            (name, bytes) -> {
              if (bytes.length == 0) {
                disk.remove(name);
              } else {
                disk.put(name, bytes);
              }
            });
    if (work.recordSequence() > 0) {
      participant.recordSynced(work.recordSequence(), now);
    }
    for (Persist persist : work.persists()) {
      participant.synced(persist.sequence(), now);
    }
  }

  private void append(long prevIndex, long commit, Entry... entries) {
    Message request =
        new Message.AppendRequest(
            1, prevIndex, prevIndex == 0 ? 0 : 1, List.of(entries), commit, 1);
    participant.receive(new Envelope(CLUSTER, leader.id(), self.id(), request), now);
  }

  private static Entry configuration(long index, Server... servers) {
    byte[] data = ConfigurationCodec.encode(new Configuration(List.of(servers)));
    return new Entry(index, 1, Entry.Kind.CONFIGURATION, data);
  }

  private void inTheCluster() {
    append(0, 1, configuration(1, self, leader, third));
    sync();
    assertThat(participant.cluster()).isEqualTo(CLUSTER);
  }

  /** Long enough for any election timeout to run out. */
  private List<Message> afterALongSilence() {
    List<Message> sent = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      now += 10 * MILLI;
      participant.tick(now);
      take().messages().forEach(letter -> sent.add(letter.envelope().message()));
    }
    return sent;
  }

  @Test
  void aFrameForSomebodyElseIsDropped() {
    Message request =
        new Message.AppendRequest(1, 0, 0, List.of(configuration(1, self, leader)), 1, 1);
    participant.receive(new Envelope(CLUSTER, leader.id(), third.id(), request), now);
    assertThat(take().persists()).isEmpty();
    assertThat(participant.cluster()).isNull();
    assertThat(participant.foreignFrames()).isOne();
  }

  /** A follower that lags gets many configurations in one frame. */
  @Test
  void whoWasAddedAndTakenOutInOneFrameIsAFormerServer() {
    append(0, 2, configuration(1, self, leader, third), configuration(2, self, leader));
    sync();
    assertThat(participant.formerServers().contains(third.id())).isTrue();
    assertThat(participant.formerServers().contains(leader.id())).isFalse();
  }

  @Test
  void theClusterIsWrittenWithTheFirstEntries() {
    append(0, 1, configuration(1, self, leader, third));
    Work work = take();
    assertThat(work.records()).containsOnlyKeys(Participant.BOOTSTRAP_RECORD);
    assertThat(work.persists()).isNotEmpty();
  }

  @Test
  void whoHasLeftMaySaySoWhenItIsOnTheDisk() {
    inTheCluster();
    participant.left(2);
    assertThat(participant.hasLeft()).isTrue();
    assertThat(participant.leftIsSynced()).isFalse();
    take();
    assertThat(participant.leftIsSynced()).isFalse();
    sync();
    assertThat(participant.leftIsSynced()).isTrue();
    participant = participant();
    assertThat(participant.hasLeft()).isTrue();
  }

  @Test
  void aRecordThatWasLostWithTheStoreIsWrittenAgain() {
    inTheCluster();
    participant.left(2);
    take();
    unsynced.clear();
    participant.storeFailed(now);
    assertThat(take().records()).isEmpty();
    participant.storeReopened(StoredLog.EMPTY, now);
    assertThat(take().records()).containsKey(Participant.LEFT_RECORD);
    assertThat(participant.leftIsSynced()).isFalse();
    sync();
    assertThat(participant.leftIsSynced()).isTrue();
  }

  @Test
  void whoHasLeftDoesNotCampaignAndALateFrameDoesNotBringItBack() {
    inTheCluster();
    participant.left(3);
    sync();
    append(1, 1, new Entry(2, 1, Entry.Kind.COMMAND, new byte[] {1}));
    sync();
    assertThat(participant.hasLeft()).isTrue();
    assertThat(afterALongSilence()).noneMatch(Message.PreVoteRequest.class::isInstance);
  }

  @Test
  void whoIsListedAgainBehindItsRemovalIsBack() {
    inTheCluster();
    participant.left(2);
    sync();
    append(1, 1, configuration(2, leader, third), configuration(3, self, leader, third));
    sync();
    assertThat(participant.hasLeft()).isFalse();
    assertThat(disk).doesNotContainKey(Participant.LEFT_RECORD);
    assertThat(afterALongSilence()).anyMatch(Message.PreVoteRequest.class::isInstance);
  }

  @Test
  void theRecordOfBuildsThatKnewNoIndexIsRead() {
    disk.put(Participant.LEFT_RECORD, new byte[] {1});
    participant = participant();
    assertThat(participant.hasLeft()).isTrue();
  }

  @Test
  void whoCanServeNoMoreStepsDownAndDoesNotCampaign() {
    append(0, 1, configuration(1, self, leader, third));
    sync();
    participant.resign("it applies nothing", now);
    assertThat(afterALongSilence()).noneMatch(Message.PreVoteRequest.class::isInstance);
    assertThat(participant.core().role()).isEqualTo(Role.FOLLOWER);
  }

  @Test
  void aFailedStoreIsReopenedAgainAndAgainAtGrowingIntervals() {
    inTheCluster();
    participant.storeFailed(now);
    List<Long> tries = new ArrayList<>();
    long start = now;
    for (int i = 0; i < 20_000; i++) {
      now += 10 * MILLI;
      participant.tick(now);
      if (participant.take(now).reopen()) {
        tries.add((now - start) / MILLI);
        participant.storeNotReopened(now);
      }
    }
    assertThat(tries.subList(0, 6)).containsExactly(1000L, 3000L, 7000L, 15000L, 31000L, 61000L);
  }

  @Test
  void framesGoToTheAddressThatMembershipKnows() {
    assertThat(addressesWith(new Sighting(candidate(leader.at("127.0.0.9:8300")), true, false, 0)))
        .containsOnly("127.0.0.9:8300");
  }

  /** Remembered from the last run, while the leader has heard from where the server is now. */
  @Test
  void framesGoToTheConfigurationsAddressOfWhomMembershipDoesNotHear() {
    assertThat(addressesWith(new Sighting(candidate(leader.at("127.0.0.9:8300")), false, false, 0)))
        .containsOnly(leader.address());
  }

  /** Where the answers to the leader's entries are sent. */
  private List<String> addressesWith(Sighting sighting) {
    inTheCluster();
    participant.members(List.of(sighting), now);
    append(1, 1, new Entry(2, 1, Entry.Kind.COMMAND, new byte[] {1}));
    take();
    List<String> addresses = new ArrayList<>();
    for (Work work : unsynced) {
      for (Persist persist : work.persists()) {
        participant.synced(persist.sequence(), now);
      }
    }
    take().messages().forEach(letter -> addresses.add(letter.address()));
    assertThat(addresses).isNotEmpty();
    return addresses;
  }

  @Test
  void aStateThatDiffersIsRememberedUntilASnapshotWasInstalled() {
    Message heartbeat = new Message.AppendRequest(1, 0, 0, List.of(), 9, 0);
    participant.receive(new Envelope(CLUSTER, leader.id(), self.id(), heartbeat), now);
    participant.diverged(7, now);
    sync();
    assertThat(disk).containsKey(Participant.DIVERGED_RECORD);
    participant = participant();
    assertThat(participant.core().divergedAt()).isEqualTo(7);
    participant.receive(new Envelope(CLUSTER, leader.id(), self.id(), heartbeat), now);
    assertThat(participant.take(now).events()).contains(new RaftEvent.SnapshotNeeded(leader.id()));
    LogBase base = new LogBase(9, 1, new Configuration(List.of(self, leader, third)), 1);
    assertThat(participant.objection(CLUSTER, base, 6)).contains("found to differ by entry 7");
    participant.installed(base, now);
    assertThat(participant.core().divergedAt()).isZero();
    sync();
    assertThat(disk.getOrDefault(Participant.DIVERGED_RECORD, new byte[0])).isEmpty();
  }
}
