package org.comitia.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.comitia.files.LoggedFiles.Change;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggedFilesTest {
  private static final int HEADER = 16;

  /** Of one file with a name and a content of one byte each. */
  private static final int RECORD = 8 + 4 + 2 + 1 + 4 + 1;

  @TempDir private Path folder;

  private LoggedFiles logged() {
    return new LoggedFiles(folder, "log");
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

    assertThat(logged().recover()).isEmpty();
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

    assertThat(logged().recover()).isEmpty();
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

    assertThat(logged().recover()).isNotEmpty();
    assertThat(folder.resolve("a")).hasContent("3");
  }

  @Test
  void onlyTheLastStateOfAFileIsMade() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("was/a", "1")));
    before.apply(List.of(new Change(Path.of("was/a"), null)));
    Files.delete(folder.resolve("was"));

    assertThat(logged().recover()).isEmpty();
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
    assertThat(files.recover()).isEmpty();
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
    assertThat(files.recover()).singleElement().asString().contains("b is a folder");
    assertThat(folder.resolve("a")).hasContent("1");
    files.apply(List.of(put("c", "3")));
    assertThat(files.recover()).isEmpty();
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
    assertThat(after.recover()).isNotEmpty();
    after.apply(List.of(put("c", "3")));
    assertThat(logged().recover()).isEmpty();
    assertThat(folder.resolve("a")).doesNotExist();
    assertThat(folder.resolve("b")).doesNotExist();
    assertThat(folder.resolve("c")).hasContent("3");
  }

  @Test
  void withoutALogNothingIsMade() throws IOException {
    assertThat(logged().recover()).isEmpty();
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

    assertThat(logged().recover()).isEmpty();
    assertThat(folder.resolve("a")).hasContent("3");
    assertThat(folder.resolve("b")).doesNotExist();
  }

  @Test
  void aFullLogIsEmptiedAndOneChangeMayBeLargerThanIt() throws IOException {
    LoggedFiles before = logged();
    String large = "x".repeat(LoggedFiles.SIZE / 3);
    for (int i = 0; i < 7; i++) {
      before.apply(List.of(put("a" + i, large + i)));
    }
    before.apply(List.of(put("a0", "y".repeat(LoggedFiles.SIZE))));
    assertThat(folder.resolve("a6")).hasContent(large + 6);
    assertThat(Files.size(folder.resolve("log"))).isEqualTo(LoggedFiles.SIZE);

    assertThat(logged().recover()).isEmpty();
    assertThat(folder.resolve("a0")).hasContent("y".repeat(LoggedFiles.SIZE));
    assertThat(folder.resolve("a3")).hasContent(large + 3);
  }

  @Test
  void aLogThatCannotBeReadIsKeptAndBegunAnew() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a", "1")));
    Files.write(folder.resolve("log"), new byte[] {1, 2, 3});

    LoggedFiles after = logged();
    assertThat(after.recover()).isNotEmpty();
    assertThat(folder.resolve("log" + LoggedFiles.DAMAGED)).hasBinaryContent(new byte[] {1, 2, 3});
    after.apply(List.of(put("a", "2")));
    losePower(Path.of("a"));
    assertThat(logged().recover()).isEmpty();
    assertThat(folder.resolve("a")).hasContent("2");
  }
}
