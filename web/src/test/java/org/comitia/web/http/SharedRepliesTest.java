package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.comitia.state.QueryResult;
import org.junit.jupiter.api.Test;

class SharedRepliesTest {
  private final SharedReplies replies = new SharedReplies();
  private final AtomicInteger made = new AtomicInteger();

  private static Call call(String path, String query, boolean indented) {
    return new Call(
        Endpoint.at(path),
        "GET",
        "x",
        QueryString.parse(query),
        new byte[0],
        0,
        "127.0.0.1:4711",
        path,
        new Call.Wishes(indented, false, "", ""),
        Visitor.ANYBODY);
  }

  private Reply reply(String path, String query, QueryResult result) {
    return replies.of(
        call(path, query, false),
        result,
        () -> Reply.text(200, "made " + made.incrementAndGet()).header("X-Made", "once"));
  }

  private static String body(Reply reply) {
    return new String(reply.body(), StandardCharsets.UTF_8);
  }

  @Test
  void whoAsksAlikeGetsTheSameWithHeadersOfItsOwn() {
    QueryResult result = new QueryResult.NodeList(7, List.of());
    Reply first = reply("/v1/catalog/nodes", "index=6", result).header("X-Consul-Index", "7");
    Reply second = reply("/v1/catalog/nodes", "index=6", result);
    assertThat(body(second)).isEqualTo("made 1");
    assertThat(second.header("X-Made")).isEqualTo("once");
    assertThat(second.header("X-Consul-Index")).isNull();
    assertThat(first.header("X-Consul-Index")).isEqualTo("7");
  }

  /** Coordinates change and the service does not. */
  @Test
  void whatIsSortedByDistanceIsMadeAnew() {
    QueryResult result = new QueryResult.NodeList(7, List.of());
    reply("/v1/catalog/nodes", "near=n1", result);
    assertThat(body(reply("/v1/catalog/nodes", "near=n1", result))).isEqualTo("made 2");
  }

  @Test
  void whatIsShownOtherwiseIsMadeAnew() {
    QueryResult result = new QueryResult.NodeList(7, List.of());
    reply("/v1/catalog/nodes", "index=6", result);
    assertThat(body(reply("/v1/catalog/nodes", "index=6&filter=x", result))).isEqualTo("made 2");
    assertThat(body(reply("/v1/catalog/services", "index=6&filter=x", result))).isEqualTo("made 3");
    // equal, but another object: of another moment
    assertThat(
            body(
                reply(
                    "/v1/catalog/services",
                    "index=6&filter=x",
                    new QueryResult.NodeList(7, List.of()))))
        .isEqualTo("made 4");
    assertThat(
            body(
                replies.of(
                    call("/v1/catalog/services", "index=6&filter=x", true),
                    result,
                    () -> Reply.text(200, "indented"))))
        .isEqualTo("indented");
  }
}
