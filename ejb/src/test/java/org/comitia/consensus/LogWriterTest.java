package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.comitia.cluster.LogStore;
import org.comitia.cluster.StoreException;
import org.comitia.raft.Entry;
import org.comitia.raft.LogBase;
import org.comitia.raft.Persist;
import org.comitia.raft.StoredLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When the log thread sweeps. */
@Timeout(60)
class LogWriterTest implements LogWriter.Reports {
  private final List<String> happened = new ArrayList<>();
  private final LogWriter writer =
      new LogWriter(
          Wrapped.of(LogStore.class, (method, arguments) -> stored(method.getName())),
          0,
          this,
          () -> "",
          () -> LogBase.NONE);
  private int slices;
  private int writesDuringSweep;
  private StoreException failing;
  private long sequence;
  private boolean endless;

  private Object stored(String call) throws StoreException {
    if (call.equals("sizeBytes")) {
      return 0L;
    }
    happened.add(call);
    if (call.equals("load")) {
      return StoredLog.EMPTY;
    }
    if (!call.equals("sweep")) {
      return null;
    }
    if (failing != null) {
      throw failing;
    }
    if (writesDuringSweep > 0) {
      writesDuringSweep--;
      write();
    }
    slices--;
    if (slices <= 0) {
      endless = false;
      writer.stop();
    }
    return slices > 0;
  }

  private void write() {
    Entry entry = new Entry(++sequence, 1, Entry.Kind.COMMAND, new byte[64 << 10]);
    writer.write(List.of(new Persist(sequence, null, 0, List.of(entry))), Map.of(), 0);
  }

  @Test
  void whatIsWrittenMeanwhileGoesBeforeTheNextSlice() {
    slices = 4;
    writesDuringSweep = 2;
    write();

    writer.run();

    assertThat(happened)
        .containsExactly(
            "write", "synced", "sweep", "write", "synced", "sweep", "write", "synced", "sweep",
            "sweep");
  }

  /** Each write is followed by the next one before the queue is looked at. */
  @Test
  void underLoadWithoutEndASliceIsSweptForWhatWasWritten() {
    slices = 1;
    endless = true;
    write();

    writer.run();

    List<String> before = happened.subList(0, happened.indexOf("sweep"));
    assertThat(before).filteredOn("write"::equals).hasSize(4);
  }

  @Test
  void aThreadWithNothingToDoSweeps() {
    slices = 2;

    writer.run();

    assertThat(happened).containsExactly("sweep", "sweep");
  }

  @Test
  void aFailedSweepIsAFailedStoreAndNothingIsSweptBeforeItIsReopened() {
    failing = new StoreException("no room to free room");
    write();

    writer.step();
    write();
    writer.step();
    assertThat(happened).containsExactly("write", "synced", "sweep", "no room to free room");
    assertThat(writer.failure()).isEqualTo("no room to free room");

    failing = null;
    happened.clear();
    writer.reopen(0);
    assertThat(writer.step()).isTrue();
    assertThat(happened).containsExactly("reopen", "load", "reopened", "sweep");
  }

  @Test
  void aStepSweepsOneSlice() {
    slices = 5;

    assertThat(writer.step()).isFalse();
    assertThat(writer.step()).isFalse();

    assertThat(happened).containsExactly("sweep", "sweep");
  }

  @Override
  public void synced(long number) {
    happened.add("synced");
    if (endless) {
      write();
    }
  }

  @Override
  public void recordSynced(long recordSequence) {}

  @Override
  public void failed(Exception cause) {
    happened.add(cause.getMessage());
  }

  @Override
  public void reopened(StoredLog stored) {
    happened.add("reopened");
  }

  @Override
  public void notReopened() {}
}
