package org.comitia.consensus;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.AuthorizerCache;
import org.comitia.access.Authorizers;
import org.comitia.access.InvalidRulesException;
import org.comitia.access.Resource;
import org.comitia.access.Token;
import org.comitia.access.Unrestricted;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.WriteOutcome;
import org.comitia.guard.Demand;
import org.comitia.guard.Demands;
import org.comitia.guard.Sieve;
import org.comitia.guard.TxnDemands;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.StateVersion;
import org.comitia.state.TxnOutcome;

/**
 * Who may what, on the server that carries a request out: the one place where a caller's token is
 * looked up and counts. Asked just before a command is proposed, and of each result of a read
 * before it is answered. Safe for any thread.
 */
final class Guard {
  /** More different askers than these of one version are looked at one by one. */
  private static final int MAX_SEEN = 1_024;

  /** A question, and whose. */
  record Sight(Query<?> query, Authorizer authorizer) {}

  /**
   * What somebody sees of a result.
   *
   * @param result null when it is denied
   * @param denial why nothing is seen; null when something is
   */
  record Seen<R extends QueryResult>(R result, boolean filtered, String denial) {
    /** All of it. */
    static <R extends QueryResult> Seen<R> all(R result) {
      return new Seen<>(result, false, null);
    }

    private static <R extends QueryResult> Seen<R> denied(String why) {
      return new Seen<>(null, false, why);
    }

    /** Whether a read that waits for more than this index is answered with it. */
    boolean isNews(long minIndex) {
      return denial != null || result.index() > minIndex;
    }
  }

  private final boolean on;
  private final String datacenter;
  private final Access defaultPolicy;
  private final boolean keyListPolicy;
  private final Supplier<StateVersion> state;
  private final LongSupplier millis;
  private final AuthorizerCache authorizers;
  private final BootstrapReset reset;

  /** The term in which this server has applied, as its leader, all that was committed before. */
  private volatile long settledTerm = -1;

  /**
   * @param millis since 1970: by this clock tokens expire
   */
  Guard(AclOptions options, String datacenter, Supplier<StateVersion> state, LongSupplier millis) {
    this.on = options.enabled();
    this.datacenter = datacenter;
    this.defaultPolicy = options.defaultPolicy();
    this.keyListPolicy = options.keyListPolicy();
    this.state = state;
    this.millis = millis;
    this.reset = new BootstrapReset(options.resetFile());
    this.authorizers = new AuthorizerCache(datacenter, options.defaultPolicy());
  }

  /** What allows another bootstrap. */
  BootstrapReset reset() {
    return reset;
  }

  /** Whether access is kept; else nobody is asked for anything. */
  boolean isOn() {
    return on;
  }

  /**
   * What a token may do at a version; null for one that is unknown or has expired. Costs two
   * look-ups.
   */
  Authorizer authorizer(String secret, StateVersion version) {
    Token token = valid(secret, version);
    return token == null ? null : authorizers.of(version.access(), token);
  }

  private Token valid(String secret, StateVersion version) {
    Token token = version.access().bySecret(secret);
    return token == null || token.isExpired(millis.getAsLong()) ? null : token;
  }

  private Authorizer authorizer(Caller caller, StateVersion version) {
    return authorizer(secret(caller), version);
  }

  private static String secret(Caller caller) {
    return ((Caller.Bearer) caller).secret();
  }

  private boolean passes(Caller caller) {
    return !on || caller == Caller.SYSTEM;
  }

  /** The same for what this server looks at itself, by the newest state. */
  Cluster.AuthorizerAnswer answer(Caller caller) {
    if (passes(caller)) {
      return Cluster.AuthorizerAnswer.of(Unrestricted.INSTANCE);
    }
    Authorizer authorizer = authorizer(caller, state.get());
    return authorizer == null
        ? Cluster.AuthorizerAnswer.failed(Failure.DENIED, Texts.ACL_NOT_FOUND)
        : Cluster.AuthorizerAnswer.of(authorizer);
  }

  /** What a client agent needs to know of a token, by the newest state. */
  Forwarded.TokenReply resolve(Caller caller) {
    StateVersion version = state.get();
    Token token = on ? valid(secret(caller), version) : null;
    if (token == null) {
      return Forwarded.TokenReply.unknown();
    }
    try {
      return new Forwarded.TokenReply(
          token.id(),
          Authorizers.rules(version.access(), token, datacenter),
          defaultPolicy,
          token.expirationMillis());
    } catch (InvalidRulesException e) {
      return new Forwarded.TokenReply(token.id(), List.of(), Access.DENY, token.expirationMillis());
    }
  }

  // ---- single demands

  /** Why a caller may not, by the newest state; null when it may. */
  String denial(Caller caller, Demand demand) {
    return denial(caller, List.of(demand), state.get());
  }

  /** The same for what operators do. */
  String operator(Caller caller, Access access) {
    return denial(caller, Demand.of(Resource.OPERATOR, access));
  }

