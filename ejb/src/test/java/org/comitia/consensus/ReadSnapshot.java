package org.comitia.consensus;

import java.io.IOException;
import java.io.InputStream;
import org.comitia.snapshot.ArchiveFormat;
import org.comitia.snapshot.ArchiveReader;
import org.comitia.snapshot.DamagedArchiveException;
import org.comitia.snapshot.Manifest;
import org.comitia.state.StateDigest;
import org.comitia.state.StateVersion;
import org.comitia.wire.MalformedFrameException;
import org.comitia.wire.SnapshotAssembly;

/**
 * An archive that was read and proved to be whole: its state has the digest that it was taken with.
 *
 * @param state at the manifest's index
 */
record ReadSnapshot(Manifest manifest, StateVersion state) {
  /**
   * Reads all of an archive. Blocks; takes the memory of the state, and some MiB.
   *
   * @throws DamagedArchiveException when it is not as it was written
   * @throws org.comitia.snapshot.UnknownArchiveException when this version does not read it
   */
  static ReadSnapshot of(InputStream archive) throws IOException {
    SnapshotAssembly assembly = new SnapshotAssembly();
    ArchiveReader.Contents contents;
    try {
      contents = ArchiveReader.read(archive, assembly::add);
    } catch (MalformedFrameException e) {
      throw new DamagedArchiveException(ArchiveFormat.STATE, e.getMessage());
    }
    Manifest manifest = contents.manifest();
    StateVersion state = assembly.finish(manifest.index());
    if (!StateDigest.of(state).equals(manifest.digest())) {
      throw new DamagedArchiveException(
          ArchiveFormat.STATE, "its state has another digest than the one that was saved");
    }
    return new ReadSnapshot(manifest, state);
  }
}
