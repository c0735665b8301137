package org.comitia.snapshot;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Reads an archive and checks all that can be checked without looking into rows: the packing, the
 * sums, the manifest, the form of the chunks, how many rows each table has. Whoever puts the state
 * together compares its digest besides. Takes some MiB of memory, whatever the archive claims. Of
 * use once; not thread safe.
 */
public final class ArchiveReader {
  /**
   * Takes chunks as they come: before the sums are compared, so that it may have to forget them.
   */
  @FunctionalInterface
  public interface Chunks {
    /**
     * @param rows at most {@link ArchiveFormat#MAX_CHUNK_BYTES}; not kept by the reader
     */
    void take(byte[] rows) throws IOException;
  }

  /**
   * What was read.
   *
   * @param tables by name, in the order of {@link TableNames#NAMES}
   */
  public record Contents(Manifest manifest, Map<String, Table> tables) {}

  /**
   * A table in the state.
   *
   * @param bytes of its rows as they are written
   */
  public record Table(long rows, long bytes) {}

  /** Files that are passed over count as well: a tar of nothing but heads is no snapshot. */
  private static final int MAX_FILES = 64;

  /** What a file's head takes with a long name and other attributes. */
  private static final long MAX_HEAD_BYTES = 64 << 10;

  /** What an error shows of a file's name, in UTF-16 units. */
  private static final int MAX_NAME = 256;

  /** What files of other names, and what stands behind the last one, may take together. */
  private static final long MAX_PASSED_OVER = 16 << 20;

  private static final int LENGTH_DELIMITED = 2;

  private static final Pattern SUM = Pattern.compile("(?m)^([0-9a-f]{64}) [ *](.+)$");

  private final Chunks chunks;
  private final Map<String, String> sums = new HashMap<>();
  private final long[] rows = new long[TableNames.NAMES.size()];
  private final long[] bytes = new long[TableNames.NAMES.size()];
  private String part = ArchiveFormat.WHOLE;
  private Manifest manifest;
  private byte[] expected;
  private Named named;
  private long passedOver;

  private ArchiveReader(Chunks chunks) {
    this.chunks = chunks;
  }

  /**
   * Reads all of an archive. Does not close it.
   *
   * @throws DamagedArchiveException when a file of it is missing, cut off or not as it was written
   * @throws UnknownArchiveException when this version does not read it; nothing was handed over
   * @throws IOException what {@code chunks} threw
   */
  public static Contents read(InputStream archive, Chunks chunks) throws IOException {
    return new ArchiveReader(chunks).read(archive);
  }

  private Contents read(InputStream archive) throws IOException {
    InputStream unpacked;
    try {
      unpacked = new GZIPInputStream(archive, 64 << 10);
    } catch (IOException e) {
      throw damaged("not packed with gzip: " + why(e));
    }
    named = new Named(unpacked);
    TarArchiveInputStream tar = new TarArchiveInputStream(named, StandardCharsets.UTF_8.name());
    try {
      files(tar);
      passOver(named); // gzip's own sum stands at its end
    } catch (DamagedArchiveException e) {
      if (e.part().equals(ArchiveFormat.WHOLE) && sums.size() == 2 && expected != null) {
        compare(); // which of them it is
      }
      throw e;
    }
    compare();
    return new Contents(manifest, tables());
  }

  private void files(TarArchiveInputStream tar) throws IOException {
    int files = 0;
    for (TarArchiveEntry entry = next(tar); entry != null; entry = next(tar)) {
      if (++files > MAX_FILES) {
        throw damaged("more than " + MAX_FILES + " files");
      }
      part = shortened(entry.getName());
      if (entry.isSparse()) { // a few bytes would be as many zeros as its head claims
        throw damaged("a file with holes; pack it without");
      }
      InputStream content = new Named(tar);
      if (entry.isFile()) {
        file(content, entry.getSize());
      }
      passOver(content); // the rest, so that a head follows
      part = ArchiveFormat.WHOLE;
    }
  }

