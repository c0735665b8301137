package org.comitia.web.acl;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.comitia.access.AccessObject;
import org.comitia.access.NodeIdentity;
import org.comitia.access.ServiceIdentity;
import org.comitia.cluster.Caller;
import org.comitia.config.DeployedSettings;
import org.comitia.config.InvalidSettingsException;
import org.comitia.state.Command;
import org.comitia.state.Names;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Answers.Metadata;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Json;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** What the requests of {@code /v1/acl} have in common. */
@ApplicationScoped
public class AclRequests {
  /** Consul's text for a token or a policy that is not there. */
  static final String NOT_FOUND = "ACL not found";

  /** Policies or roles of one token or role; the servers refuse more. */
  private static final int MAX_LINKS = 1_000;

  private static final int FORBIDDEN = 403;

  private Answers answers;
  private boolean enabled;

  /** For the container's proxy. */
  protected AclRequests() {}

  @Inject
  public AclRequests(Answers answers) {
    this(answers, deployed());
  }

  /** Where the settings are invalid the node says so elsewhere, and serves nothing. */
  private static boolean deployed() {
    try {
      return DeployedSettings.load().acl().enabled();
    } catch (InvalidSettingsException e) {
      return false;
    }
  }

  /**
   * @param enabled {@code acl.enabled}
   */
  AclRequests(Answers answers, boolean enabled) {
    this.answers = answers;
    this.enabled = enabled;
  }

  public Answers answers() {
    return answers;
  }

  /**
   * @throws Refusal 401 where there is no access control
   */
  public void requireEnabled() {
    if (!enabled) {
      throw new Refusal(401, "ACL support disabled");
    }
  }

  /**
   * @throws Refusal 500 when the request is for another datacenter
   */
  public void requireOurDatacenter(Call call) {
    answers.requireOurDatacenter(call.query().get("dc"));
  }

  /**
   * The id or name that a path ends with.
   *
   * @param what for the text, e.g. {@code policy ID}
   * @throws Refusal 400 when it is empty
   */
  static String required(Call call, String what) {
    if (call.name().isEmpty()) {
      throw Refusal.badRequest("Missing " + what);
    }
    return call.name();
  }

  /** An id as the state has it. */
  static String id(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  // ---- reads

  public CompletionStage<Reply> read(
      Call call,
      Query<QueryResult.AccessObjects> query,
      Function<QueryResult.AccessObjects, Reply> render) {
    return answers.read(call, query, Metadata.ON_ERRORS_TOO, render);
  }

  /**
   * All of a kind.
   *
   * @param list writes them, without those that the request does not ask for
   */
  public CompletionStage<Reply> list(
      Call call, AccessObject.Kind kind, BiFunction<AclJson, List<AccessObject>, Json.Body> list) {
    return read(
        call,
        new Query.AccessList(kind),
        found -> Reply.json(call, list.apply(new AclJson(found.names()), found.objects())));
  }

  /** The only object of an answer; null for none. */
  static AccessObject only(QueryResult.AccessObjects found) {
    return found.objects().isEmpty() ? null : found.objects().get(0);
  }

  // ---- writes

  /** Sets an object and answers with what is there then. */
  public CompletionStage<Reply> set(Call call, AccessObject object, boolean create) {
    return written(
        call,
        call.caller(),
        new Command.AccessSet(object, create),
        new Query.AccessGet(object.kind(), object.id()),
        found -> Reply.json(call, out -> new AclJson(found.names()).object(out, only(found))));
  }

  /**
   * Carries out a command, then answers from what is there.
   *
   * @param reader on whose behalf that is looked at
   * @param query for what the command has made
   */
  public CompletionStage<Reply> written(
      Call call,
      Caller reader,
      Command command,
      Query<QueryResult.AccessObjects> query,
      Function<QueryResult.AccessObjects, Reply> render) {
    return answers
        .write(call, command, "", done -> Reply.empty(200))
        .thenCompose(
            reply ->
                reply.status() != 200
                    ? CompletableFuture.completedFuture(reply)
                    : answers
                        .ask(call, reader, query)
                        .thenApply(
                            found ->
                                only(found) == null
                                    ? Reply.text(FORBIDDEN, NOT_FOUND) // somebody was faster
                                    : render.apply(found)));
  }

  /** Deletes one; that it is not there is no mistake. */
  public CompletionStage<Reply> delete(Call call, AccessObject.Kind kind, String id) {
    return answers.write(
        call,
        new Command.AccessDelete(kind, id(id)),
        "",
        done -> Reply.json(call, out -> out.writeBoolean(true)));
  }

  // ---- links

  /**
   * A link in a body.
   *
   * @param id empty when the name says which
   */
  record Link(String id, String name) {
    /** Those that a field of a body holds. */
    static List<Link> of(Fields body, String field) {
      List<Fields> links = body.fieldsList(field);
      if (links.size() > MAX_LINKS) {
        throw Refusal.badRequest("more than " + MAX_LINKS + " " + field + ": " + links.size());
      }
      return links.stream().map(link -> new Link(link.text("ID"), link.text("Name"))).toList();
    }
  }

  /**
   * The ids of what a body links to by id or by name.
   *
   * @return fails with a {@link Refusal} when there is none of a name
   */
  public CompletionStage<List<String>> ids(Call call, AccessObject.Kind kind, List<Link> links) {
    List<String> ids = new ArrayList<>();
    CompletionStage<Void> all = CompletableFuture.completedFuture(null);
    for (Link link : links) {
      all = all.thenCompose(none -> id(call, kind, link)).thenAccept(ids::add);
    }
    return all.thenApply(none -> ids);
  }

  private CompletionStage<String> id(Call call, AccessObject.Kind kind, Link link) {
    if (!link.id().isEmpty()) {
      return CompletableFuture.completedFuture(id(link.id()));
    }
    return answers
        .ask(call, new Query.AccessGet(kind, link.name()))
        .thenApply(
            found -> {
              if (only(found) == null) {
                throw Refusal.error(
                    "No such ACL " + kind.text() + " with name " + Names.quote(link.name()));
              }
              return only(found).id();
            });
  }

  /** The service identities of a body. */
  static List<ServiceIdentity> serviceIdentities(Fields body) {
    return body.fieldsList("ServiceIdentities").stream()
        .map(one -> new ServiceIdentity(one.text("ServiceName"), one.texts("Datacenters")))
        .toList();
  }

  /** The node identities of a body. */
  static List<NodeIdentity> nodeIdentities(Fields body) {
    return body.fieldsList("NodeIdentities").stream()
        .map(one -> new NodeIdentity(one.text("NodeName"), one.text("Datacenter")))
        .toList();
  }
}
