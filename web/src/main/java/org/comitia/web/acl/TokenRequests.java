package org.comitia.web.acl;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.comitia.access.AccessObject;
import org.comitia.access.AccessObject.Kind;
import org.comitia.access.Policy;
import org.comitia.access.Token;
import org.comitia.cluster.Caller;
import org.comitia.config.GoDuration;
import org.comitia.state.Command;
import org.comitia.state.CommandRules;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.acl.AclRequests.Link;
import org.comitia.web.http.AuditLog;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/**
 * The requests for tokens ({@code api/acl/tokens}). Accessors and secrets are drawn here, 122 bits
 * of {@link java.security.SecureRandom} each: what is proposed holds them already.
 */
@ApplicationScoped
public class TokenRequests {
  private static final Duration SHORTEST_LIFE = Duration.ofMinutes(1);
  private static final Duration LONGEST_LIFE = Duration.ofHours(24);
  private static final String CLONE = "/clone";
  private static final String BOOTSTRAP_FORBIDDEN = "Permission denied: ACL bootstrap";

  private AclRequests requests;
  private InstantSource clock;

  /** For the container's proxy. */
  protected TokenRequests() {}

  @Inject
  public TokenRequests(AclRequests requests) {
    this(requests, InstantSource.system());
  }

  TokenRequests(AclRequests requests, InstantSource clock) {
    this.requests = requests;
    this.clock = clock;
  }

  private static String draw() {
    return UUID.randomUUID().toString();
  }

  // ---- reads

  public CompletionStage<Reply> list(Call call) {
    String policy = AclRequests.id(call.query().get("policy"));
    String role = AclRequests.id(call.query().get("role"));
    String method = call.query().get("authmethod");
    return requests.list(
        call,
        Kind.TOKEN,
        (json, found) -> {
          List<Token> tokens =
              found.stream()
                  .map(Token.class::cast)
                  .filter(token -> !isExpired(token))
                  .filter(token -> policy.isEmpty() || token.policies().contains(policy))
                  .filter(token -> role.isEmpty() || token.roles().contains(role))
                  .filter(token -> method.isEmpty() || token.authMethod().equals(method))
                  .toList();
          return out -> AclJson.list(out, tokens, json::token);
        });
  }

  private boolean isExpired(Token token) {
    return token.expirationMillis() != 0 && token.expirationMillis() <= clock.millis();
  }

  public CompletionStage<Reply> get(Call call) {
    return read(call, new Query.AccessGet(Kind.TOKEN, AclRequests.required(call, "token ID")));
  }

  /** The token that counts for the request; its secret for who has shown it. */
  public CompletionStage<Reply> self(Call call) {
    boolean shown = !call.visitor().secret().isEmpty();
    return read(
        call,
        new Query.TokenBySecret(secret(call)),
        token -> shown ? token : token.withSecret("<hidden>"));
  }

  private static String secret(Call call) {
    return call.caller() instanceof Caller.Bearer bearer ? bearer.secret() : "";
  }

  private CompletionStage<Reply> read(Call call, Query<QueryResult.AccessObjects> query) {
    return read(call, query, token -> token);
  }

  private CompletionStage<Reply> read(
      Call call, Query<QueryResult.AccessObjects> query, UnaryOperator<Token> shown) {
    return requests.read(
        call,
        query,
        found -> {
          Token token = live(found);
          return token == null
              ? Reply.text(403, AclRequests.NOT_FOUND)
              : Reply.json(call, out -> new AclJson(found.names()).token(out, shown.apply(token)));
        });
  }

  /** Null when there is none, or none any more. */
  private Token live(QueryResult.AccessObjects found) {
    return AclRequests.only(found) instanceof Token token && !isExpired(token) ? token : null;
  }

  // ---- writes

