package org.comitia.consensus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.logging.Logger;
import org.comitia.cluster.WriteOutcome;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;

/**
 * Consul's way back for who has lost every management token: a file on the leader's disk with the
 * index that a refused bootstrap has told allows one more. That somebody may write there is the
 * proof; what comes over the wire proves nothing, so an index in it does not count. Blocks on a
 * small file, when a bootstrap is asked for and at no other time.
 */
final class BootstrapReset {
  private static final Logger LOG = Logger.getLogger("consul");

  /** Digits of an index, and a line's end. */
  private static final int MAX_BYTES = 32;

  private final Path file;

  /**
   * @param file {@code acl-bootstrap-reset} in the data directory; null for none
   */
  BootstrapReset(Path file) {
    this.file = file;
  }

  /** The same bootstrap with the index of the file; 0, for a first one, without a file. */
  Command.AclBootstrap of(Command.AclBootstrap asked) {
    return new Command.AclBootstrap(asked.token(), index());
  }

  private long index() {
    if (file == null || Files.notExists(file)) {
      return 0;
    }
    try {
      String text = Files.size(file) > MAX_BYTES ? "" : Files.readString(file).strip();
      if (text.matches("[0-9]{1,18}")) {
        return Long.parseLong(text);
      }
      LOG.warning("COM3092: " + file + " must hold the reset index that was told, and no more");
    } catch (IOException e) {
      LOG.warning("COM3092: cannot read " + file + ": " + e);
    }
    return 0;
  }

  /** Takes the file away once it has served. */
  void used(WriteOutcome outcome) {
    if (file != null
        && outcome instanceof WriteOutcome.Applied applied
        && applied.result() instanceof CommandResult.Done) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.warning("COM3092: cannot delete " + file + ", it is of no use any more: " + e);
      }
    }
  }
}
