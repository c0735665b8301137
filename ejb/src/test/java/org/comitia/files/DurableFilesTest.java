package org.comitia.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFilesTest {
  @TempDir private Path folder;

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void whatIsMadeIsItsOwnersAlone() throws IOException {
    Path made = folder.resolve("data/services");
    DurableFiles.createDirectories(made);
    DurableFiles.write(made.resolve("synced"), new byte[] {1});
    DurableFiles.writeUnsynced(made.resolve("unsynced"), new byte[] {1});

    assertThat(mode(folder.resolve("data"))).isEqualTo("rwx------");
    assertThat(mode(made)).isEqualTo("rwx------");
    assertThat(mode(made.resolve("synced"))).isEqualTo("rw-------");
    assertThat(mode(made.resolve("unsynced"))).isEqualTo("rw-------");
  }

  @Test
  void whatRootWritesIntoAnothersFolderIsThatUsers() throws IOException {
    assumeTrue(Files.getOwner(folder).getName().equals("root"), "only root gives files away");
    Files.setAttribute(folder, "unix:uid", 54321);
    Files.setAttribute(folder, "unix:gid", 54322);
    Path file = folder.resolve("file");

    DurableFiles.writeForFolder(file, "all".getBytes());

    assertThat(file).hasContent("all");
    assertThat(mode(file)).isEqualTo("rw-------");
    assertThat(Files.readAttributes(file, "unix:uid,gid"))
        .containsEntry("uid", 54321)
        .containsEntry("gid", 54322);
    assertThat(folder.resolve("file" + DurableFiles.TEMPORARY)).doesNotExist();
  }

  @Test
  void whatALinkLeadsToIsNotGivenAway() throws IOException {
    assumeTrue(Files.getOwner(folder).getName().equals("root"), "only root gives files away");
    Path data = Files.createDirectory(folder.resolve("data"));
    Path victim = Files.writeString(folder.resolve("victim"), "root's");
    Path link = Files.createSymbolicLink(data.resolve("link"), victim);
    Files.setAttribute(data, "unix:uid", 54321);

    OwnerOnly.giveToOwnerOf(data, link);

    assertThat(Files.getAttribute(victim, "unix:uid")).isEqualTo(0);
  }

  @Test
  void whatACrashLeftBehindIsNotWrittenThrough() throws IOException {
    Path victim = Files.writeString(folder.resolve("victim"), "kept");
    Path file = folder.resolve("file");
    Files.createSymbolicLink(folder.resolve("file" + DurableFiles.TEMPORARY), victim);

    DurableFiles.write(file, "new".getBytes());

    assertThat(victim).hasContent("kept");
    assertThat(file).isRegularFile().hasContent("new");
    assertThat(mode(file)).isEqualTo("rw-------");
  }
}
