package org.comitia.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.comitia.files.LoggedFiles.Change;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggedFilesTest {
  private static final int HEADER = 16;

  /** Of one file with a name and a content of one byte each. */
  private static final int RECORD = 8 + 4 + 2 + 1 + 4 + 1;

  @TempDir private Path folder;

  private final List<String> problems = new ArrayList<>();

  private LoggedFiles logged() {
    return new LoggedFiles(folder, "log", problems::add);
  }

  /** What was told. */
  private List<String> recover(LoggedFiles files) throws IOException {
    problems.clear();
    files.recover();
    return List.copyOf(problems);
  }

  /** On a disk whose syncs fail from one on, in a JVM whose memory is full from one file on. */
  private final class Failing extends LoggedFiles {
    private int syncs = Integer.MAX_VALUE;
    private int puts = Integer.MAX_VALUE;

    Failing() {
      super(folder, "log", problems::add);
    }

    @Override
    void sync(FileChannel of, boolean metadata) throws IOException {
      if (--syncs < 0) {
        throw new IOException("of the test");
      }
      super.sync(of, metadata);
    }

    @Override
    void putInPlace(Change change) throws IOException {
      if (--puts < 0) {
        throw new OutOfMemoryError("of the test");
      }
      super.putInPlace(change);
    }
  }

  private Object inode(String file) throws IOException {
    return Files.readAttributes(folder.resolve(file), BasicFileAttributes.class).fileKey();
  }

  private static Change put(String file, String content) {
    return new Change(Path.of(file), content.getBytes(StandardCharsets.UTF_8));
  }

  /** What a power failure leaves: the log, and of the files what was synced. */
  private void losePower(Path... files) throws IOException {
    for (Path file : files) {
      Files.deleteIfExists(folder.resolve(file));
    }
  }

  @Test
  void whatWasAcknowledgedIsThereAfterAPowerFailure() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a/one", "1"), put("b/two", "2")));
    before.apply(List.of(put("a/one", "new")));
    before.apply(List.of(new Change(Path.of("b/two"), null), put("b/three", "3")));
    Files.writeString(folder.resolve("b/two"), "an old state");
    Files.writeString(folder.resolve("a/one"), "");
    losePower(Path.of("b/three"));

    assertThat(recover(logged())).isEmpty();
    assertThat(folder.resolve("a/one")).hasContent("new");
    assertThat(folder.resolve("b/two")).doesNotExist();
    assertThat(folder.resolve("b/three")).hasContent("3");
  }

  @Test
  void aRecordThatWasNotWrittenWholeDoesNotCount() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a", "1")));
    before.apply(List.of(put("a", "2")));
    losePower(Path.of("a"));
    try (RandomAccessFile log = new RandomAccessFile(folder.resolve("log").toFile(), "rw")) {
      log.seek(HEADER + 2 * RECORD - 1);
      log.write('x');
    }

    assertThat(recover(logged())).isEmpty();
    assertThat(folder.resolve("a")).hasContent("1");
  }

  @Test
  void aDamagedRecordBeforeOthersIsNotTakenForTheEnd() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a", "1")));
    before.apply(List.of(put("a", "2")));
    before.apply(List.of(put("a", "3")));
    try (RandomAccessFile log = new RandomAccessFile(folder.resolve("log").toFile(), "rw")) {
      log.seek(HEADER + RECORD + 8);
      log.write('x');
    }

    assertThat(recover(logged())).isNotEmpty();
    assertThat(folder.resolve("a")).hasContent("3");
  }

  @Test
  void onlyTheLastStateOfAFileIsMade() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("was/a", "1")));
    before.apply(List.of(new Change(Path.of("was/a"), null)));
    Files.delete(folder.resolve("was"));

    assertThat(recover(logged())).isEmpty();
    assertThat(folder.resolve("was")).doesNotExist();
  }

  /**
   * What a failed change has done before it failed is not seen, also of what is no longer in the
   * log.
   */
  @Test
  void whatTheDiskDoesNotTakeChangesNothing() throws IOException {
    LoggedFiles files = logged();
    files.apply(List.of(put("a", "1")));
    files.close();
    Files.createDirectories(folder.resolve("b" + DurableFiles.TEMPORARY + "/full"));
    assertThatThrownBy(
            () ->
                files.apply(
                    List.of(new Change(Path.of("a"), null), put("new", "1"), put("b", "cannot"))))
        .isInstanceOf(IOException.class);
    assertThat(recover(files)).isEmpty();
    assertThat(folder.resolve("a")).hasContent("1");
    assertThat(folder.resolve("new")).doesNotExist();
    assertThat(folder.resolve("b")).doesNotExist();
  }

  @Test
  void whatCannotBePutInPlaceIsToldAndKeepsNothingElse() throws IOException {
    LoggedFiles files = logged();
    Files.createDirectories(folder.resolve("b/full"));
    assertThatThrownBy(() -> files.apply(List.of(put("a", "1"), put("b", "a folder"))))
        .isInstanceOf(IOException.class);
    assertThat(recover(files)).singleElement().asString().contains("b is a folder");
    assertThat(folder.resolve("a")).hasContent("1");
    files.apply(List.of(put("c", "3")));
    assertThat(recover(files)).isEmpty();
  }

  @Test
  void nothingOfADamagedLogCountsAgain() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a", "1")));
    before.apply(List.of(put("b", "1")));
    try (RandomAccessFile log = new RandomAccessFile(folder.resolve("log").toFile(), "rw")) {
      log.write('x');
    }
    losePower(Path.of("a"), Path.of("b"));

    LoggedFiles after = logged();
    assertThat(recover(after)).isNotEmpty();
    after.apply(List.of(put("c", "3")));
    assertThat(recover(logged())).isEmpty();
    assertThat(folder.resolve("a")).doesNotExist();
    assertThat(folder.resolve("b")).doesNotExist();
    assertThat(folder.resolve("c")).hasContent("3");
  }

  @Test
  void withoutALogNothingIsMade() throws IOException {
    assertThat(recover(logged())).isEmpty();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void whatAnEmptiedLogHadDoesNotCount() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a", "1")));
    before.apply(List.of(put("b", "2")));
    before.close();
    before.apply(List.of(put("a", "3"))); // as long as the first: the second lies right behind
    losePower(Path.of("a"), Path.of("b"));

    assertThat(recover(logged())).isEmpty();
    assertThat(folder.resolve("a")).hasContent("3");
    assertThat(folder.resolve("b")).doesNotExist();
  }

  @Test
  void aFullLogIsEmptied() throws IOException {
    LoggedFiles before = logged();
    String large = "x".repeat(LoggedFiles.SIZE / 3);
    for (int i = 0; i < 7; i++) {
      before.apply(List.of(put("a" + i, large + i)));
    }
    assertThat(folder.resolve("a6")).hasContent(large + 6);
    assertThat(Files.size(folder.resolve("log"))).isEqualTo(LoggedFiles.SIZE);

    assertThat(recover(logged())).isEmpty();
    assertThat(folder.resolve("a0")).hasContent(large + 0);
    assertThat(folder.resolve("a6")).hasContent(large + 6);
  }

  @Test
  void aChangeThatIsLargerThanTheLogIsRefused() throws IOException {
    LoggedFiles files = logged();
    int most = LoggedFiles.SIZE - HEADER - RECORD + 1;
    assertThatThrownBy(() -> files.apply(List.of(put("a", "x".repeat(most + 1)))))
        .isInstanceOf(LoggedFiles.TooLargeException.class)
        .hasMessageContaining("1048553 bytes, more than the 1048552");
    assertThat(folder).isEmptyDirectory();

    files.apply(List.of(put("b", "1"), put("a", "x"))); // the log goes on
    files.apply(List.of(put("a", "x".repeat(most))));
    losePower(Path.of("a"));
    assertThat(recover(logged())).isEmpty();
    assertThat(folder.resolve("a")).hasContent("x".repeat(most));
  }

  @Test
  void ofTwoChangesOfAFileTheLastCounts() throws IOException {
    LoggedFiles files = logged();
    files.apply(List.of(put("a", "1"), put("a", "2"), put("b", "1")));
    files.apply(List.of(put("b", "2"), new Change(Path.of("b"), null)));
    assertThat(folder.resolve("a")).hasContent("2");
    assertThat(folder.resolve("b")).doesNotExist();
  }

  @Test
  void whatIsNotThereIsRemovedOnlyFromTheLog() throws IOException {
    LoggedFiles files = logged();
    Change removal = new Change(Path.of("a"), null);
    files.apply(List.of(removal));
    assertThat(folder).isEmptyDirectory();
    files.apply(List.of(put("a", "1")));
    losePower(Path.of("a"));
    files.apply(List.of(removal));
    assertThat(recover(logged())).isEmpty();
    assertThat(folder.resolve("a")).doesNotExist();
  }

  @Test
  void aFileWhoseSyncFailedIsWrittenAnewBeforeTheLogForgetsIt() throws IOException {
    Failing files = new Failing();
    files.apply(List.of(put("a", "1")));
    Object before = inode("a");
    files.syncs = 0;
    assertThatThrownBy(files::close).isInstanceOf(IOException.class);
    files.syncs = Integer.MAX_VALUE;

    assertThat(recover(files)).isEmpty();
    assertThat(folder.resolve("a")).hasContent("1");
    assertThat(inode("a")).as("the old one's bytes are synced no more").isNotEqualTo(before);
  }

  @Test
  void aFullDiskKeepsWhatIsThereAlready() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a", "1"), put("b", "1")));
    Files.createDirectories(folder.resolve("a" + DurableFiles.TEMPORARY + "/full"));
    LoggedFiles after = logged();
    assertThat(recover(after)).isEmpty();
    after.apply(List.of(new Change(Path.of("a"), null)));
    assertThat(folder.resolve("a")).doesNotExist();
    assertThat(folder.resolve("b")).hasContent("1");
  }

  @Test
  void aFullDiskIsNoExcuseForAFileWhoseSyncFailed() throws IOException {
    Failing files = new Failing();
    files.apply(List.of(put("a", "1")));
    files.syncs = 0;
    assertThatThrownBy(files::close).hasMessageContaining("of the test");
    files.syncs = Integer.MAX_VALUE;
    Path full = Files.createDirectories(folder.resolve("a" + DurableFiles.TEMPORARY + "/full"));
    assertThatThrownBy(files::recover).isInstanceOf(IOException.class);
    Files.delete(full);
    files.recover();
    assertThat(folder.resolve("a")).hasContent("1");
  }

  /** Whichever sync fails, what was acknowledged is there, and what was refused wholly or not. */
  @Test
  void aSyncThatFailsLosesNothing() throws IOException {
    String large = "x".repeat(LoggedFiles.SIZE / 3);
    for (int syncs = 0; syncs < 20; syncs++) {
      Failing files = new Failing();
      files.syncs = syncs;
      int acknowledged = 0;
      try {
        for (int i = 1; i <= 7; i++) {
          files.apply(List.of(put("a", large + i), put("b", large + i)));
          acknowledged = i;
        }
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("of the test");
      }
      assertThat(recover(logged())).isEmpty();
      if (acknowledged > 0) {
        String a = Files.readString(folder.resolve("a"));
        assertThat(a).isEqualTo(Files.readString(folder.resolve("b")));
        assertThat(a).isIn(large + acknowledged, large + (acknowledged + 1));
      }
      Files.deleteIfExists(folder.resolve("log"));
    }
  }

  @Test
  void anErrorLeavesNoChangeHalfMade() throws IOException {
    Failing files = new Failing();
    files.apply(List.of(put("a", "1")));
    files.puts = 1;
    assertThatThrownBy(() -> files.apply(List.of(put("a", "2"), put("b", "2"))))
        .isInstanceOf(OutOfMemoryError.class);
    files.puts = Integer.MAX_VALUE;
    recover(files);
    assertThat(folder.resolve("a")).hasContent("2");
    assertThat(folder.resolve("b")).hasContent("2");
  }

  @Test
  void whatWasPreparedForAChangeThatFailedIsDeleted() throws IOException {
    Failing files = new Failing();
    files.apply(List.of(put("a", "1")));
    files.syncs = 0;
    assertThatThrownBy(() -> files.apply(List.of(put("b", "1"), put("c", "1"))))
        .isInstanceOf(IOException.class);
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");

    Files.createDirectories(folder.resolve("c" + DurableFiles.TEMPORARY + "/full"));
    assertThatThrownBy(() -> logged().apply(List.of(put("b", "1"), put("c", "1"))))
        .isInstanceOf(IOException.class);
    assertThat(folder).isDirectoryNotContaining("glob:**b.tmp");
  }

  @Test
  void aDamagedLogIsToldBeforeItIsLost() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a", "1")));
    Files.write(folder.resolve("log"), new byte[] {1, 2, 3});

    RuntimeException killed = new RuntimeException("killed");
    LoggedFiles after =
        new LoggedFiles(
            folder,
            "log",
            told -> {
              throw killed;
            });
    assertThatThrownBy(after::recover).isSameAs(killed);
    assertThat(recover(logged())).isNotEmpty();
  }

  @Test
  void aLogThatCannotBeReadIsKeptAndBegunAnew() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a", "1")));
    Files.write(folder.resolve("log"), new byte[] {1, 2, 3});

    LoggedFiles after = logged();
    assertThat(recover(after)).isNotEmpty();
    assertThat(folder.resolve("log" + LoggedFiles.DAMAGED)).hasBinaryContent(new byte[] {1, 2, 3});
    after.apply(List.of(put("a", "2")));
    losePower(Path.of("a"));
    assertThat(recover(logged())).isEmpty();
    assertThat(folder.resolve("a")).hasContent("2");
  }
}
