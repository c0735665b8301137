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
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/**
 * Small files that change often and must survive a power failure. A file of its own synced at each
 * change costs two syncs, with its directory's; here each change, of several files too, costs one:
 * of a log, whose bytes were written before, so that a sync moves no metadata. The files themselves
 * are synced when the log is full, and at the end. After a crash the log's changes are carried out
 * anew. Blocks on the disk; used by one thread at a time, and by one process.
 *
 * <p>The log: an int {@link #MAGIC}, a long generation and the CRC-32 of both; then records, each
 * an int length, an int CRC-32 of generation and content, and the content: a number of files, each
 * a path below the root, whether it is there, and its bytes. Emptying the log is writing the next
 * generation: what an older one left behind does not count.
 *
 * <p>What a change does, what is on the disk when it ends there, and what the recovery makes of it:
 *
 * <table>
 * <caption>Crashes</caption>
 * <tr><th>crash while</th><th>on the disk</th><th>recovery</th></tr>
 * <tr><td>the new files are written beside the old</td><td>the old files; {@code .tmp}</td>
 *   <td>leaves the old</td></tr>
 * <tr><td>the record is written and synced</td><td>the same, with a record that is whole or not</td>
 *   <td>a whole one counts, though nobody was told: makes the new</td></tr>
 * <tr><td>the new take the old ones' places</td><td>a record; files old, new, or empty</td>
 *   <td>makes the new</td></tr>
 * <tr><td>the log is full: the files are synced</td><td>a full log; files as above</td>
 *   <td>makes the last of each file</td></tr>
 * <tr><td>the next generation is written</td><td>all files; a log that is full, empty or, with half
 *   a header, damaged</td><td>makes the same again, nothing, or keeps the log and says so</td></tr>
 * </table>
 *
 * A failure is taken as a crash: the log is closed, and the recovery comes before the next change.
 */
public class LoggedFiles implements Closeable {
  /** The log's length, whatever is in it. Part of the form: a log of another length is refilled. */
  static final int SIZE = 1 << 20;

  /** What the name of a kept log ends with. */
  static final String DAMAGED = ".damaged";

  private static final int MAGIC = 0x434f4d4c;
  private static final int HEADER = 16;
  private static final int RECORD_HEADER = 8;
  private static final int MAX_CONTENT = SIZE - HEADER - RECORD_HEADER;

  private final Path root;
  private final Path logFile;
  private final Consumer<String> problems;

  /** At least the files that have a change in the log. */
  private final Set<Path> unsynced = new LinkedHashSet<>();

  /** The system may have of a file what the disk has not. */
  private boolean syncFailed;

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

