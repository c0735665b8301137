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
import java.util.LinkedHashSet;
import java.util.List;
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
   * Makes the files what they were acknowledged to be; to be called before they are read. Called by
   * {@link #apply} if nobody did.
   *
   * @return whether the log could be read; if not, it was begun anew, a copy kept beside it, and
   *     what was acknowledged since the files were last synced may be missing
   */
  public boolean open() throws IOException {
    if (channel != null) {
      return true;
    }
    DurableFiles.createDirectories(root);
    boolean there = Files.exists(log);
    FileChannel opened =
        FileChannel.open(
            log,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            OwnerOnly.FILE);
    try {
      boolean readable = !there || carryOut(read(opened));
      if (!readable) {
        Files.copy(
            log,
            log.resolveSibling(log.getFileName() + DAMAGED),
            StandardCopyOption.REPLACE_EXISTING);
      }
      begin(opened);
      channel = opened;
      return readable;
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
    header.putInt(checksum(header.array(), 0, header.position())).flip();
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

  private static int checksum(byte[] bytes, int from, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  private int checksum(byte[] content) {
    CRC32 crc = new CRC32();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(generation).flip());
    crc.update(content);
    return (int) crc.getValue();
  }

  // ---- changes

  /**
   * Changes files together. When it returns, the changes survive a power failure; when it throws,
   * each of them may or may not have been made.
   */
  public void apply(List<Change> changes) throws IOException {
    open();
    byte[] content = encode(changes);
    if (HEADER + RECORD_HEADER + content.length > SIZE) {
      applySynced(changes);
      return;
    }
    if (end + RECORD_HEADER + content.length > SIZE) {
      begin(channel);
    }
    for (Change change : changes) { // first: a file that cannot be written is not in the log
      make(change);
    }
    ByteBuffer record = ByteBuffer.allocate(RECORD_HEADER + content.length);
    record.putInt(content.length).putInt(checksum(content)).put(content).flip();
    try {
      write(channel, record, end);
      channel.force(false);
      end += RECORD_HEADER + content.length;
    } catch (IOException e) { // what a later sync says of these bytes counts no more: begin anew
      try (FileChannel failed = channel) {
        channel = null;
      }
      throw e;
    }
  }

  /** What is too large for the log; an older change of the same file in it would count again. */
  private void applySynced(List<Change> changes) throws IOException {
    for (Change change : changes) {
      make(change);
    }
    begin(channel);
  }

  private void make(Change change) throws IOException {
    Path file = root.resolve(change.file());
    unsynced.add(file);
    if (change.content() == null) {
      Files.deleteIfExists(file);
    } else {
      DurableFiles.createDirectories(file.getParent());
      DurableFiles.writeUnsynced(file, change.content());
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

  /** Makes what a log says. @return false when it has no readable beginning */
  private boolean carryOut(ByteBuffer read) throws IOException {
    if (!readHeader(read)) {
      return isBlank(read);
    }
    for (byte[] content = next(read); content != null; content = next(read)) {
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
      int changes = in.readInt();
      for (int i = 0; i < changes; i++) {
        Path file = Path.of(in.readUTF());
        int length = in.readInt();
        make(new Change(file, length < 0 ? null : in.readNBytes(length)));
      }
    }
    return true;
  }

  private boolean readHeader(ByteBuffer read) {
    if (read.remaining() < HEADER || read.getInt() != MAGIC) {
      return false;
    }
    generation = read.getLong();
    return read.getInt() == checksum(read.array(), 0, HEADER - Integer.BYTES);
  }

  /** Its beginning was interrupted: nothing was acknowledged yet. */
  private static boolean isBlank(ByteBuffer read) {
    for (int i = 0; i < read.limit(); i++) {
      if (read.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  /** The next record's content; null behind the last one that was written whole. */
  private byte[] next(ByteBuffer read) {
    if (read.remaining() < RECORD_HEADER) {
      return null;
    }
    int length = read.getInt();
    int checksum = read.getInt();
    if (length <= 0 || length > read.remaining()) {
      return null;
    }
    byte[] content = new byte[length];
    read.get(content);
    return checksum == checksum(content) ? content : null;
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
