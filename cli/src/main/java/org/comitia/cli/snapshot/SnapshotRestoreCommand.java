package org.comitia.cli.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ScopedCommand;
import org.comitia.log.LogLine;
import org.comitia.snapshot.ArchiveReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code comitia snapshot restore}: a saved state in the place of the servers'. */
@Command(
    name = "restore",
    description = {
      "Puts the state of a snapshot's file in the place of the servers' state.",
      "All of it at once or nothing: what was written since the snapshot was saved is gone afterwards. The file is checked first, here and by the server;"
          + " one that is not whole changes nothing."
    },
    footer = "comitia snapshot restore backup.snap")
public final class SnapshotRestoreCommand extends ScopedCommand {
  /** The servers take each part after the other; each step has its own limit. */
  private static final Duration SILENCE = Duration.ofHours(1);

  @Parameters(paramLabel = "FILE", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    String problem = Arguments.notOne(arguments, "FILE");
    if (problem != null) {
      return fail(problem);
    }
    InputStream opened;
    try {
      opened = SnapshotFile.opened(arguments.get(0));
    } catch (IOException e) {
      return fail("Error opening snapshot file: " + SnapshotFile.words(e));
    }
    try (InputStream archive = opened) {
      ArchiveReader.read(archive, rows -> {});
      AgentClient agent = agent();
      requireLeader(agent);
      agent.put("/v1/snapshot" + writing(), Path.of(arguments.get(0)), SILENCE);
    } catch (AgentException e) {
      return fail("Error restoring snapshot: " + e.getMessage());
    } catch (IOException e) {
      return fail(
          "Error restoring snapshot: "
              + LogLine.excerpt(SnapshotFile.words(e), SnapshotFile.MAX_ERROR));
    }
    print("Restored snapshot");
    return 0;
  }

  /** A server refuses as well, but whoever sends a large file sees the connection break instead. */
  private void requireLeader(AgentClient agent) throws AgentException {
    try {
      agent.find("/v1/operator/raft/configuration" + writing(), AgentClient.SOON);
    } catch (AgentException e) {
      throw new AgentException(e.getMessage() + ": nothing was changed");
    }
  }
}