  /** Changes that together are larger than the log; nothing was changed. */
  public static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    private TooLargeException(int bytes) {
      super(bytes + " bytes, more than the " + MAX_CONTENT + " that are changed at once");
    }
  }

  /**
   * @param root what the files lie under; the log too
   * @param name the log's
   * @param problems told, in words, what cannot be brought back, before the log loses it: after a
   *     crash perhaps twice
   */
  public LoggedFiles(Path root, String name, Consumer<String> problems) {
    this.root = root.toAbsolutePath();
    this.logFile = this.root.resolve(name);
    this.problems = problems;
  }

  /**
   * Makes the files what they were acknowledged to be, after a start and after a failure; to be
   * called before they are looked at. Does nothing while all is well, and without a log. A damaged
   * log is put aside, and a new one begun: what was acknowledged since the files were last synced
   * may be missing.
   *
   * @throws IOException when the disk takes or gives nothing; the log stays as it is
   */
  public void recover() throws IOException {
    if (channel == null && !Files.notExists(logFile)) {
      open();
    }
  }

  private void open() throws IOException {
    DurableFiles.createDirectories(root);
    FileChannel opened =
        FileChannel.open(
            logFile,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
            OwnerOnly.FILE);
    try {
      DurableFiles.syncDirectory(root); // whoever made the log may have ended before
      if (carryOut(read(opened))) {
        begin(opened);
        channel = opened;
      } else {
        problems.accept("the log is damaged and is begun anew");
        sync(opened, true);
        putAside();
        open();
      }
    } finally {
      if (channel != opened) {
        opened.close();
      }
    }
  }

  private void putAside() throws IOException {
    Files.move(
        logFile,
        logFile.resolveSibling(logFile.getFileName() + DAMAGED),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    DurableFiles.syncDirectory(root);
  }

  /** Not private: tests let it fail. */
  void sync(FileChannel of, boolean metadata) throws IOException {
    of.force(metadata);
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
      sync(to, true);
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    header.putInt(MAGIC).putLong(generation + 1);
    header.putInt(checksum(header.array())).flip();
    write(to, header, 0);
    sync(to, false);
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
   * Changes files together; of several changes of one file the last counts. When it returns, the
   * changes survive a power failure. When it throws, none of them is made, or all are: once {@link
   * #recover} was called, or at the next start.
   *
   * @throws TooLargeException nothing was tried
   */
  public void apply(List<Change> changes) throws IOException {
    recover();
    List<Change> due = due(changes);
    if (due.isEmpty()) {
      return;
    }
    byte[] content = encode(due);
    requireFits(content);
    if (channel == null) {
      open();
    }
    boolean done = false;
    try {
      commit(due, content);
      done = true;
    } finally { // also after an Error: what a later sync says of the same bytes counts no more
      if (!done) {
        abandon(due);
      }
    }
  }

  /**
   * Tries nothing.
   *
   * @throws TooLargeException when {@link #apply} would not take them
   */
  public void require(List<Change> changes) throws IOException {
    requireFits(encode(due(changes)));
  }

  private static void requireFits(byte[] content) throws TooLargeException {
    if (content.length > MAX_CONTENT) {
      throw new TooLargeException(content.length);
    }
  }

  /** The last change of each file, without removals of what neither the disk nor the log has. */
  private List<Change> due(List<Change> changes) {
    Map<Path, Change> last = new LinkedHashMap<>();
    changes.forEach(change -> last.put(change.file(), change));
    last.values()
        .removeIf(
            change -> {
              Path file = root.resolve(change.file());
              return change.content() == null && Files.notExists(file) && !unsynced.contains(file);
            });
    return List.copyOf(last.values());
  }

  private void commit(List<Change> changes, byte[] content) throws IOException {
    if (end + RECORD_HEADER + content.length > SIZE) {
      begin(channel);
    }
    for (Change change : changes) { // first: what the disk has no room for is not in the log
      prepare(change);
    }
    ByteBuffer record = ByteBuffer.allocate(RECORD_HEADER + content.length);
    record.putInt(content.length).putInt(checksum(content, 0, content.length)).put(content);
    write(channel, record.flip(), end);
    sync(channel, false);
    end += RECORD_HEADER + content.length;
    for (Change change : changes) { // last: what was there is not lost before the log has the new
      putInPlace(change);
    }
  }

  private void abandon(List<Change> changes) {
    try (FileChannel failed = channel) {
      channel = null;
      changes.forEach(change -> DurableFiles.discard(root.resolve(change.file())));
    } catch (IOException e) {
      // why it was abandoned is being thrown
    }
  }

  private void prepare(Change change) throws IOException {
    if (change.content() != null) {
      Path file = root.resolve(change.file());
      DurableFiles.createDirectories(file.getParent());
      DurableFiles.prepare(file, change.content(), false);
    }
  }

  /** Not private: tests let it fail. */
  void putInPlace(Change change) throws IOException {
    Path file = root.resolve(change.file());
    unsynced.add(file);
    if (change.content() == null) {
      Files.deleteIfExists(file);
    } else {
      DurableFiles.putInPlace(file);
    }
  }

  private void syncFiles() throws IOException {
    boolean failedBefore = syncFailed;
    syncFailed = true; // unless it comes to its end
    Set<Path> folders = new LinkedHashSet<>();
    for (Path file : unsynced) {
      if (!Files.notExists(file)) {
        try (FileChannel open = FileChannel.open(file, StandardOpenOption.READ)) {
          sync(open, true);
        }
      }
      for (Path above = file.getParent();
          above != null && above.startsWith(root);
          above = above.getParent()) {
        folders.add(above);
      }
    }
    for (Path folder : folders) {
      if (!Files.notExists(folder)) {
        DurableFiles.syncDirectory(folder);
      }
    }
    unsynced.clear();
    syncFailed = failedBefore;
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
   * @return false when it is damaged; nothing is made then
   */
  private boolean carryOut(ByteBuffer read) throws IOException {
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
        problems.accept(file + " is a folder");
      } else {
        makeAnew(change, file);
      }
    }
    syncFailed = false; // all is written anew
    return true;
  }

  /**
   * Though it may be so already: after a sync that failed the system has what the disk has not, and
   * syncs it no more.
   */
  private void makeAnew(Change change, Path file) throws IOException {
    try {
      prepare(change);
    } catch (IOException e) {
      if (syncFailed || !holds(file, change.content())) {
        throw e;
      }
      unsynced.add(file); // a full disk keeps nobody from removing things
      return;
    }
    putInPlace(change);
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
