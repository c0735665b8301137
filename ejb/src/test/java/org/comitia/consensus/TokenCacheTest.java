package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.comitia.access.Access;
import org.comitia.access.Resource;
import org.comitia.access.Rule;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster.AuthorizerAnswer;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded.TokenReply;
import org.comitia.config.AclSettings;
import org.junit.jupiter.api.Test;

/** What a client agent knows of tokens. */
class TokenCacheTest {
  private static final long SECOND = 1_000_000_000L;

  private record Asked(Consumer<TokenReply> answered, Consumer<AuthorizerAnswer> failed) {}

  private final List<Asked> asked = new ArrayList<>();
  private long nanos;
  private long millis = 1_000;

  private TokenCache cache(String downPolicy) {
    AclSettings settings =
        new AclSettings(
            true, false, downPolicy, Duration.ofSeconds(30), false, false, AclSettings.Tokens.NONE);
    return new TokenCache(
        settings,
        (request, answered, failed) -> asked.add(new Asked(answered, failed)),
        () -> nanos,
        () -> millis);
  }

  private static TokenReply reply(long expirationMillis) {
    return new TokenReply(
        "accessor",
        List.of(new Rule(Resource.AGENT, "n1", false, Access.READ)),
        Access.DENY,
        expirationMillis);
  }

  private static boolean reads(AuthorizerAnswer answer) {
    return answer.authorizer().allows(Resource.AGENT, "n1", Access.READ)
        && !answer.authorizer().allows(Resource.AGENT, "n1", Access.WRITE);
  }

  private static AuthorizerAnswer now(TokenCache cache, String secret) {
    return cache.authorizer(Caller.of(secret)).toCompletableFuture().getNow(null);
  }

  private void noServer() {
    asked
        .remove(0)
        .failed()
        .accept(AuthorizerAnswer.failed(Failure.NO_SERVERS, "No known Consul servers"));
  }

  @Test
  void oneQuestionIsUnderWayForEachTokenAndItsAnswerCountsForAWhile() {
    TokenCache cache = cache("extend-cache");
    assertThat(now(cache, "s")).isNull();
    assertThat(now(cache, "s")).isNull();
    assertThat(asked).hasSize(1);
    asked.remove(0).answered().accept(reply(0));
    assertThat(reads(now(cache, "s"))).isTrue();
    nanos += 30 * SECOND - 1;
    assertThat(reads(now(cache, "s"))).isTrue();
    nanos++;
    assertThat(now(cache, "s")).isNull();
    assertThat(asked).hasSize(1);
  }

  @Test
  void anUnknownTokenIsDeniedAndAskedAboutAnew() {
    TokenCache cache = cache("extend-cache");
    now(cache, "s");
    asked.remove(0).answered().accept(reply(0));
    nanos += 30 * SECOND;
    var coming = cache.authorizer(Caller.of("s")).toCompletableFuture();
    asked.remove(0).answered().accept(TokenReply.unknown());
    assertThat(coming.join().failure()).isEqualTo(Failure.DENIED);
    assertThat(coming.join().message()).isEqualTo("ACL not found");
    var again = cache.authorizer(Caller.of("s")).toCompletableFuture();
    noServer();
    assertThat(again.join().failure()).as("forgotten").isEqualTo(Failure.NO_SERVERS);
  }

  @Test
  void withoutAServerTheDownPolicyDecides() {
    for (String policy : List.of("extend-cache", "async-cache", "deny", "allow")) {
      TokenCache cache = cache(policy);
      var first = cache.authorizer(Caller.of("s")).toCompletableFuture();
      noServer();
      assertThat(first.join().failure() == null).as(policy).isEqualTo(policy.equals("allow"));
      now(cache, "s");
      asked.remove(0).answered().accept(reply(0));
      nanos += 31 * SECOND;
      var later = cache.authorizer(Caller.of("s")).toCompletableFuture();
      noServer();
      assertThat(later.join().failure() == null).as(policy).isEqualTo(!policy.equals("deny"));
    }
  }

  /** By this node's clock, whether a server can be asked or not. */
  @Test
  void anExpiredTokenIsNotExtended() {
    TokenCache cache = cache("extend-cache");
    now(cache, "s");
    asked.remove(0).answered().accept(reply(2_000));
    assertThat(reads(now(cache, "s"))).isTrue();
    millis = 2_000;
    var later = cache.authorizer(Caller.of("s")).toCompletableFuture();
    noServer();
    assertThat(later.join().failure()).isEqualTo(Failure.NO_SERVERS);
  }

  @Test
  void noMoreAreKeptAndAskedThanMayBe() {
    TokenCache cache = cache("extend-cache");
    for (int i = 0; i <= TokenCache.MAX_KEPT; i++) {
      now(cache, "s" + i);
      asked.remove(0).answered().accept(reply(0));
    }
    assertThat(now(cache, "s0")).isNotNull();
    assertThat(now(cache, "s" + TokenCache.MAX_KEPT)).isNull();
    for (int i = 1; i < TokenCache.MAX_ASKED; i++) {
      assertThat(now(cache, "t" + i)).isNull();
    }
    assertThat(now(cache, "u").failure()).isEqualTo(Failure.OVERLOADED);
  }

  @Test
  void whereNobodyKeepsAccessNobodyIsAsked() {
    TokenCache off = new TokenCache(AclSettings.OFF, null, () -> 0, () -> 0);
    assertThat(now(off, "s").authorizer().allows(Resource.ACL, "", Access.WRITE)).isTrue();
  }
}
