package org.comitia.files;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * The modes of what belongs to this node alone, 0700 and 0600. Where files have no modes these are
 * empty: there the folder's own rules must do.
 */
public final class OwnerOnly {
  private static final boolean MODES =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

  /** For {@link Files#createDirectory}. */
  public static final FileAttribute<?>[] DIRECTORY = mode("rwx------");

  /** For what opens a file that may not be there yet. */
  public static final FileAttribute<?>[] FILE = mode("rw-------");

  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.complementOf(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));

  private OwnerOnly() {}

  private static FileAttribute<?>[] mode(String mode) {
    return MODES
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))
        }
        : new FileAttribute<?>[0];
  }

  /** The mode as {@code ls} writes it when others may use the file; else empty. */
  public static String openTo(Path file) throws IOException {
    if (!MODES) {
      return "";
    }
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
    return mode.stream().anyMatch(OTHERS::contains) ? PosixFilePermissions.toString(mode) : "";
  }

  /**
   * Gives a file the owner and group of a folder, unless it has that owner already. Follows no
   * symbolic link: the folder's owner could have put one there.
   *
   * @throws IOException when this user may not do that; says whom to run as
   */
  public static void giveToOwnerOf(Path folder, Path file) throws IOException {
    if (!MODES) {
      return;
    }
    PosixFileAttributes of = Files.readAttributes(folder, PosixFileAttributes.class);
    PosixFileAttributeView given =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
    if (given.readAttributes().owner().equals(of.owner())) {
      return;
    }
    try {
      given.setGroup(of.group());
      given.setOwner(of.owner());
    } catch (IOException e) {
      String owner = of.owner().getName();
      throw new IOException(
          folder
              + " belongs to the user "
              + owner
              + ", and this one may not write a file for that user: run this as "
              + owner
              + " (runuser -u "
              + owner
              + " -- ...) or as root: "
              + e,
          e);
    }
  }

  /** Lets everybody read a file that holds no secret, whatever the process's mask. */
  public static void letAllRead(Path file) throws IOException {
    if (MODES) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }
  }
}
