package org.comitia.web.kv;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;
import org.comitia.state.Command;
import org.comitia.state.Keys;
import org.comitia.state.KvEntry;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Answers.Metadata;
import org.comitia.web.http.Call;
import org.comitia.web.http.Numbers;
import org.comitia.web.http.Octets;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.session.Sessions;

/** The requests of {@code /v1/kv} with their parameters, defaults and texts. */
@ApplicationScoped
public class KvRequests {
  private static final String APPLY_FAILED = "raft apply failed: ";

  private Answers answers;

  /** For the container's proxy. */
  protected KvRequests() {}

  @Inject
  public KvRequests(Answers answers) {
    this.answers = answers;
  }

  /**
   * {@code GET}, plain, {@code recurse}, {@code keys} or {@code raw}.
   *
   * @throws Refusal when the parameters are wrong
   */
  public CompletionStage<Reply> get(Call call) {
    QueryString parameters = call.query();
    if (parameters.has("keys")) {
      String prefix = key(call);
      // Consul knows a spelling mistake of its own as well.
      String separator = parameters.octets(parameters.has("separator") ? "separator" : "seperator");
      return answers.read(
          call,
          new Query.KvKeys(prefix, keyOf(separator)),
          Metadata.PLAIN,
          result -> keys(call, prefix, result));
    }
    if (parameters.has("recurse")) {
      return answers.read(
          call, new Query.KvList(key(call)), Metadata.PLAIN, result -> entries(call, result));
    }
    return answers.read(
        call,
        new Query.KvGet(requiredKey(call)),
        Metadata.PLAIN,
        result -> entry(call, result.entry()));
  }

  private static Reply keys(Call call, String prefix, QueryResult.KvKeyList list) {
    if (list.keys().isEmpty() && !prefix.isEmpty()) {
      return Reply.empty(404);
    }
    return Reply.json(call, out -> KvJson.keys(out, list.keys()));
  }

  private static Reply entries(Call call, QueryResult.KvEntries list) {
    return list.entries().isEmpty()
        ? Reply.empty(404)
        : Reply.json(call, out -> KvJson.entries(out, list.entries()));
  }

  private static Reply entry(Call call, KvEntry entry) {
    if (entry == null) {
      return Reply.empty(404);
    }
    return call.query().has("raw")
        ? Reply.raw(call, entry.value())
        : Reply.json(call, out -> KvJson.entry(out, entry));
  }

  /**
   * {@code PUT}, plain or with {@code flags}, {@code cas}, {@code acquire} or {@code release}.
   *
   * @throws Refusal when the parameters are wrong
   */
  public CompletionStage<Reply> put(Call call) {
    QueryString parameters = call.query();
    answers.requireOurDatacenter(parameters.get("dc"));
    String key = requiredKey(call);
    refuseConflict(parameters, "cas", "acquire", "release");
    long flags = parameters.has("flags") ? unsigned(parameters.get("flags")) : 0;
    Long cas = parameters.has("cas") ? (Long) unsigned(parameters.get("cas")) : null;
    if (parameters.has("acquire")) {
      String session = Sessions.canonical(parameters.get("acquire"));
      return write(call, new Command.KvAcquire(key, call.body(), flags, session))
          .thenApply(reply -> explained(session, reply));
    }
    if (parameters.has("release")) {
      String session = Sessions.canonical(parameters.get("release"));
      return write(call, new Command.KvRelease(key, call.body(), flags, session));
    }
    return write(call, new Command.KvPut(key, call.body(), flags, cas));
  }

  /** What could not be applied is told with Consul's prefix. */
  private CompletionStage<Reply> write(Call call, Command command) {
    return answers.write(call, command, APPLY_FAILED);
  }

  /** The leader is asked first; what it does not know as a session may be no id at all. */
  private static Reply explained(String session, Reply reply) {
    String problem = session.isEmpty() ? null : Sessions.lookupProblem(session);
    String text = new String(reply.body(), StandardCharsets.UTF_8);
    return problem != null && text.startsWith(APPLY_FAILED + "invalid session")
        ? Reply.text(reply.status(), APPLY_FAILED + problem)
        : reply;
  }

  /**
   * {@code DELETE}, plain, {@code recurse} or with {@code cas}.
   *
   * @throws Refusal when the parameters are wrong
   */
  public CompletionStage<Reply> delete(Call call) {
    QueryString parameters = call.query();
    answers.requireOurDatacenter(parameters.get("dc"));
    refuseConflict(parameters, "recurse", "cas");
    if (parameters.has("recurse")) {
      return write(call, new Command.KvDeleteTree(key(call)));
    }
    String key = requiredKey(call);
    Long cas = parameters.has("cas") ? (Long) unsigned(parameters.get("cas")) : null;
    return write(call, new Command.KvDelete(key, cas));
  }

  private static String requiredKey(Call call) {
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing key name");
    }
    return key(call);
  }

  private static String key(Call call) {
    return keyOf(call.rest());
  }

  private static String keyOf(String octets) {
    for (int i = 0; i < octets.length(); i++) {
      if (octets.charAt(i) >= 0x80) {
        return Keys.fromBytes(Octets.bytes(octets));
      }
    }
    return octets;
  }

  private static void refuseConflict(QueryString parameters, String... names) {
    int found = 0;
    for (String name : names) {
      found += parameters.has(name) ? 1 : 0;
    }
    if (found > 1) {
      throw Refusal.badRequest("Conflicting flags: " + parameters.encode());
    }
  }

  private static long unsigned(String text) {
    try {
      return Numbers.parseUnsigned(text);
    } catch (NumberFormatException e) {
      throw Refusal.error(e.getMessage());
    }
  }
}