  /** A few packed bytes may be very many unpacked ones. */
  private void passOver(InputStream rest) throws IOException {
    byte[] piece = new byte[8 << 10];
    for (int n = rest.read(piece); n >= 0; n = rest.read(piece)) {
      passedOver += n;
      if (passedOver > MAX_PASSED_OVER) {
        throw damaged("more than a snapshot holds");
      }
    }
  }

  /** Long enough for every name that is looked for. */
  private static String shortened(String name) {
    String bare = name.startsWith("./") ? name.substring(2) : name;
    return bare.length() > MAX_NAME ? bare.substring(0, MAX_NAME) + "..." : bare;
  }

  /** The next file's head; of a long name the tar's reader makes as much as there is. */
  private TarArchiveEntry next(TarArchiveInputStream tar) throws IOException {
    named.left = MAX_HEAD_BYTES;
    try {
      return tar.getNextEntry();
    } catch (DamagedArchiveException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw damaged("not a tar: " + why(e));
    } finally {
      named.left = Long.MAX_VALUE;
    }
  }

  private static String why(Exception e) {
    return e.getMessage() == null || e instanceof EOFException ? "it is cut off" : e.getMessage();
  }

  private void file(InputStream content, long size) throws IOException {
    switch (part) {
      case ArchiveFormat.MANIFEST -> manifest(content);
      case ArchiveFormat.STATE -> state(content, size);
      case ArchiveFormat.SUMS -> {
        requireFirst(expected == null);
        expected = content(content, ArchiveFormat.MAX_SUMS_BYTES);
      }
      default -> {
        // somebody else's
      }
    }
  }

  private void manifest(InputStream content) throws IOException {
    requireFirst(manifest == null);
    byte[] json = content(content, ArchiveFormat.MAX_MANIFEST_BYTES);
    MessageDigest sum = ArchiveFormat.sha256();
    sum.update(json);
    sums.put(part, ArchiveFormat.hex(sum));
    manifest = Manifest.ofJson(json);
  }

  private void state(InputStream content, long size) throws IOException {
    requireFirst(!sums.containsKey(part));
    if (manifest == null) {
      throw damaged("it stands before " + ArchiveFormat.MANIFEST);
    }
    if (size != manifest.size()) {
      throw damaged(
          "%d bytes, and %s says %d".formatted(size, ArchiveFormat.MANIFEST, manifest.size()));
    }
    MessageDigest sum = ArchiveFormat.sha256();
    for (int length = length(content, sum); length >= 0; length = length(content, sum)) {
      if (length == 0 && size > 1) { // only the one of an empty state is
        throw damaged("a chunk of 0 bytes");
      }
      byte[] chunk = content.readNBytes(length);
      if (chunk.length < length) {
        throw damaged("it ends within a chunk");
      }
      sum.update(chunk);
      count(chunk);
      chunks.take(chunk);
    }
    sums.put(part, ArchiveFormat.hex(sum));
  }

  private void requireFirst(boolean first) throws DamagedArchiveException {
    if (!first) {
      throw damaged("it is there twice");
    }
  }

  private byte[] content(InputStream content, int most) throws IOException {
    byte[] bytes = content.readNBytes(most + 1);
    if (bytes.length > most) {
      throw damaged("longer than " + most + " bytes");
    }
    return bytes;
  }

