package org.comitia.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.comitia.recovery.RecoveryRequest.Expected;
import org.comitia.recovery.RecoveryRequest.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecoveryRequestTest {
  @TempDir Path raft;

  private void peers(String text) throws IOException {
    Files.writeString(raft.resolve(RecoveryRequest.PEERS), text);
  }

  @Test
  void withoutAFileNothingIsAsked() throws Exception {
    assertThat(RecoveryRequest.find(raft)).isNull();
  }

  @Test
  void bothFormsOfConsulsFileAreRead() throws Exception {
    peers(
        "[{\"id\": \"adf4238a-882b-9ddc-4a9d-5b6758e4159e\", \"address\": \"10.1.0.1:8300\","
            + " \"non_voter\": false}, {\"id\": \"b\", \"address\": \"10.1.0.2:8300\","
            + " \"non_voter\": true}, {\"id\": \"c\", \"address\": \"10.1.0.3:8300\"}]\n");
    RecoveryRequest request = RecoveryRequest.find(raft);
    assertThat(request.expected()).isNull();
    assertThat(request.peers())
        .containsExactly(
            new Peer("adf4238a-882b-9ddc-4a9d-5b6758e4159e", "10.1.0.1:8300", false),
            new Peer("b", "10.1.0.2:8300", true),
            new Peer("c", "10.1.0.3:8300", false));

    peers("[\"10.1.0.1:8300\", \"10.1.0.2:8300\"]");
    assertThat(RecoveryRequest.find(raft).peers())
        .containsExactly(
            new Peer("", "10.1.0.1:8300", false), new Peer("", "10.1.0.2:8300", false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "[]",
        "[1]",
        "null",
        "[\"\"]",
        "[{}]",
        "[{\"id\": \"a\"}]",
        "[{\"address\": \"10.1.0.1:8300\"}]",
        "[{\"id\": \"a\", \"address\": \"b\", \"non_voter\": \"no\"}]",
        "[\"10.1.0.1:8300\"",
        "[\"10.1.0.1:8300\"] and more",
        "not json"
      })
  void whatSaysNothingThatCanBeDoneIsRefused(String text) throws Exception {
    peers(text);
    assertThatThrownBy(() -> RecoveryRequest.find(raft))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("recovery failed to parse peers.json: ");
  }

  @Test
  void whatTheCommandWritesIsReadAgain() throws Exception {
    Expected expected = new Expected(UUID.randomUUID(), UUID.randomUUID(), 1L << 60, 17);
    Path file = raft.resolve(RecoveryRequest.REQUEST);
    Files.write(file, expected.encode());
    RecoveryRequest request = RecoveryRequest.find(raft);
    assertThat(request.expected()).isEqualTo(expected);
    assertThat(request.peers()).isEmpty();
    assertThat(request.file()).isEqualTo(file);

    Files.writeString(file, "{\"cluster\": \"" + expected.cluster() + "\", \"last_index\": 1.5}");
    assertThatThrownBy(() -> RecoveryRequest.find(raft))
        .hasMessageStartingWith("recovery failed to parse recover.json: ");
  }

  @Test
  void twoFilesAtOnceAreRefused() throws Exception {
    peers("[\"10.1.0.1:8300\"]");
    Files.writeString(raft.resolve(RecoveryRequest.REQUEST), "{}");
    assertThatThrownBy(() -> RecoveryRequest.find(raft))
        .hasMessageContaining("there are both")
        .hasMessageContaining("recover.json: keep the second, which was confirmed");
  }
}
