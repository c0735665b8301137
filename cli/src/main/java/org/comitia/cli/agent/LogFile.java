package org.comitia.cli.agent;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.comitia.config.Settings;
import org.comitia.files.OwnerOnly;

/**
 * The log in files, one after the other: {@code NAME-{nanoseconds since 1970}.log}, as Consul names
 * them, for their owner alone. Safe for any thread. A file that cannot be written costs lines,
 * never the agent: the next line tries again.
 */
final class LogFile {
  private static final String DEFAULT_NAME = "comitia";
  private static final String SUFFIX = ".log";

  /** When a file ends, and how many stay. See the settings of these names. */
  record Rotation(int bytes, Duration duration, int maxFiles) {}

  private final Path folder;
  private final String name;
  private final String suffix;
  private final Rotation rotation;
  private final Clock clock;
  private OutputStream out;
  private Instant began = Instant.EPOCH;
  private long written;
  private boolean failed;

  private LogFile(Path folder, String fileName, Rotation rotation, Clock clock) {
    int dot = fileName.lastIndexOf('.');
    this.folder = folder;
    this.name = dot > 0 ? fileName.substring(0, dot) : fileName;
    this.suffix = dot > 0 ? fileName.substring(dot) : SUFFIX;
    this.rotation = rotation;
    this.clock = clock;
  }

  /**
   * Opens the first file; null when none is wanted.
   *
   * @throws AgentException when it cannot be written
   */
  static LogFile open(Settings settings) throws AgentException {
    if (settings.logFile().isEmpty()) {
      return null;
    }
    Rotation rotation =
        new Rotation(
            settings.logRotateBytes(), settings.logRotateDuration(), settings.logRotateMaxFiles());
    return open(settings.logFile().get(), rotation, Clock.systemUTC());
  }

  static LogFile open(String path, Rotation rotation, Clock clock) throws AgentException {
    try {
      Path given = Path.of(path).toAbsolutePath().normalize();
      boolean isFolder = path.endsWith("/") || Files.isDirectory(given);
      Path folder = isFolder ? given : given.getParent();
      if (folder == null) {
        throw new AgentException("log_file cannot be " + path);
      }
      LogFile file =
          new LogFile(
              folder, isFolder ? DEFAULT_NAME : given.getFileName().toString(), rotation, clock);
      Files.createDirectories(folder);
      file.next();
      return file;
    } catch (IOException | InvalidPathException e) {
      throw new AgentException("COM1109: cannot write the log file " + path + ": " + e);
    }
  }

  /**
   * Writes a line.
   *
   * @return "" when it is there, or was not for a reason that was told already; else why not
   */
  synchronized String write(byte[] line) {
    try {
      if (out == null || isFull()) {
        next();
      }
      out.write(line);
      written += line.length;
      failed = false;
      return "";
    } catch (IOException e) {
      close();
      String problem = failed ? "" : "COM1110: cannot write the log file, lines are lost: " + e;
      failed = true;
      return problem;
    }
  }

  private boolean isFull() {
    boolean big = rotation.bytes() > 0 && written >= rotation.bytes();
    return big || !clock.instant().isBefore(began.plus(rotation.duration()));
  }

  private void next() throws IOException {
    close();
    prune();
    began = clock.instant();
    written = 0;
    long nanos = began.getEpochSecond() * 1_000_000_000L + began.getNano();
    Path file = folder.resolve(name + "-" + nanos + suffix);
    out =
        Channels.newOutputStream(
            FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                OwnerOnly.FILE));
  }

  /** Their names are of one length, so that the oldest comes first. */
  private void prune() throws IOException {
    if (rotation.maxFiles() == 0) {
      return;
    }
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files = entries.filter(this::isOurs).sorted().toList();
    }
    int stale = files.size() - Math.max(0, rotation.maxFiles());
    for (int i = 0; i < stale; i++) {
      Files.deleteIfExists(files.get(i));
    }
  }

  private boolean isOurs(Path file) {
    String text = file.getFileName().toString();
    return text.length() == name.length() + 1 + 19 + suffix.length()
        && text.startsWith(name + "-")
        && text.endsWith(suffix)
        && text.substring(name.length() + 1, name.length() + 20)
            .chars()
            .allMatch(c -> c >= '0' && c <= '9');
  }

  private void close() {
    if (out != null) {
      try {
        out.close();
      } catch (IOException e) {
        // every line was written at once
      }
      out = null;
    }
  }
}