  /** The length of the chunk that follows; -1 at the end. */
  private int length(InputStream content, MessageDigest sum) throws IOException {
    int length = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      int next = content.read();
      if (next < 0 && shift == 0) {
        return -1;
      } else if (next < 0) {
        throw damaged("it ends within a chunk's length");
      }
      sum.update((byte) next);
      length |= (next & 0x7F) << shift;
      if (next < 0x80) {
        break;
      }
    }
    if (length > ArchiveFormat.MAX_CHUNK_BYTES) {
      throw damaged("a chunk of " + length + " bytes");
    }
    return length;
  }

  /** A chunk is rows one after the other, each behind its table's number and its length. */
  private void count(byte[] chunk) throws DamagedArchiveException {
    for (Rows left = new Rows(chunk); left.at < chunk.length; ) {
      int begin = left.at;
      long tag = left.varint();
      long table = tag >>> 3;
      long length = left.varint();
      boolean known = table >= 1 && table <= rows.length;
      if (!known || (tag & 7) != LENGTH_DELIMITED || length > chunk.length - left.at) {
        throw damaged("a chunk that is not rows");
      }
      left.at += (int) length;
      rows[(int) table - 1]++;
      bytes[(int) table - 1] += left.at - begin;
    }
  }

  private final class Rows {
    private final byte[] chunk;
    private int at;

    private Rows(byte[] chunk) {
      this.chunk = chunk;
    }

    /** Never negative. */
    private long varint() throws DamagedArchiveException {
      long number = 0;
      for (int shift = 0; shift < 35 && at < chunk.length; shift += 7) {
        byte next = chunk[at++];
        number |= (long) (next & 0x7F) << shift;
        if (next >= 0) {
          return number;
        }
      }
      throw damaged("a chunk that is not rows");
    }
  }

  private void compare() throws DamagedArchiveException {
    for (String name : new String[] {ArchiveFormat.MANIFEST, ArchiveFormat.STATE}) {
      part = name;
      if (!sums.containsKey(name)) {
        throw damaged("it is missing");
      }
    }
    part = ArchiveFormat.SUMS;
    if (expected == null) {
      throw damaged("it is missing");
    }
    Map<String, String> said = new HashMap<>();
    Matcher line = SUM.matcher(new String(expected, StandardCharsets.UTF_8));
    while (line.find()) {
      said.put(line.group(2), line.group(1));
    }
    for (Map.Entry<String, String> sum : sums.entrySet()) {
      part = sum.getKey();
      if (!sum.getValue().equals(said.get(part))) {
        throw damaged("its SHA-256 is not the one in " + ArchiveFormat.SUMS);
      }
    }
    part = ArchiveFormat.STATE;
    for (int i = 0; i < rows.length; i++) {
      String table = TableNames.NAMES.get(i);
      long wanted = manifest.rows().getOrDefault(table, 0L);
      if (rows[i] != wanted) {
        throw damaged(
            "%d rows of %s, and %s says %d"
                .formatted(rows[i], table, ArchiveFormat.MANIFEST, wanted));
      }
    }
    part = ArchiveFormat.WHOLE;
  }

  private Map<String, Table> tables() {
    Map<String, Table> tables = new LinkedHashMap<>();
    for (int i = 0; i < rows.length; i++) {
      tables.put(TableNames.NAMES.get(i), new Table(rows[i], bytes[i]));
    }
    return tables;
  }

  private DamagedArchiveException damaged(String why) {
    return new DamagedArchiveException(part, why);
  }

  /** What cannot be unpacked is told by the file that it is in. */
  private final class Named extends FilterInputStream {
    private long left = Long.MAX_VALUE;

    private Named(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] to, int from, int length) throws IOException {
      int read;
      try {
        read = in.read(to, from, length);
      } catch (DamagedArchiveException e) {
        throw e;
      } catch (IOException e) {
        throw damaged("cannot be unpacked: " + why(e));
      }
      left -= Math.max(0, read);
      if (left < 0) {
        throw damaged("a file's head of more than " + MAX_HEAD_BYTES + " bytes");
      }
      return read;
    }

    /** By reading: what is packed wrongly is found there as well. */
    @Override
    public long skip(long count) throws IOException {
      byte[] over = new byte[(int) Math.min(8 << 10, Math.max(0, count))];
      return Math.max(0, read(over, 0, over.length));
    }
  }
}
