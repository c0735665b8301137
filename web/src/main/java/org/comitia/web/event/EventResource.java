package org.comitia.web.event;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;
import org.comitia.agent.event.Events;
import org.comitia.cluster.Failure;
import org.comitia.cluster.UserEvent;
import org.comitia.guard.Demand;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** {@code /v1/event}: told from agent to agent, kept by none for long. Needs no leader. */
@ApplicationScoped
@Path("/v1/event")
public class EventResource {
  @Inject Events events;
  @Inject Answers answers;
  @Context HttpServletRequest request;

  @PUT
  @Path("fire")
  public Answer fire() {
    Call call = Call.of(request);
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing name");
    }
    QueryString query = call.query();
    answers.requireOurDatacenter(query.get("dc"));
    Demand write = Demand.of(Resource.EVENT, call.name(), Access.WRITE);
    if (!write.isMetBy(call.visitor().authorizer())) {
      throw new Refusal(403, write.denial(call.visitor().authorizer()));
    }
    UserEvent event =
        new UserEvent(
            UUID.randomUUID(),
            call.name(),
            call.body(),
            query.get("node"),
            query.get("service"),
            query.get("tag"),
            0);
    Events.Problem problem = events.fire(event);
    if (problem != null) {
      throw problem.overLimit()
          ? Refusal.badRequest(problem.text())
          : Refusal.error(problem.text());
    }
    return Answer.of(Reply.json(call, out -> EventJson.event(out, event)));
  }

  /** Blocks while the last event is the one that the client knows. */
  @GET
  @Path("list")
  public Answer list() {
    return new Answer(list(Call.of(request)));
  }

  CompletionStage<Reply> list(Call call) {
    long known = index(call.query().get("index"));
    Duration wait = answers.readOptions(call).maxWait();
    CompletableFuture<Reply> answer = new CompletableFuture<>();
    await(call, known, System.nanoTime() + wait.toNanos(), answer);
    return answer;
  }

  /**
   * Waits first and looks then, so that what comes in between is not missed. An event of another
   * name is not what is waited for.
   */
  private void await(Call call, long known, long untilNanos, CompletableFuture<Reply> answer) {
    long left = untilNanos - System.nanoTime();
    Optional<CompletionStage<Boolean>> next =
        known == 0 || left <= 0 ? Optional.empty() : events.next(Duration.ofNanos(left));
    Named now = named(call);
    if (known == 0 || left <= 0 || indexOf(now.events()) != known) {
      answer.complete(reply(call, now));
    } else if (next.isEmpty()) {
      answer.complete(
          Outcomes.failed(
              call,
              Failure.OVERLOADED,
              "COM4021: no more requests can wait for events here: send it again later"));
    } else {
      next.get()
          .thenAccept(
              another -> {
                if (another) {
                  await(call, known, untilNanos, answer);
                } else {
                  answer.complete(reply(call, named(call)));
                }
              })
          .exceptionally(
              problem -> {
                answer.complete(Outcomes.thrown(call, problem));
                return null;
              });
    }
  }

  /** What is asked for, but for what may not be seen. */
  private record Named(List<UserEvent> events, boolean filtered) {}

  /** The token may be gone by now: a 403 is thrown then. */
  private Named named(Call call) {
    String name = call.query().get("name");
    Authorizer authorizer = answers.authorizer(call);
    List<UserEvent> all =
        events.recent().stream()
            .filter(event -> name.isEmpty() || event.name().equals(name))
            .toList();
    List<UserEvent> kept =
        all.stream()
            .filter(event -> authorizer.allows(Resource.EVENT, event.name(), Access.READ))
            .toList();
    return new Named(kept, kept.size() < all.size());
  }

  private static Reply reply(Call call, Named named) {
    Reply reply =
        Reply.json(call, out -> EventJson.events(out, named.events()))
            .header("X-Consul-Index", Long.toUnsignedString(indexOf(named.events())));
    return named.filtered() ? reply.header(Answers.FILTERED, "true") : reply;
  }

  /** From the last event's id: it tells one from another and no order. */
  private static long indexOf(List<UserEvent> events) {
    if (events.isEmpty()) {
      return 1;
    }
    UUID last = events.get(events.size() - 1).id();
    return last.getMostSignificantBits() ^ last.getLeastSignificantBits();
  }

  private static long index(String text) {
    try {
      return text.isEmpty() ? 0 : Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw Refusal.badRequest("Invalid index");
    }
  }
}
