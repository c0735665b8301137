package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.comitia.it.FuzzRequests.Request;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Random requests over every endpoint of a real server: each gets an answer that Consul could give,
 * never a stack trace, a page of the server's or an internal error; what was refused has changed
 * nothing; and the server lives. {@code -Dit.fuzz.requests} and {@code -Dit.fuzz.seed} say how many
 * and which.
 */
class FuzzIT {
  private static final int REQUESTS =
      Integer.getInteger("it.fuzz.requests", Distribution.FULL ? 30_000 : 2_500);
  private static final long SEED = Long.getLong("it.fuzz.seed", 20_261_122L);

  /** Between two looks at what the server holds. */
  private static final int BATCH = 10;

  private static final Set<Integer> STATUSES =
      Set.of(200, 301, 400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503);

  /** What a server may say besides to a request that is no HTTP. */
  private static final Set<Integer> OF_THE_SERVER = Set.of(411, 414, 417, 431, 501, 505);

  private static final Pattern NEVER =
      Pattern.compile(
          "internal error|Exception|\\tat |java\\.lang|org\\.comitia|com\\.ibm",
          Pattern.CASE_INSENSITIVE);

  /** A page of the server's own; it may be one where HTTP itself is broken. */
  private static final Pattern PAGE =
      Pattern.compile("<!DOCTYPE|<html|<body|<h1|SRVE\\d|CWW", Pattern.CASE_INSENSITIVE);

  private static final int MAX_PROBLEMS = 20;

  /** What would end the server, block for long, or stream for ever, with the right method. */
  private static final Set<String> NOT_CARRIED_OUT =
      Set.of("/v1/agent/leave", "/v1/agent/join/", "/v1/agent/monitor");

  private static final List<String> HELD =
      List.of(
          "/v1/kv/?recurse",
          "/v1/catalog/nodes?filter=Node+!=+%22fuzz%22",
          "/v1/catalog/node-services/fuzzed-0",
          "/v1/catalog/node-services/fuzzed-1",
          "/v1/health/state/any?filter=Node+!=+%22fuzz%22",
          "/v1/session/list",
          "/v1/query",
          "/v1/agent/services",
          "/v1/operator/raft/configuration");

  private static final Pattern LAST_INDEX = Pattern.compile("\"LastIndex\":\\d+");

  @RegisterExtension final Agents agents = new Agents("fuzz");

  private final FuzzRequests requests = new FuzzRequests(SEED);
  private final Map<Integer, Integer> statuses = new TreeMap<>();
  private InetSocketAddress server;
  private int unchanged;
  private final List<String> problems = new ArrayList<>();

  @Test
  void everyRequestIsAnsweredAsConsulWouldAndRefusalsChangeNothing() throws Exception {
    System.out.println("fuzz: seed " + SEED + ", " + REQUESTS + " requests");
    List<FuzzEndpoint> endpoints = FuzzEndpoint.all(agents.folder());
    AgentProcess agent = agents.create("fuzz").start("-server", "-bootstrap").awaitLeader();
    server = new InetSocketAddress(agent.address(), 8500);
    Await.until(
        "the server is in the catalog",
        AgentProcess.SOON,
        agent::tail,
        () -> RawHttp.send(server, "GET", "/v1/catalog/nodes", null).body().contains("fuzz"));

    for (int sent = 0; sent < REQUESTS && problems.size() < MAX_PROBLEMS; sent += BATCH) {
      batch(endpoints);
    }
    assertThat(problems).isEmpty();

    assertThat(agent.isAlive()).isTrue();
    assertThat(RawHttp.send(server, "PUT", "/v1/kv/alive", new byte[] {'1'}).body().strip())
        .isEqualTo("true");
    assertThat(agent.log()).noneMatch(line -> line.contains("request failed: method="));
    System.out.println(
        "fuzz: %d endpoints, statuses %s, %d batches of %d without a success left all as it was"
            .formatted(endpoints.size(), statuses, unchanged, BATCH));
    assertThat(unchanged).as("batches that were compared").isPositive();
    assertThat(statuses).containsKeys(200, 400, 404, 405, 500);
  }

