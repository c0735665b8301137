package org.comitia.agent.local;

import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletionStage;
import org.comitia.access.Authorizer;
import org.comitia.access.Unrestricted;
import org.comitia.state.Check;
import org.comitia.state.CheckStatus;
import org.comitia.state.Service;

/**
 * The services and checks of this agent ({@code /v1/agent/service}, {@code /v1/agent/check}). Needs
 * no leader. Nothing blocks: changes are done one after the other elsewhere, and a stage completes
 * when the change is saved and in every later {@link #view()}; the catalog follows by itself. Safe
 * for any thread.
 */
public interface LocalServices {
  /** How a change ended. */
  enum Result {
    DONE,
    /** The request itself is wrong: 400. */
    INVALID,
    /** It names what is not there: 404. */
    UNKNOWN,
    /** 500. */
    FAILED,
    /** Whoever asks may not: 403. */
    DENIED,
    /** This node does not run: 503. */
    UNAVAILABLE
  }

  /**
   * @param message Consul's text; empty for {@link Result#DONE}
   */
  record Outcome(Result result, String message) {
    static final Outcome DONE = new Outcome(Result.DONE, "");

    static Outcome invalid(String message) {
      return new Outcome(Result.INVALID, message);
    }

    static Outcome unknown(String message) {
      return new Outcome(Result.UNKNOWN, message);
    }

    static Outcome denied(String message) {
      return new Outcome(Result.DENIED, message);
    }

    public static Outcome failed(String message) {
      return new Outcome(Result.FAILED, message);
    }
  }

  /**
   * Who asks for a change.
   *
   * @param authorizer what it may
   * @param secret of its token, by which the catalog is written; empty for none
   */
  record Asker(Authorizer authorizer, String secret) {
    /** Where nobody keeps access. */
    public static final Asker ANYBODY = new Asker(Unrestricted.INSTANCE, "");

    /** Without the secret, since it may end in a log. */
    @Override
    public String toString() {
      return "Asker[" + authorizer.accessor() + "]";
    }
  }

  /**
   * All of them at one moment; their indexes are 0.
   *
   * @param services by id
   * @param checks by id
   */
  record View(SortedMap<String, Service> services, SortedMap<String, Check> checks) {
    public static final View EMPTY =
        new View(java.util.Collections.emptySortedMap(), java.util.Collections.emptySortedMap());
  }

  View view();

  /**
   * Completes at the next change of a service, or of a check's status or output; never for an
   * update that changed nothing. Nobody need cancel it.
   */
  CompletionStage<Void> changed();

  /**
   * Registers a service with its checks, or changes it.
   *
   * @param definition the request's body as maps, lists, texts, numbers and truth values
   * @param replaceExistingChecks checks of this service that are not in the definition go
   */
  CompletionStage<Outcome> registerService(
      Asker asker, Map<?, ?> definition, boolean replaceExistingChecks);

  /** Also for a service that is not there. */
  CompletionStage<Outcome> deregisterService(Asker asker, String id);

  /**
   * @param definition as for {@link #registerService}
   */
  CompletionStage<Outcome> registerCheck(Asker asker, Map<?, ?> definition);

  CompletionStage<Outcome> deregisterCheck(Asker asker, String id);

  /** The heartbeat of a TTL check. */
  CompletionStage<Outcome> updateCheck(Asker asker, String id, CheckStatus status, String output);

  /**
   * @param reason empty for Consul's default text
   */
  CompletionStage<Outcome> serviceMaintenance(
      Asker asker, String id, boolean enable, String reason);

  /**
   * @param reason empty for Consul's default text
   */
  CompletionStage<Outcome> nodeMaintenance(Asker asker, boolean enable, String reason);
}
