package org.comitia.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.comitia.raft.TestCluster.MILLI;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A new server gets the whole log over a link that carries little, and queues 32 MiB before it
 * drops. Entries are FIFO; heartbeats and answers overtake them, as in the transport's lanes.
 */
class NarrowLinkTest {
  private static final long MEBI = 1 << 20;
  private static final long QUEUE = 32 * MEBI;

  @ParameterizedTest(name = "{0} MB/s, entries of {1} bytes, disk {2} ms")
  @CsvSource({
    "1, 1024, 1",
    "1, 1000000, 1",
    "1.25, 1024, 1",
    "3, 1024, 1",
    "6, 1024, 1",
    "6, 500000, 1",
    "12.5, 1024, 1",
    "12.5, 1024, 1000",
    "25, 1024, 1",
    "50, 1024, 1",
  })
  void catchingUpSendsAtMostOneAndAHalfTimesTheLog(
      double megabytes, int entryBytes, int syncMillis) {
    Link link = new Link(megabytes * 1_000, entryBytes, syncMillis);
    double ideal = link.logBytes / (megabytes * 1_000);
    long limit = (long) (1.5 * ideal) + 5_000 + 10L * syncMillis;
    for (long t = 0; t < limit && !link.isCaughtUp(); t++) {
      link.millisecond();
    }
    assertThat(link.isCaughtUp()).as("after %d ms of ideally %.0f", limit, ideal).isTrue();
    assertThat(link.sentBytes).isLessThanOrEqualTo(link.logBytes * 3 / 2);
  }

  private record Event(long at, int number, Runnable what) {}

  private static final class Link {
    final double bytesPerMilli;
    final int syncMillis;
    final List<Entry> log = new ArrayList<>();
    final long logBytes;
    final ServerId leaderId = TestCluster.id(1);
    final ServerId learnerId = TestCluster.id(2);
    final RaftCore leader;
    final RaftCore learner;
    final ArrayDeque<Message.AppendRequest> queue = new ArrayDeque<>();
    final PriorityQueue<Event> events =
        new PriorityQueue<>(
            (a, b) ->
                a.at != b.at ? Long.compare(a.at, b.at) : Integer.compare(a.number, b.number));
    long queuedBytes;
    long sentBytes;
    double budget;
    long now = 1_000;
    int number;
    boolean added;
    boolean syncing;
    long toSync;

    Link(double bytesPerMilli, int entryBytes, int syncMillis) {
      this.bytesPerMilli = bytesPerMilli;
      this.syncMillis = syncMillis;
      byte[] one = ConfigurationCodec.encode(TestCluster.configuration(1));
      Entry first = new Entry(1, 1, Entry.Kind.CONFIGURATION, one);
      log.add(first);
      byte[] data = new byte[entryBytes - Entry.OVERHEAD];
      long bytes = first.size();
      while (bytes < 24 * MEBI) {
        log.add(new Entry(log.size() + 1, 1, Entry.Kind.COMMAND, data));
        bytes += entryBytes;
      }
      logBytes = bytes;
      long last = log.size();
      StoredLog stored =
          new StoredLog(
              new HardState(1, null),
              LogBase.NONE,
              last,
              List.of(new TermRun(1, 1)),
              List.of(first),
              last,
              List.of());
      RaftOptions options = RaftOptions.withMultiplier(1);
      leader = new RaftCore(leaderId, options, stored, new SplittableRandom(1), now * MILLI);
      learner =
          new RaftCore(learnerId, options, StoredLog.EMPTY, new SplittableRandom(2), now * MILLI);
    }

    boolean isCaughtUp() {
      return added && leader.matchIndex(learnerId) == leader.lastIndex();
    }

    void millisecond() {
      now++;
      if (now % 10 == 0) {
        leader.tick(now * MILLI);
        learner.tick(now * MILLI);
      }
      if (!added && leader.established()) {
        Server server = new Server(learnerId, "n2", "h:2", false);
        added = leader.addLearner(server, now * MILLI) instanceof Proposal.Accepted;
      }
      while (!events.isEmpty() && events.peek().at <= now) {
        events.poll().what.run();
      }
      budget = queue.isEmpty() ? bytesPerMilli : budget + bytesPerMilli;
      while (!queue.isEmpty() && size(queue.peek()) <= budget) {
        Message.AppendRequest request = queue.poll();
        budget -= size(request);
        queuedBytes -= size(request);
        learner.receive(leaderId, request, now * MILLI);
      }
      carryOutLeader(leader.ready());
      carryOutLearner(learner.ready());
    }

    private void carryOutLeader(Ready ready) {
      for (Persist persist : ready.persists()) {
        log.addAll(persist.entries());
        after(1, () -> leader.synced(persist.sequence(), now * MILLI));
      }
      for (LogRead read : ready.logReads()) {
        List<Entry> found = read(read);
        after(5, () -> leader.logRead(read.fromIndex(), found, now * MILLI));
      }
      for (Outbound outbound : ready.messages()) {
        if (outbound.message() instanceof Message.AppendRequest request && size(request) > 0) {
          if (queuedBytes + size(request) <= QUEUE) {
            queue.add(request);
            queuedBytes += size(request);
          }
          sentBytes += size(request);
        } else {
          after(1, () -> learner.receive(leaderId, outbound.message(), now * MILLI));
        }
      }
      applied(leader, ready);
    }

    private List<Entry> read(LogRead read) {
      List<Entry> found = new ArrayList<>();
      long bytes = 0;
      for (long i = read.fromIndex(); i <= log.size() && bytes < read.maxBytes(); i++) {
        found.add(log.get((int) i - 1));
        bytes += log.get((int) i - 1).size();
      }
      return found;
    }

    private void carryOutLearner(Ready ready) {
      for (Persist persist : ready.persists()) {
        toSync = persist.sequence();
      }
      sync();
      for (Outbound outbound : ready.messages()) {
        after(1, () -> leader.receive(learnerId, outbound.message(), now * MILLI));
      }
      applied(learner, ready);
    }

    /** One write at a time; what comes meanwhile goes out together. */
    private void sync() {
      if (syncing || toSync == 0) {
        return;
      }
      syncing = true;
      long sequence = toSync;
      toSync = 0;
      after(
          syncMillis,
          () -> {
            syncing = false;
            learner.synced(sequence, now * MILLI);
            sync();
          });
    }

    private void applied(RaftCore core, Ready ready) {
      if (!ready.committed().isEmpty()) {
        core.applied(ready.committed().get(ready.committed().size() - 1).index());
      }
    }

    private void after(long millis, Runnable what) {
      events.add(new Event(now + millis, number++, what));
    }

    private static long size(Message.AppendRequest request) {
      return request.entries().stream().mapToLong(Entry::size).sum();
    }
  }
}
