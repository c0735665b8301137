package org.comitia.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.comitia.files.DurableFiles;

/**
 * {@code <data-dir>/node-id}: the node id as text, in Consul's place. It outlives {@code raft/}.
 */
public final class NodeIdFile {
  /** The file's name in the data directory. */
  public static final String NAME = "node-id";

  private NodeIdFile() {}

  /**
   * The node id of this data directory; minted and synced when there is none yet.
   *
   * @throws IOException when the file cannot be read or written, or does not hold a UUID; names the
   *     file and what to do
   */
  public static UUID readOrCreate(Path dataDir) throws IOException {
    Path file = dataDir.resolve(NAME);
    if (Files.exists(file)) {
      return parse(file, Files.readString(file).strip());
    }
    return create(dataDir, UUID.randomUUID());
  }

  /**
   * Gives a data directory that has none yet this node id, synced.
   *
   * @throws IOException when the file cannot be written
   */
  public static UUID create(Path dataDir, UUID id) throws IOException {
    DurableFiles.createDirectories(dataDir);
    DurableFiles.write(dataDir.resolve(NAME), (id + "\n").getBytes(StandardCharsets.UTF_8));
    return id;
  }

  private static UUID parse(Path file, String text) throws IOException {
    try {
      UUID id = UUID.fromString(text);
      if (id.toString().equalsIgnoreCase(text)) {
        return id;
      }
    } catch (IllegalArgumentException e) {
      // told below
    }
    throw new IOException(
        "COM1015: "
            + file
            + " does not hold a UUID but \""
            + (text.length() > 80 ? text.substring(0, 80) + "..." : text)
            + "\": put this node's id back, or remove the file to become a new node");
  }
}
