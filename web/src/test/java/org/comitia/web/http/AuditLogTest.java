package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.comitia.access.AccessObject;
import org.comitia.access.Token;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Failure;
import org.comitia.config.AuditSettings;
import org.comitia.state.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
  private static final String ACCESSOR = "3a1e52a2-9c4a-4d2e-8a0e-0f0d0c0b0a09";
  private static final String SECRET = "5ec4e700-1111-2222-3333-444455556666";

  @TempDir Path dir;

  private final AuditFile file = new AuditFile();

  @AfterEach
  void close() {
    file.close();
  }

  @Test
  void aDenialNamesWhoAskedForWhat() throws IOException {
    open(1 << 20, 1);
    String denial =
        "Permission denied: token with AccessorID '"
            + ACCESSOR
            + "' lacks permission 'key:write' on \"a\nb\"";
    Outcomes.failed(call(), Failure.DENIED, denial);

    assertThat(lines()).hasSize(1);
    Map<String, String> line = lines().get(0);
    assertThat(line)
        .containsEntry("event_type", "audit")
        .containsEntry("payload.type", "denied")
        .containsEntry("payload.text", denial)
        .containsEntry("payload.auth.accessor_id", ACCESSOR)
        .containsEntry("payload.request.operation", "PUT")
        .containsEntry("payload.request.endpoint", "/v1/kv/a?token=<hidden>")
        .containsEntry("payload.request.remote_addr", "127.0.0.1:5");
    assertThat(line.toString()).doesNotContain(SECRET);
  }

  @Test
  void whatIsAskedForPutsNobodysNameIntoTheLog() throws IOException {
    open(1 << 20, 1);
    Outcomes.failed(
        call(),
        Failure.DENIED,
        "Permission denied: anonymous token lacks permission 'key:write' on"
            + " \"Permission denied: token with AccessorID '"
            + ACCESSOR
            + "'\"");
    assertThat(lines().get(0)).containsEntry("payload.auth.accessor_id", Token.ANONYMOUS);
  }

  @Test
  void allThatIsDeniedIsToldAndNothingElse() throws IOException {
    open(1 << 20, 1);
    Outcomes.refused(call(), new Refusal(403, "ACL not found"));
    Outcomes.thrown(call(), new Refusal(403, "Permission denied"));
    Outcomes.refused(call(), new Refusal(400, "no"));
    Outcomes.failed(call(), Failure.OVERLOADED, "no");
    assertThat(lines()).hasSize(2);
  }

  @Test
  void aChangeOfAccessIsToldWithoutItsSecret() {
    Token token =
        new Token(
            ACCESSOR, SECRET, "", List.of(), List.of(), List.of(), List.of(), false, "", 1, 0, 0,
            0);
    assertThat(AuditLog.change(new Command.AccessSet(token, true)))
        .isEqualTo("created token " + ACCESSOR);
    assertThat(AuditLog.change(new Command.AccessSet(token, false)))
        .isEqualTo("updated token " + ACCESSOR);
    assertThat(AuditLog.change(new Command.AccessDelete(AccessObject.Kind.POLICY, ACCESSOR)))
        .isEqualTo("deleted policy " + ACCESSOR);
    assertThat(AuditLog.change(new Command.AclBootstrap(token, 0)))
        .isEqualTo("bootstrapped: created token " + ACCESSOR);
    assertThat(AuditLog.change(new Command.KvDelete("a", null))).isNull();
  }

  @Test
  void theFilesAreBoundedAndTheirLinesWhole() throws IOException {
    open(2_048, 3);
    for (int i = 0; i < 200; i++) {
      AuditLog.denied(call(), "Permission denied: number " + i);
    }
    file.close();
    try (Stream<Path> all = Files.list(dir)) {
      List<Path> logs = all.toList();
      assertThat(logs).hasSize(3);
      for (Path log : logs) {
        assertThat(Files.size(log)).isLessThan(2_048 + 512);
      }
    }
    List<Map<String, String>> newest = lines();
    assertThat(newest.get(newest.size() - 1))
        .containsEntry("payload.text", "Permission denied: number 199");
  }

  private void open(int bytes, int files) {
    file.open(dir.resolve("audit.log"), new AuditSettings(Optional.empty(), bytes, files));
  }

  /** The fields of each line of the newest file, by their paths. */
  private List<Map<String, String>> lines() throws IOException {
    Path single = dir.resolve("audit.log");
    Path newest = Files.exists(single) ? single : dir.resolve("audit.log.0");
    List<Map<String, String>> lines = new ArrayList<>();
    for (String line : Files.readAllLines(newest)) {
      Map<String, String> fields = new HashMap<>();
      try (JsonParser parser = new JsonFactory().createParser(line)) {
        while (parser.nextToken() != null) {
          if (parser.currentToken() == JsonToken.VALUE_STRING) {
            String path = parser.getParsingContext().pathAsPointer().toString();
            fields.put(path.substring(1).replace('/', '.'), parser.getText());
          }
        }
      }
      lines.add(fields);
    }
    return lines;
  }

  private static Call call() {
    return new Call(
        Endpoint.KV,
        "PUT",
        "a",
        QueryString.parse("token=" + SECRET),
        new byte[0],
        0,
        "127.0.0.1:5",
        RequestLog.url("/v1/kv/a", "token=" + SECRET),
        Call.Wishes.NONE,
        Visitor.of(new Caller.Bearer(SECRET), SECRET));
  }
}