  /**
   * The first token.
   *
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> bootstrap(Call call) {
    requests.requireOurDatacenter(call);
    String given =
        call.body().length == 0
            ? ""
            : Fields.of(call.body(), Bodies.ACL_BOOTSTRAP).text("BootstrapSecret");
    requireUuid(given, "SecretID");
    Token token =
        new Token(
            draw(),
            given.isEmpty() ? draw() : given,
            "Bootstrap Token (Global Management)",
            List.of(Policy.GLOBAL_MANAGEMENT),
            List.of(),
            List.of(),
            List.of(),
            false,
            "",
            clock.millis(),
            0,
            0,
            0);
    return requests
        .written(
            call,
            Caller.of(token.secret()),
            new Command.AclBootstrap(token, 0),
            new Query.TokenBySecret(token.secret()),
            found ->
                Reply.json(
                    call,
                    out ->
                        new AclJson(found.names())
                            .bootstrapped(out, (Token) AclRequests.only(found))))
        .thenApply(reply -> forbidden(call, reply));
  }

  /** That it was done before is no error of the servers. */
  private static Reply forbidden(Call call, Reply reply) {
    String text = new String(reply.body(), StandardCharsets.UTF_8);
    if (reply.status() != 500 || !text.startsWith(BOOTSTRAP_FORBIDDEN)) {
      return reply;
    }
    AuditLog.denied(call, text);
    return Reply.text(403, text);
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> create(Call call) {
    Fields body = body(call);
    String id = AclRequests.id(body.text("AccessorID"));
    String secret = body.text("SecretID");
    requireUuid(secret, "SecretID");
    return set(call, body, id.isEmpty() ? draw() : id, secret.isEmpty() ? draw() : secret, true);
  }

  private static void requireUuid(String given, String field) {
    if (!given.isEmpty() && CommandRules.uuidError(given) != null) {
      throw Refusal.error("Invalid Token: " + field + " - not a valid UUID");
    }
  }

  /**
   * What the path names: a token, or to clone one.
   *
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> update(Call call) {
    String id = AclRequests.required(call, "token ID");
    if (id.endsWith(CLONE)) {
      return cloned(call, id.substring(0, id.length() - CLONE.length()));
    }
    Fields body = body(call);
    String named = body.text("AccessorID");
    if (!named.isEmpty() && !named.equalsIgnoreCase(id)) {
      throw Refusal.badRequest("Token Accessor ID in URL and payload do not match");
    }
    return set(call, body, AclRequests.id(id), body.text("SecretID"), false);
  }

  private Fields body(Call call) {
    requests.requireOurDatacenter(call);
    return Fields.of(call.body(), Bodies.ACL_TOKEN, "Token decoding failed: ");
  }

  private CompletionStage<Reply> set(
      Call call, Fields body, String id, String secret, boolean create) {
    long now = clock.millis();
    long expiration = create ? newExpiration(body, now) : keptExpiration(body, id);
    List<Link> policies = Link.of(body, "Policies");
    List<Link> roles = Link.of(body, "Roles");
    return requests
        .ids(call, Kind.POLICY, policies)
        .thenCombine(
            requests.ids(call, Kind.ROLE, roles),
            (policyIds, roleIds) ->
                new Token(
                    id,
                    secret,
                    body.text("Description"),
                    policyIds,
                    roleIds,
                    AclRequests.serviceIdentities(body),
                    AclRequests.nodeIdentities(body),
                    body.flag("Local"),
                    body.text("AuthMethod"),
                    create ? now : 0,
                    expiration,
                    0,
                    0))
        .thenCompose(token -> requests.set(call, token, create));
  }

  private static long newExpiration(Fields body, long now) {
    long ttl = body.nanos("ExpirationTTL");
    long time = time(body.text("ExpirationTime"));
    if (ttl < 0) {
      throw Refusal.error(
          "Token Expiration TTL '" + GoDuration.format(Duration.ofNanos(ttl)) + "' should be > 0");
    } else if (ttl != 0 && time != 0) {
      throw Refusal.error("Token Expiration TTL and Expiration Time cannot both be set");
    } else if (ttl == 0 && time == 0) {
      return 0;
    }
    Duration life = ttl != 0 ? Duration.ofNanos(ttl) : Duration.ofMillis(time - now);
    if (life.isNegative()) {
      throw Refusal.error("ExpirationTime cannot be before CreateTime");
    } else if (life.compareTo(SHORTEST_LIFE) < 0) {
      throw outside("less", SHORTEST_LIFE, life);
    } else if (life.compareTo(LONGEST_LIFE) > 0) {
      throw outside("more", LONGEST_LIFE, life);
    }
    return now + life.toMillis();
  }

  private static Refusal outside(String which, Duration bound, Duration life) {
    return Refusal.error(
        "ExpirationTime cannot be "
            + which
            + " than "
            + GoDuration.format(bound)
            + " in the future (was "
            + GoDuration.format(life)
            + ")");
  }

  /** What a client has read it sends back; whether it is the same time the servers see. */
  private static long keptExpiration(Fields body, String id) {
    if (body.nanos("ExpirationTTL") != 0) {
      throw Refusal.error("Cannot change expiration time of " + id);
    }
    return time(body.text("ExpirationTime"));
  }

  /** Milliseconds since 1970; 0 for none. */
  private static long time(String text) {
    try {
      return text.isEmpty()
          ? 0
          : Math.max(0, OffsetDateTime.parse(text).toInstant().toEpochMilli());
    } catch (DateTimeException | ArithmeticException e) {
      throw Refusal.badRequest(
          "Token decoding failed: parsing time \"" + text + "\" as \"2006-01-02T15:04:05Z07:00\"");
    }
  }

  /** A new token that may do what another one may. */
  private CompletionStage<Reply> cloned(Call call, String accessor) {
    Fields body = call.body().length == 0 ? Fields.NONE : body(call);
    requests.requireOurDatacenter(call);
    return requests
        .answers()
        .ask(call, new Query.AccessGet(Kind.TOKEN, accessor))
        .thenCompose(
            found -> {
              Token token = live(found);
              if (token == null) {
                return CompletableFuture.completedFuture(Reply.text(403, AclRequests.NOT_FOUND));
              } else if (!token.authMethod().isEmpty()) {
                throw Refusal.error("Cannot clone a token created from an auth method");
              }
              return requests.set(call, copy(token, body.text("Description")), true);
            });
  }

  private AccessObject copy(Token token, String description) {
    return new Token(
        draw(),
        draw(),
        description.isEmpty() ? token.description() : description,
        token.policies(),
        token.roles(),
        token.serviceIdentities(),
        token.nodeIdentities(),
        token.local(),
        "",
        clock.millis(),
        token.expirationMillis(),
        0,
        0);
  }

  /**
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> delete(Call call) {
    requests.requireOurDatacenter(call);
    return requests.delete(call, Kind.TOKEN, AclRequests.required(call, "token ID"));
  }
}
