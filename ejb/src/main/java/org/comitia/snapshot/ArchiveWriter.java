package org.comitia.snapshot;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes an archive: the manifest, then the chunks, then the checksums. Keeps nothing but what the
 * packing needs, some tens of KiB. Not thread safe.
 */
public final class ArchiveWriter {
  private static final int OWNER_ONLY = 0100600;

  private final TarArchiveOutputStream tar;
  private final Instant time;
  private final String manifestSum;
  private final MessageDigest stateSum = ArchiveFormat.sha256();

  /**
   * Writes the manifest and begins the state.
   *
   * @param manifest its size must be what all chunks will take: a tar says it first
   */
  public ArchiveWriter(OutputStream out, Manifest manifest) throws IOException {
    tar = new TarArchiveOutputStream(new GZIPOutputStream(out), StandardCharsets.UTF_8.name());
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    time = manifest.time();
    byte[] json = manifest.toJson();
    manifestSum = ArchiveFormat.hex(updated(json));
    file(ArchiveFormat.MANIFEST, json);
    begin(ArchiveFormat.STATE, manifest.size());
  }

  private static MessageDigest updated(byte[] bytes) {
    MessageDigest sum = ArchiveFormat.sha256();
    sum.update(bytes);
    return sum;
  }

  private void begin(String name, long size) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(size);
    entry.setMode(OWNER_ONLY);
    entry.setLastModifiedTime(FileTime.from(Instant.ofEpochSecond(time.getEpochSecond())));
    entry.setUserName(""); // else it would be that of this process
    tar.putArchiveEntry(entry);
  }

  private void file(String name, byte[] content) throws IOException {
    begin(name, content.length);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  /** The chunk that follows. */
  public void chunk(byte[] rows) throws IOException {
    byte[] length = ArchiveFormat.varint(rows.length);
    stateSum.update(length);
    stateSum.update(rows);
    tar.write(length);
    tar.write(rows);
  }

  /**
   * Writes the checksums and ends the archive.
   *
   * @throws IOException also when the chunks were not as long as the manifest says
   */
  public void finish() throws IOException {
    tar.closeArchiveEntry();
    String sums =
        manifestSum
            + "  "
            + ArchiveFormat.MANIFEST
            + "\n"
            + ArchiveFormat.hex(stateSum)
            + "  "
            + ArchiveFormat.STATE
            + "\n";
    file(ArchiveFormat.SUMS, sums.getBytes(StandardCharsets.US_ASCII));
    tar.close();
  }
}
