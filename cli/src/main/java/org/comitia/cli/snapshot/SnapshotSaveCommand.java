package org.comitia.cli.snapshot;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ScopedCommand;
import org.comitia.files.DurableFiles;
import org.comitia.files.OwnerOnly;
import org.comitia.log.LogLine;
import org.comitia.snapshot.ArchiveReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code comitia snapshot save}: the whole state of the servers in a file. */
@Command(
    name = "save",
    description = {
      "Saves the whole state of the servers in a file.",
      "It is as it was at one moment: keys, catalog, sessions, prepared queries. The file is checked, and takes its name, readable by its owner alone,"
          + " only when it is whole and on the disk. With -stale any server may answer, from what it has, leader or not."
    },
    footer = {"comitia snapshot save backup.snap", "comitia snapshot save -stale backup.snap"})
public final class SnapshotSaveCommand extends ScopedCommand {
  /** A server looks at all rows before it sends any: about a second for each million. */
  private static final Duration SILENCE = Duration.ofMinutes(2);

  @Parameters(paramLabel = "FILE", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    String problem = Arguments.notOne(arguments, "FILE");
    if (problem != null) {
      return fail(problem);
    }
    Path file;
    try {
      file = Path.of(arguments.get(0)).toAbsolutePath();
    } catch (InvalidPathException e) {
      return fail("Error writing unverified snapshot file: " + e.getMessage());
    }
    if (file.getFileName() == null) {
      return fail("Error writing unverified snapshot file: " + file + " is a folder");
    }
    return save(file);
  }

  private int save(Path file) {
    Path unverified;
    try (InputStream snapshot = agent().stream("/v1/snapshot" + reading(), SILENCE)) {
      unverified = written(snapshot, file);
    } catch (AgentException e) {
      return fail("Error saving snapshot: " + e.getMessage());
    } catch (IOException e) {
      return fail("Error writing unverified snapshot file: " + e);
    }
    try {
      return verify(unverified, file);
    } finally {
      discard(unverified);
    }
  }

  private int verify(Path unverified, Path file) {
    long index;
    try (InputStream written = new BufferedInputStream(Files.newInputStream(unverified))) {
      index = ArchiveReader.read(written, rows -> {}).manifest().index();
    } catch (IOException e) {
      return fail(
          "Error verifying snapshot file: "
              + LogLine.excerpt(e.getMessage(), SnapshotInspectCommand.MAX_ERROR));
    }
    try {
      Files.move(
          unverified, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      DurableFiles.syncDirectory(file.getParent());
    } catch (IOException e) {
      return fail(
          "Error renaming "
              + Arguments.quoted(unverified.toString())
              + " to "
              + Arguments.quoted(file.toString())
              + ": "
              + e);
    }
    print("Saved and verified snapshot to index " + index);
    return 0;
  }

  /**
   * A file beside it, of a name that another save into the same file does not take. On the disk
   * when it returns, gone when it throws.
   */
  private static Path written(InputStream snapshot, Path file) throws IOException {
    Path unverified =
        Files.createTempFile(
            file.getParent(), file.getFileName() + ".", DurableFiles.TEMPORARY, OwnerOnly.FILE);
    boolean done = false;
    try {
      write(snapshot, unverified);
      done = true;
      return unverified;
    } finally {
      if (!done) {
        discard(unverified);
      }
    }
  }

  private static void write(InputStream snapshot, Path unverified) throws IOException {
    try (FileChannel out = FileChannel.open(unverified, StandardOpenOption.WRITE)) {
      snapshot.transferTo(Channels.newOutputStream(out));
      out.force(true);
    }
  }

  private static void discard(Path unverified) {
    try {
      Files.deleteIfExists(unverified);
    } catch (IOException e) {
      // it takes room, and is not read
    }
  }
}