  /** Why a caller may not renew a session; null when it may. */
  String renewal(Caller caller, String session) {
    if (passes(caller)) {
      return null;
    }
    StateVersion version = state.get();
    return denial(caller, Demands.session(session, version), version);
  }

  private String denial(Caller caller, List<Demand> demands, StateVersion version) {
    if (passes(caller)) {
      return null;
    }
    Authorizer authorizer = authorizer(caller, version);
    if (authorizer == null) {
      return Texts.ACL_NOT_FOUND;
    }
    Demand missing = Demands.missing(demands, authorizer);
    return missing == null ? null : missing.denial(authorizer);
  }

  // ---- writes

  /**
   * Whether this server, leading, has applied all that was committed before its term: what it knows
   * of tokens is then as old as what it has not applied of its own.
   */
  boolean isSettled(Status status, StateVersion version) {
    if (!status.established()) {
      return false;
    }
    if (settledTerm != status.term()) {
      if (version.appliedIndex() < status.commitIndex()) {
        return false;
      }
      settledTerm = status.term();
    }
    return true;
  }

  /**
   * Why a command is not proposed; null when the caller may have it proposed. For a transaction its
   * errors, one for each operation that the caller may not.
   */
  WriteOutcome refusal(Caller caller, Command command, StateVersion version) {
    if (passes(caller)) {
      return null;
    }
    if (command instanceof Command.Txn txn) {
      return refusal(caller, txn, version);
    }
    String denial = denial(caller, Demands.of(command, version), version);
    return denial == null ? null : new WriteOutcome.NotApplied(Failure.DENIED, denial);
  }

  private WriteOutcome refusal(Caller caller, Command.Txn txn, StateVersion version) {
    Authorizer authorizer = authorizer(caller, version);
    if (authorizer == null) {
      return new WriteOutcome.NotApplied(Failure.DENIED, Texts.ACL_NOT_FOUND);
    }
    List<TxnOutcome.Error> errors = TxnDemands.errors(txn.ops(), version, authorizer);
    return errors.isEmpty()
        ? null
        : new WriteOutcome.Applied(
            version.appliedIndex(), new CommandResult.TxnDone(new TxnOutcome(List.of(), errors)));
  }

  /** What the caller may see of a write's outcome: a transaction reads as well. */
  WriteOutcome shown(Caller caller, WriteOutcome outcome) {
    if (passes(caller)
        || !(outcome instanceof WriteOutcome.Applied applied)
        || !(applied.result() instanceof CommandResult.TxnDone txn)) {
      return outcome;
    }
    Authorizer authorizer = authorizer(caller, state.get());
    TxnOutcome shown =
        authorizer == null
            ? new TxnOutcome(List.of(), txn.outcome().errors())
            : TxnDemands.shown(txn.outcome(), authorizer);
    return new WriteOutcome.Applied(applied.index(), new CommandResult.TxnDone(shown));
  }

  // ---- reads

  /**
   * What a caller sees of a result.
   *
   * @param result as this version answers the query
   */
  <R extends QueryResult> Seen<R> see(
      Caller caller, Query<R> query, R result, StateVersion version) {
    if (passes(caller)) {
      return Seen.all(result);
    }
    Authorizer authorizer = authorizer(caller, version);
    return authorizer == null
        ? Seen.denied(Texts.ACL_NOT_FOUND)
        : sifted(caller, authorizer, query, result, version);
  }

  /**
   * The same for many that ask: who asks alike with one token gets one object.
   *
   * @param seen of this version
   */
  <R extends QueryResult> Seen<R> seeShared(
      Caller caller,
      Query<R> query,
      R result,
      StateVersion version,
      ConcurrentHashMap<Sight, Seen<?>> seen) {
    if (passes(caller)) {
      return Seen.all(result);
    }
    Authorizer authorizer = authorizer(caller, version);
    if (authorizer == null) {
      return Seen.denied(Texts.ACL_NOT_FOUND);
    }
    Sight sight = new Sight(query, authorizer);
    Seen<?> known = seen.get(sight);
    if (known == null) {
      known = sifted(caller, authorizer, query, result, version);
      if (seen.size() < MAX_SEEN) {
        Seen<?> first = seen.putIfAbsent(sight, known);
        known = first == null ? known : first;
      }
    }
    return new Seen<>(query.result().cast(known.result()), known.filtered(), known.denial());
  }

  private <R extends QueryResult> Seen<R> sifted(
      Caller caller, Authorizer authorizer, Query<R> query, R result, StateVersion version) {
    Sieve.View view =
        new Sieve.View(
            version,
            authorizer,
            secret(caller),
            keyListPolicy,
            secret -> authorizer(secret, version));
    Sieve.Sifted<R> sifted = Sieve.sift(query, result, view);
    return sifted.missing() == null
        ? new Seen<>(sifted.result(), sifted.filtered(), null)
        : Seen.denied(sifted.missing().denial(authorizer));
  }
}
