package org.comitia.consensus;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.Snapshot;
import org.comitia.config.Version;
import org.comitia.raft.Server;
import org.comitia.snapshot.ArchiveFormat;
import org.comitia.snapshot.ArchiveWriter;
import org.comitia.snapshot.Manifest;
import org.comitia.snapshot.TableNames;
import org.comitia.state.StateDigest;
import org.comitia.state.StateVersion;
import org.comitia.wire.SnapshotChunks;

/**
 * A version of the state as an archive, of which no more than one chunk is in memory: a tar says a
 * file's length first, so that all chunks are made twice, once for their lengths.
 */
final class StateArchive implements Snapshot {
  private static final int FEWEST_BYTES = 32 << 10;

  private final CatalogStore.Point point;
  private final StateVersion state;
  private final String datacenter;
  private final Instant time;
  private final ByteArrayOutputStream made = new ByteArrayOutputStream();
  private ArchiveWriter archive;
  private byte[] cursor;
  private boolean finished;

  StateArchive(Applier.View view, String datacenter, Instant time) {
    this.point = view.point();
    this.state = view.state();
    this.datacenter = datacenter;
    this.time = time;
  }

  @Override
  public long index() {
    return point.appliedIndex();
  }

  @Override
  public byte[] next() {
    try {
      if (archive == null) {
        archive = new ArchiveWriter(made, manifest());
      }
      while (!finished && made.size() < FEWEST_BYTES) {
        step();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory takes every byte", e);
    }
    byte[] next = made.size() == 0 ? null : made.toByteArray();
    made.reset();
    return next;
  }

  private void step() throws IOException {
    SnapshotChunks.Chunk chunk = SnapshotChunks.chunk(state, cursor);
    archive.chunk(chunk.rows());
    cursor = chunk.next();
    if (cursor.length == 0) {
      archive.finish();
      finished = true;
    }
  }

  /** What the first pass finds. */
  private Manifest manifest() {
    return new Manifest(
        state.level(),
        point.appliedIndex(),
        point.appliedTerm(),
        point.cluster() == null ? "" : point.cluster().toString(),
        datacenter,
        point.configuration().servers().stream().map(StateArchive::peer).toList(),
        point.configurationIndex(),
        Version.TEXT,
        time,
        size(),
        rows(),
        StateDigest.of(state));
  }

  private static Manifest.Peer peer(Server server) {
    return new Manifest.Peer(
        server.id().node().toString(),
        server.id().incarnation().toString(),
        server.name(),
        server.address(),
        server.voter());
  }

  private long size() {
    long size = 0;
    byte[] after = null;
    do {
      SnapshotChunks.Chunk chunk = SnapshotChunks.chunk(state, after);
      size += ArchiveFormat.framedLength(chunk.rows().length);
      after = chunk.next();
    } while (after.length > 0);
    return size;
  }

  private Map<String, Long> rows() {
    List<Integer> counts = SnapshotChunks.rowCounts(state);
    Map<String, Long> rows = new LinkedHashMap<>();
    for (int i = 0; i < counts.size(); i++) {
      rows.put(TableNames.NAMES.get(i), (long) counts.get(i));
    }
    return rows;
  }
}
