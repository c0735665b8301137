package org.comitia.web.event;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.comitia.agent.event.Events;
import org.comitia.consensus.port.UserEvent;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.QueryString;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** {@code /v1/event}: told from agent to agent, kept by none for long. Needs no leader. */
@RequestScoped
@Path("/v1/event")
public class EventResource {
  @Inject Events events;
  @Inject Answers answers;
  @Context HttpServletRequest request;

  @PUT
  @Path("fire")
  public Response fire() {
    Call call = Call.of(request);
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing name");
    }
    QueryString query = call.query();
    answers.requireOurDatacenter(query.get("dc"));
    UserEvent event =
        new UserEvent(
            UUID.randomUUID(),
            call.name(),
            call.body(),
            query.get("node"),
            query.get("service"),
            query.get("tag"),
            0);
    String problem = events.fire(event);
    if (problem != null) {
      throw Refusal.error(problem);
    }
    return Reply.json(call, out -> EventJson.event(out, event)).toResponse();
  }

  /** Blocks while the last event is the one that the client knows. */
  @GET
  @Path("list")
  public CompletionStage<Response> list() {
    Call call = Call.of(request);
    long known = index(call.query().get("index"));
    Duration wait = answers.readOptions(call).maxWait();
    List<UserEvent> now = named(call);
    if (known == 0 || indexOf(now) != known) {
      return CompletableFuture.completedFuture(reply(call, now).toResponse());
    }
    return answers.response(await(call, known, System.nanoTime() + wait.toNanos()));
  }

  /** An event of another name, or one that came while we looked, is not what is waited for. */
  private CompletionStage<Reply> await(Call call, long known, long untilNanos) {
    Duration left = Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime()));
    return events
        .next(left)
        .thenCompose(
            nothing -> {
              List<UserEvent> now = named(call);
              return indexOf(now) != known || System.nanoTime() - untilNanos >= 0
                  ? CompletableFuture.completedFuture(reply(call, now))
                  : await(call, known, untilNanos);
            });
  }

  private List<UserEvent> named(Call call) {
    String name = call.query().get("name");
    return events.recent().stream()
        .filter(event -> name.isEmpty() || event.name().equals(name))
        .toList();
  }

  private static Reply reply(Call call, List<UserEvent> events) {
    return Reply.json(call, out -> EventJson.events(out, events))
        .header("X-Consul-Index", Long.toUnsignedString(indexOf(events)));
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
