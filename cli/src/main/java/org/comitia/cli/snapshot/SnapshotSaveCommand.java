package org.comitia.cli.snapshot;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ScopedCommand;
import org.comitia.snapshot.Manifest;
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
    try {
      Manifest saved = SnapshotFile.save(agent(), reading(), file);
      print("Saved and verified snapshot to index " + saved.index());
      return 0;
    } catch (AgentException e) {
      return fail("Error saving snapshot: " + e.getMessage());
    } catch (SnapshotFile.NotSavedException e) {
      return fail(e.getMessage());
    }
  }
}
