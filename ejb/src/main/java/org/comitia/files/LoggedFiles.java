package org.comitia.files;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;

/**
 * Small files that change often and must survive a power failure. A file of its own synced at each
 * change costs two syncs, with its directory's; here each change, of several files too, costs one:
 * of a log, whose bytes were written before, so that a sync moves no metadata. The files themselves
 * are synced when the log is full, and at the end. After a crash the log's changes are carried out
 * anew. Blocks on the disk; used by one thread at a time.
 *
 * <p>The log: an int {@link #MAGIC}, a long generation and the CRC-32 of both; then records, each
 * an int length, an int CRC-32 of generation and content, and the content: a number of files, each
 * a path below the root, whether it is there, and its bytes. Emptying the log is writing the next
 * generation: what an older one left behind does not count.
 */
public final class LoggedFiles implements Closeable {
  /** The log's length, whatever is in it. */
  static final int SIZE = 1 << 20;

  /** What the name of a kept log ends with. */
  static final String DAMAGED = ".damaged";

  private static final int MAGIC = 0x434f4d4c;
  private static final int HEADER = 16;
  private static final int RECORD_HEADER = 8;

  private final Path root;
  private final Path log;
  private final Set<Path> unsynced = new LinkedHashSet<>();
  private FileChannel channel;
  private long generation;
  private int end;

  /**
   * What a file is to hold.
   *
   * @param file below the root
   * @param content null: it is not to be there
   */
  public record Change(Path file, byte[] content) {}

  /**
   * @param root what the files lie under; the log too
   * @param name the log's
   */
  public LoggedFiles(Path root, String name) {
    this.root = root;
    this.log = root.resolve(name);
  }

  /**
   * Makes the files what they were acknowledged to be, after a start and after a failure; to be
   * called before they are looked at. Does nothing while all is well, and without a log.
   *
   * @return what could not be made, in words; empty when all is well. A damaged log is begun anew,
   *     a copy kept beside it: what was acknowledged since the files were last synced may be
   *     missing
   * @throws IOException when the disk takes or gives nothing; the log stays as it is
   */
  public List<String> recover() throws IOException {
    return channel != null || !Files.exists(log) ? List.of() : open();
  }

  private List<String> open() throws IOException {
    DurableFiles.createDirectories(root);
    FileChannel opened =
        FileChannel.open(
            log,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            OwnerOnly.FILE);
    try {
      List<String> problems = new ArrayList<>();
      if (!carryOut(read(opened), problems)) {
        Files.copy(
            log,
            log.resolveSibling(log.getFileName() + DAMAGED),
            StandardCopyOption.REPLACE_EXISTING);
        opened.truncate(0); // nothing of it is to count again
        problems.add("the log is damaged and was begun anew");
      }
      begin(opened);
      channel = opened;
      return problems;
    } finally {
      if (channel == null) {
        opened.close();
      }
    }
  }

  private static ByteBuffer read(FileChannel from) throws IOException {
    ByteBuffer all = ByteBuffer.allocate((int) Math.min(SIZE, from.size()));
    while (all.hasRemaining() && from.read(all, all.position()) >= 0) {
      // on to the end
    }
    return all.flip();
  }

