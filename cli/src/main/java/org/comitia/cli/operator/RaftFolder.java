package org.comitia.cli.operator;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Looks at a folder of a server's before anything in it is read. */
final class RaftFolder {
  private RaftFolder() {}

  /**
   * @return the folder
   * @throws IOException when there is none or this user may not look; says what to do
   */
  static Path require(Path folder) throws IOException {
    try (DirectoryStream<Path> seen = Files.newDirectoryStream(folder)) {
      return folder;
    } catch (IOException e) {
      throw new IOException(words(folder, e), e);
    }
  }

  /** Why a folder cannot be looked at. */
  static String words(Path folder, IOException failure) {
    if (failure instanceof AccessDeniedException) {
      return "permission denied: "
          + folder
          + ": run this as the user that runs the agent"
          + owner(folder)
          + ", or as root";
    }
    if (failure instanceof NoSuchFileException) {
      return "there is no folder " + folder;
    }
    return failure instanceof NotDirectoryException ? folder + " is no folder" : failure.toString();
  }

  /** Of the folder, or of the nearest one above it that can be seen. */
  private static String owner(Path folder) {
    for (Path at = folder.toAbsolutePath(); at != null; at = at.getParent()) {
      try {
        return " (" + at + " belongs to " + Files.getOwner(at).getName() + ")";
      } catch (IOException hidden) {
        // what is above it shows who may
      }
    }
    return "";
  }
}
