package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Replays what Consul 1.10.11 answered ({@code golden/*.jsonl}: a fresh agent a file, requests in
 * their order). Every answer must be the same, but for those of {@link #ON_PURPOSE}: the same
 * status, and the same JSON or text. An error's own wording may differ as long as the status and
 * the offending field are the same.
 */
class GoldenIT {
  @RegisterExtension final Agents agents = new Agents("golden");

  private static final String LATER = "as later versions of Consul answer: ";

  /** What differs, and why. */
  private static final Map<String, String> ON_PURPOSE =
      Map.of(
          "a74", LATER + "404 for the heartbeat of an unknown check (1.11)",
          "a76", LATER + "404 for the heartbeat of an unknown check (1.11)",
          "a80", LATER + "404 for removing an unknown check (1.11)",
          "b33", "a sidecar would be a service mesh, which there is none of: refused in words");

  private static final Pattern UUID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final Pattern FIELD = Pattern.compile("field \"?([\\w.]+)\"?");
  private static final String CUT = "…";

  private InetSocketAddress server;

  @ParameterizedTest
  @ValueSource(strings = {"keys", "catalog", "agent"})
  void answersAsConsulDoes(String name) throws IOException {
    AgentProcess agent = agents.create("vm").start("-server", "-bootstrap").awaitLeader();
    Await.until(
        "the agent's node is in the catalog",
        AgentProcess.SOON,
        agent::tail,
        () -> agent.http().get("/v1/health/node/vm").body().contains("serfHealth"));
    server = new InetSocketAddress(agent.address(), 8500);
    List<String> differences = new ArrayList<>();
    for (String line : recorded(name)) {
      JsonObject one = (JsonObject) json(line);
      String difference =
          ON_PURPOSE.containsKey(one.getString("case")) ? null : lastingDifference(one);
      if (difference != null) {
        differences.add(difference);
      }
    }
    assertThat(differences).isEmpty();
  }

  private static List<String> recorded(String name) throws IOException {
    try (InputStream in = GoldenIT.class.getResourceAsStream("/golden/" + name + ".jsonl")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
  }

  /** The catalog follows the agent's own view a moment later. */
  private String lastingDifference(JsonObject one) throws IOException {
    boolean readsTheCatalog =
        one.getString("method").equals("GET") && one.getString("path").startsWith("/v1/health/");
    long end = System.nanoTime() + AgentProcess.SOON.toNanos();
    String difference = difference(one);
    while (difference != null && readsTheCatalog && System.nanoTime() - end < 0) {
      Await.pause(50);
      difference = difference(one);
    }
    return difference;
  }

  private String difference(JsonObject one) throws IOException {
    boolean hasBody = one.get("body").getValueType() == JsonValue.ValueType.STRING;
    RawHttp.Answer answer =
        RawHttp.send(
            server,
            one.getString("method"),
            one.getString("path"),
            hasBody ? one.getString("body").getBytes(StandardCharsets.UTF_8) : null);
    String wanted = one.getString("answer");
    String came = normalized(answer.body());
    if (answer.status() == one.getInt("status") && isSame(answer.status(), wanted, came)) {
      return null;
    }
    return "%n%s %s %s%n  %s%n  Consul: %d %s%n  here:   %d %s"
        .formatted(
            one.getString("case"),
            one.getString("method"),
            one.getString("path"),
            hasBody ? one.getString("body") : "",
            one.getInt("status"),
            wanted,
            answer.status(),
            came);
  }

  /** Without what differs from run to run; a check may have been run by now. */
  private String normalized(String body) {
    return UUID.matcher(body)
        .replaceAll("UUID")
        .replaceAll("\"(\\w*Index)\":\\d+", "\"$1\":0")
        .replaceAll("\"Output\":\"(?:dial tcp|Get )(?:[^\"\\\\]|\\\\.)*\"", "\"Output\":\"\"")
        .replaceAll("\"ContentHash\":\"[0-9a-f]+\"", "\"ContentHash\":\"H\"")
        .replace(server.getHostString(), "ADDRESS");
  }

  private static boolean isSame(int status, String wanted, String came) {
    if (wanted.equals(came)
        || wanted.endsWith(CUT)
            && came.startsWith(wanted.substring(0, wanted.length() - CUT.length()))) {
      return true;
    }
    JsonValue json = json(wanted);
    if (json != null && json.equals(json(came))) {
      return true;
    }
    return status >= 400 && json == null && field(wanted).equals(field(came));
  }

  /** The name of the field that an error is about, without its path; empty for none. */
  private static String field(String error) {
    Matcher field = FIELD.matcher(error);
    return field.find() ? field.group(1).replaceFirst(".*\\.", "") : "";
  }

  /** null for what is no JSON. */
  private static JsonValue json(String text) {
    try (JsonReader reader = Json.createReader(new StringReader(text))) {
      return reader.readValue();
    } catch (JsonException e) {
      return null;
    }
  }
}