  private void batch(List<FuzzEndpoint> endpoints) throws IOException {
    // Some batches hold nothing but refusals by what is left out of them.
    boolean onlyRefused = requests.number(2) == 0;
    String before = held();
    boolean mayHaveChanged = false;
    StringBuilder done = new StringBuilder();
    for (int i = 0; i < BATCH; i++) {
      Request request = request(endpoints, onlyRefused);
      int status = send(request);
      statuses.merge(status, 1, Integer::sum);
      mayHaveChanged |= status == 200 && !request.method().equals("GET");
      done.append(status).append(' ').append(request).append('\n');
    }
    String after = held();
    if (!mayHaveChanged && !after.equals(before)) {
      problems.add("refused, yet changed: " + before + "\n-->\n" + after + "\nby\n" + done);
    }
    unchanged += mayHaveChanged ? 0 : 1;
  }

  private Request request(List<FuzzEndpoint> endpoints, boolean onlyRefused) {
    while (true) {
      FuzzEndpoint endpoint = endpoints.get(requests.number(endpoints.size()));
      Request request = requests.next(endpoint);
      // Liberty reads `get` as GET.
      boolean carriedOut = endpoint.methods().contains(request.method().toUpperCase(Locale.ROOT));
      if (carriedOut && NOT_CARRIED_OUT.contains(endpoint.pattern())) {
        continue;
      }
      if (onlyRefused && carriedOut && isPlainWrite(endpoint, request)) {
        continue;
      }
      return request;
    }
  }

  /** Any body is a good value of a key, and any name may be deleted. */
  private static boolean isPlainWrite(FuzzEndpoint endpoint, Request request) {
    return !request.method().equals("GET")
        && (endpoint.pattern().equals("/v1/kv/") || request.method().equals("DELETE"));
  }

  private int send(Request request) {
    RawHttp.Answer answer;
    try {
      answer =
          RawHttp.send(
              server,
              request.method(),
              request.target(),
              request.body(),
              request.headers().toArray(String[]::new));
    } catch (IOException e) {
      if (request.misread()) {
        return 0; // no HTTP: hanging up is an answer
      }
      problems.add("no answer: " + e + "\n" + request);
      return 0;
    }
    String problem = problem(request, answer, text(answer));
    if (problem != null) {
      problems.add(
          problem
              + ": "
              + answer.status()
              + " "
              + answer.headers()
              + "\n"
              + text(answer)
              + "\n"
              + request);
    }
    return answer.status();
  }

  /** What is wrong with an answer; null when nothing is. */
  private static String problem(Request request, RawHttp.Answer answer, String body) {
    if (NEVER.matcher(body).find()) {
      return "tells of our insides";
    }
    if (request.misread()) {
      boolean known = STATUSES.contains(answer.status()) || OF_THE_SERVER.contains(answer.status());
      return known ? null : "no status for broken HTTP";
    }
    if (!STATUSES.contains(answer.status())) {
      return "no status of Consul's";
    }
    if (answer.status() >= 400 && PAGE.matcher(body).find()) {
      return "a page of the server's";
    }
    String type = answer.header("Content-Type");
    if (answer.status() >= 400
        && (type == null || !type.matches("(text/plain|application/json).*"))) {
      return "neither text nor JSON";
    }
    return "Accept-Encoding".equals(answer.header("Vary")) ? null : "not from our filter";
  }

  private static String text(RawHttp.Answer answer) {
    if (!"gzip".equals(answer.header("Content-Encoding"))) {
      return answer.body();
    }
    try (GZIPInputStream in =
        new GZIPInputStream(new java.io.ByteArrayInputStream(answer.bytes()))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Everything that a refused request may not change, as the server shows it. The log goes on by
   * itself: the leader raises the feature level, and has the states compared.
   */
  private String held() throws IOException {
    StringBuilder held = new StringBuilder();
    for (String listing : HELD) {
      RawHttp.Answer answer = RawHttp.send(server, "GET", listing, null);
      held.append(listing).append(' ').append(answer.status()).append(' ');
      held.append(LAST_INDEX.matcher(answer.body()).replaceAll("")).append('\n');
    }
    return held.toString();
  }
}
