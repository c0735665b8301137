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

    assertThat(logged().recover()).isTrue();
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

    assertThat(logged().recover()).isTrue();
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

    assertThat(logged().recover()).isFalse();
    assertThat(folder.resolve("a")).hasContent("3");
  }

  @Test
  void onlyTheLastStateOfAFileIsMade() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("was/a", "1")));
    before.apply(List.of(new Change(Path.of("was/a"), null)));
    Files.delete(folder.resolve("was"));

    assertThat(logged().recover()).isTrue();
    assertThat(folder.resolve("was")).doesNotExist();
  }

  /** A failed removal has maybe taken the file, and the log still has it. */
  @Test
  void afterAFailureTheLogSaysWhatIsThere() throws IOException {
    LoggedFiles files = logged();
    files.apply(List.of(put("a", "1"), put("b/c", "1")));
    assertThatThrownBy(
            () -> files.apply(List.of(new Change(Path.of("a"), null), put("b", "a folder"))))
        .isInstanceOf(IOException.class);
    assertThat(folder.resolve("a")).doesNotExist();
    assertThat(files.recover()).isTrue();
    assertThat(folder.resolve("a")).hasContent("1");
  }

  @Test
  void withoutALogNothingIsMade() throws IOException {
    assertThat(logged().recover()).isTrue();
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

    assertThat(logged().recover()).isTrue();
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

    assertThat(logged().recover()).isTrue();
    assertThat(folder.resolve("a0")).hasContent("y".repeat(LoggedFiles.SIZE));
    assertThat(folder.resolve("a3")).hasContent(large + 3);
  }

  @Test
  void aLogThatCannotBeReadIsKeptAndBegunAnew() throws IOException {
    LoggedFiles before = logged();
    before.apply(List.of(put("a", "1")));
    Files.write(folder.resolve("log"), new byte[] {1, 2, 3});

    LoggedFiles after = logged();
    assertThat(after.recover()).isFalse();
    assertThat(folder.resolve("log" + LoggedFiles.DAMAGED)).hasBinaryContent(new byte[] {1, 2, 3});
    after.apply(List.of(put("a", "2")));
    losePower(Path.of("a"));
    assertThat(logged().recover()).isTrue();
    assertThat(folder.resolve("a")).hasContent("2");
  }

  @Test
  void aFileThatCannotBeWrittenIsToldAndLeavesTheOthers() throws IOException {
    LoggedFiles files = logged();
    files.apply(List.of(put("a", "1")));
    Files.createDirectories(folder.resolve("b/full"));
    assertThatThrownBy(() -> files.apply(List.of(put("b", "is a folder"))))
        .isInstanceOf(IOException.class);
    files.apply(List.of(put("c", "3")));
    losePower(Path.of("c"));
    assertThat(logged().recover()).isTrue();
    assertThat(folder.resolve("a")).hasContent("1");
    assertThat(folder.resolve("b")).isDirectory();
    assertThat(folder.resolve("c")).hasContent("3");
  }
}
