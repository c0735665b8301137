package org.comitia.bench.parts;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.comitia.cluster.LogStore;
import org.comitia.raft.Entry;
import org.comitia.raft.Persist;
import org.comitia.storage.StorageFactory;
import org.comitia.wire.Commands;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** The log in SQLite, synced at each write, on the disk that COMITIA_BENCH_DIR names: it is the disk's time for the most part. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class LogBench {
  @Param({"1", "64"})
  public int batch;

  private LogStore log;
  private long sequence;
  private long index;
  private byte[] command;

  @Setup
  public void open() throws Exception {
    Path raft = Files.createTempDirectory(Path.of(System.getenv("COMITIA_BENCH_DIR")), "log").resolve("raft");
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setGetGeneratedKeys(false);
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + raft.resolve("log.db"));
    log = StorageFactory.openLog(source, raft);
    command = Commands.encode(Rows.put(7, 1));
  }

  @Benchmark
  public long append() throws Exception {
    List<Entry> entries = new ArrayList<>(batch);
    for (int i = 0; i < batch; i++) {
      entries.add(new Entry(++index, 1, Entry.Kind.COMMAND, command));
    }
    log.write(List.of(new Persist(++sequence, null, 0, entries)), Map.of());
    return index;
  }

  @TearDown
  public void close() {
    log.close();
  }
}
