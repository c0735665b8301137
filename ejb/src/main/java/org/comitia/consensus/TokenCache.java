package org.comitia.consensus;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.comitia.access.Authorizer;
import org.comitia.access.Authorizers;
import org.comitia.access.Unrestricted;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster.AuthorizerAnswer;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.config.AclSettings;

/**
 * What a client agent knows of tokens: what servers have said, for a while. About one token there
 * is one question at a time. An unknown token is not kept: strangers could fill the cache with
 * them. No thread waits. Safe for any thread.
 */
final class TokenCache {
  static final int MAX_KEPT = 10_000;
  static final int MAX_ASKED = 1_000;

  /** Asks a server. */
  interface Question {
    /** Calls exactly one of them, later or now. */
    void ask(
        Forwarded.ResolveToken request,
        Consumer<Forwarded.TokenReply> answered,
        Consumer<AuthorizerAnswer> failed);
  }

  /** What was said of a token. */
  private record Known(Authorizer authorizer, long atNanos, long expirationMillis) {}

  private final AclSettings settings;
  private final Question question;
  private final LongSupplier nanos;
  private final LongSupplier millis;

  /** By secret. */
  private final ConcurrentHashMap<String, Known> known = new ConcurrentHashMap<>();

  private final ConcurrentHashMap<String, CompletableFuture<AuthorizerAnswer>> asked =
      new ConcurrentHashMap<>();

  /**
   * @param nanos monotonic
   * @param millis since 1970
   */
  TokenCache(AclSettings settings, Question question, LongSupplier nanos, LongSupplier millis) {
    this.settings = settings;
    this.question = question;
    this.nanos = nanos;
    this.millis = millis;
  }

  /** What a caller may do. */
  CompletionStage<AuthorizerAnswer> authorizer(Caller caller) {
    if (!settings.enabled() || !(caller instanceof Caller.Bearer bearer)) {
      return CompletableFuture.completedFuture(AuthorizerAnswer.of(Unrestricted.INSTANCE));
    }
    String secret = bearer.secret();
    Known last = known.get(secret);
    if (last != null
        && nanos.getAsLong() - last.atNanos < settings.tokenTtl().toNanos()
        && !hasExpired(last)) {
      return CompletableFuture.completedFuture(AuthorizerAnswer.of(last.authorizer));
    }
    if (asked.size() >= MAX_ASKED && !asked.containsKey(secret)) {
      return CompletableFuture.completedFuture(
          AuthorizerAnswer.failed(
              Failure.OVERLOADED,
              "COM4060: too many tokens are being asked about: try again later"));
    }
    CompletableFuture<AuthorizerAnswer> mine = new CompletableFuture<>();
    CompletableFuture<AuthorizerAnswer> before = asked.putIfAbsent(secret, mine);
    if (before != null) {
      return before;
    }
    question.ask(
        new Forwarded.ResolveToken(0, caller),
        reply -> end(secret, mine, answered(secret, reply)),
        failure -> end(secret, mine, withoutServer(secret, failure)));
    return mine;
  }

  private void end(
      String secret, CompletableFuture<AuthorizerAnswer> mine, AuthorizerAnswer answer) {
    asked.remove(secret, mine);
    mine.complete(answer);
  }

  private AuthorizerAnswer answered(String secret, Forwarded.TokenReply reply) {
    if (reply.accessor().isEmpty()) {
      known.remove(secret);
      return AuthorizerAnswer.failed(Failure.DENIED, Texts.ACL_NOT_FOUND);
    }
    Authorizer authorizer =
        Authorizers.of(reply.rules(), reply.defaultPolicy(), false, reply.accessor());
    Known now = new Known(authorizer, nanos.getAsLong(), reply.expirationMillis());
    if (known.size() >= MAX_KEPT) {
      long old = settings.tokenTtl().toNanos();
      known.values().removeIf(one -> now.atNanos - one.atNanos >= old);
    }
    if (known.size() < MAX_KEPT) {
      known.put(secret, now);
    }
    return AuthorizerAnswer.of(authorizer);
  }

  /** Goes by {@code acl.down_policy}. */
  private AuthorizerAnswer withoutServer(String secret, AuthorizerAnswer failure) {
    if (settings.downPolicy().equals("allow")) {
      return AuthorizerAnswer.of(Unrestricted.INSTANCE);
    }
    Known last = settings.downPolicy().equals("deny") ? null : known.get(secret);
    return last == null || hasExpired(last) ? failure : AuthorizerAnswer.of(last.authorizer);
  }

  private boolean hasExpired(Known one) {
    return one.expirationMillis != 0 && one.expirationMillis <= millis.getAsLong();
  }
}