  /** An empty log of the next generation, of its whole length. */
  private void begin(FileChannel to) throws IOException {
    syncFiles();
    if (to.size() != SIZE) {
      write(to, ByteBuffer.allocate(SIZE), 0); // the syncs of records need move no metadata
      to.force(true);
      DurableFiles.syncDirectory(root);
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    header.putInt(MAGIC).putLong(generation + 1);
    header.putInt(checksum(header.array())).flip();
    write(to, header, 0);
    to.force(false);
    generation++;
    end = HEADER;
  }

  private static void write(FileChannel to, ByteBuffer bytes, long at) throws IOException {
    while (bytes.hasRemaining()) {
      to.write(bytes, at + bytes.position());
    }
  }

  private static int checksum(byte[] header) {
    CRC32 crc = new CRC32();
    crc.update(header, 0, HEADER - Integer.BYTES);
    return (int) crc.getValue();
  }

  /** Of a record's content, in this generation. */
  private int checksum(byte[] bytes, int from, int length) {
    CRC32 crc = new CRC32();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(generation).flip());
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  // ---- changes

  /**
   * Changes files together. When it returns, the changes survive a power failure; when it throws,
   * none of them is made, or all are, once {@link #recover} was called.
   */
  public void apply(List<Change> changes) throws IOException {
    if (channel == null) {
      open();
    }
    try {
      log(changes);
    } catch (IOException | RuntimeException e) {
      // What a later sync says of the same bytes counts no more: from the log anew.
      try (FileChannel failed = channel) {
        channel = null;
      }
      throw e;
    }
  }

  private void log(List<Change> changes) throws IOException {
    byte[] content = encode(changes);
    boolean fits = HEADER + RECORD_HEADER + content.length <= SIZE;
    if (fits && end + RECORD_HEADER + content.length > SIZE) {
      begin(channel);
    }
    for (Change change : changes) { // first: what the disk has no room for is not in the log
      prepare(change, !fits);
    }
    if (fits) {
      ByteBuffer record = ByteBuffer.allocate(RECORD_HEADER + content.length);
      record.putInt(content.length).putInt(checksum(content, 0, content.length)).put(content);
      write(channel, record.flip(), end);
      channel.force(false);
      end += RECORD_HEADER + content.length;
    }
    for (Change change : changes) { // last: what was there is not lost before the log has the new
      putInPlace(change);
    }
    if (!fits) {
      begin(channel); // else an older change of the same file would count again
    }
  }

  private void prepare(Change change, boolean synced) throws IOException {
    if (change.content() != null) {
      Path file = root.resolve(change.file());
      DurableFiles.createDirectories(file.getParent());
      DurableFiles.prepare(file, change.content(), synced);
    }
  }

  private void putInPlace(Change change) throws IOException {
    Path file = root.resolve(change.file());
    unsynced.add(file);
    if (change.content() == null) {
      Files.deleteIfExists(file);
    } else {
      DurableFiles.putInPlace(file);
    }
  }

  private void syncFiles() throws IOException {
    Set<Path> folders = new LinkedHashSet<>();
    for (Path file : unsynced) {
      if (Files.exists(file)) {
        try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ)) {
          open.force(true);
        }
      }
      if (Files.isDirectory(file.getParent())) {
        folders.add(file.getParent());
      }
    }
    for (Path folder : folders) {
      DurableFiles.syncDirectory(folder);
    }
    unsynced.clear();
  }

  private byte[] encode(List<Change> changes) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(changes.size());
    for (Change change : changes) {
      out.writeUTF(change.file().toString());
      out.writeInt(change.content() == null ? -1 : change.content().length);
      if (change.content() != null) {
        out.write(change.content());
      }
    }
    return bytes.toByteArray();
  }

  // ---- after a start

  /**
   * Makes what a log says, the last of each file: what was there in between may not fit on the
   * disk.
   *
   * @param problems gets what cannot be made at all
   * @return false when it is damaged; nothing is made then
   */
  private boolean carryOut(ByteBuffer read, List<String> problems) throws IOException {
    if (!readHeader(read)) {
      return isBlank(read);
    }
    Map<Path, Change> last = new LinkedHashMap<>();
    for (byte[] content = next(read); content != null; content = next(read)) {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
      int changes = in.readInt();
      for (int i = 0; i < changes; i++) {
        Path file = Path.of(in.readUTF());
        int length = in.readInt();
        last.put(file, new Change(file, length < 0 ? null : in.readNBytes(length)));
      }
    }
    if (isRecordAhead(read)) {
      return false;
    }
    for (Change change : last.values()) {
      Path file = root.resolve(change.file());
      if (Files.isDirectory(file)) {
        problems.add(file + " is a folder");
      } else if (change.content() != null && holds(file, change.content())) {
        unsynced.add(file); // takes no room on a full disk
      } else {
        prepare(change, false);
        putInPlace(change);
      }
    }
    return true;
  }

  private static boolean holds(Path file, byte[] content) throws IOException {
    return Files.isRegularFile(file)
        && Files.size(file) == content.length
        && Arrays.equals(Files.readAllBytes(file), content);
  }

  private boolean readHeader(ByteBuffer read) {
    if (read.remaining() < HEADER || read.getInt() != MAGIC) {
      return false;
    }
    generation = read.getLong();
    return read.getInt() == checksum(read.array());
  }

  /** Its beginning was interrupted, or it is new: nothing was acknowledged yet. */
  private static boolean isBlank(ByteBuffer read) {
    for (int i = 0; i < read.limit(); i++) {
      if (read.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The next record's content; null, and no step further, where there is none. */
  private byte[] next(ByteBuffer read) {
    if (!isRecord(read, read.position())) {
      return null;
    }
    byte[] content = new byte[read.getInt()];
    read.getInt();
    read.get(content);
    return content;
  }

  private boolean isRecord(ByteBuffer read, int at) {
    if (read.limit() - at < RECORD_HEADER) {
      return false;
    }
    int length = read.getInt(at);
    return length > 0
        && length <= read.limit() - at - RECORD_HEADER
        && read.getInt(at + Integer.BYTES) == checksum(read.array(), at + RECORD_HEADER, length);
  }

  /** Whether what looked like the end is a damaged record: a whole one stands behind it. */
  private boolean isRecordAhead(ByteBuffer read) {
    for (int at = read.position(); at < read.limit(); at++) {
      if (isRecord(read, at)) {
        return true;
      }
    }
    return false;
  }

  /** Syncs the files and empties the log. */
  @Override
  public void close() throws IOException {
    if (channel != null) {
      try (FileChannel closing = channel) {
        begin(closing);
      } finally {
        channel = null;
      }
    }
  }
}
