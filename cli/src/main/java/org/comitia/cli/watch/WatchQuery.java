package org.comitia.cli.watch;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.comitia.cli.client.AgentClient;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.QueryParameters;

/** What is watched: one of the API's reads that block until something has changed. */
final class WatchQuery {
  /** What the options say; empty texts are options that were not given. */
  record Wish(
      String type,
      String key,
      String prefix,
      String service,
      List<String> tags,
      boolean passing,
      String state,
      String name,
      String datacenter,
      boolean stale) {}

  /** What was seen. @param index 64 bits without a sign */
  record Seen(long index, JsonValue value) {}

  private enum Kind {
    KEY,
    PREFIX,
    EVENTS,
    PLAIN
  }

  private static final String WAIT = "5m";

  /** The wait, the sixteenth that servers add to it, and some time to answer. */
  private static final Duration TIMEOUT = Duration.ofSeconds(300 + 19 + 60);

  private final Kind kind;
  private final String path;
  private final String parameters;

  private WatchQuery(Kind kind, String path, QueryParameters parameters) {
    this.kind = kind;
    this.path = path;
    this.parameters = parameters.toString();
  }

  /**
   * The query for what was asked for.
   *
   * @throws IllegalArgumentException saying what is missing
   */
  static WatchQuery of(Wish wish) {
    QueryParameters parameters =
        new QueryParameters()
            .add("dc", wish.datacenter())
            .flag("stale", wish.stale() && !wish.type().equals("event"));
    switch (wish.type()) {
      case "key":
        require(wish.key(), "Must specify a single key to watch");
        return new WatchQuery(Kind.KEY, "/v1/kv/" + AgentClient.path(wish.key()), parameters);
      case "keyprefix":
        require(wish.prefix(), "Must specify a single prefix to watch");
        return new WatchQuery(
            Kind.PREFIX,
            "/v1/kv/" + AgentClient.path(wish.prefix()),
            parameters.flag("recurse", true));
      case "services":
        return new WatchQuery(Kind.PLAIN, "/v1/catalog/services", parameters);
      case "nodes":
        return new WatchQuery(Kind.PLAIN, "/v1/catalog/nodes", parameters);
      case "service":
        require(wish.service(), "Must specify a single service to watch");
        wish.tags().forEach(tag -> parameters.add("tag", tag));
        return new WatchQuery(
            Kind.PLAIN,
            "/v1/health/service/" + AgentClient.path(wish.service()),
            parameters.add("passing", wish.passing() ? "1" : ""));
      case "checks":
        return checks(wish, parameters);
      case "event":
        return new WatchQuery(Kind.EVENTS, "/v1/event/list", parameters.add("name", wish.name()));
      default:
        throw new IllegalArgumentException("Unsupported watch type: " + wish.type());
    }
  }

  private static WatchQuery checks(Wish wish, QueryParameters parameters) {
    if (!wish.service().isEmpty() && !wish.state().isEmpty()) {
      throw new IllegalArgumentException("Cannot specify service and state");
    }
    String path =
        wish.service().isEmpty()
            ? "/v1/health/state/" + AgentClient.path(wish.state().isEmpty() ? "any" : wish.state())
            : "/v1/health/checks/" + AgentClient.path(wish.service());
    return new WatchQuery(Kind.PLAIN, path, parameters);
  }

  private static void require(String value, String otherwise) {
    if (value.isEmpty()) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /**
   * Reads; blocks for some five minutes at most when the index is not 0.
   *
   * @param index of what was seen last
   */
  Seen read(AgentClient agent, long index) throws AgentException {
    String separator = parameters.isEmpty() ? "?" : "&";
    String blocking =
        index == 0 ? "" : separator + "index=" + Long.toUnsignedString(index) + "&wait=" + WAIT;
    AgentClient.Answer answer = agent.find(path + parameters + blocking, TIMEOUT);
    if (!answer.found()) {
      if (kind == Kind.PLAIN || kind == Kind.EVENTS) {
        throw new AgentException("Unexpected response code: 404 (" + answer.text().strip() + ")");
      }
      return new Seen(answer.index(), JsonValue.NULL);
    }
    try {
      return new Seen(answer.index(), shaped(answer.json(), index));
    } catch (ClassCastException | NullPointerException | IllegalArgumentException e) {
      throw new AgentException("the answer of " + answer.path() + " has another shape: " + e);
    }
  }

  /**
   * The index to wait for next. One that went backwards begins anew, as the API asks for; events
   * have no order.
   */
  long next(long before, long seen) {
    return kind != Kind.EVENTS && Long.compareUnsigned(seen, before) < 0 ? 0 : seen;
  }

  private JsonValue shaped(JsonValue answer, long index) {
    return switch (kind) {
      case KEY -> pair((JsonObject) ((JsonArray) answer).get(0));
      case PREFIX -> pairs((JsonArray) answer);
      case EVENTS -> newer((JsonArray) answer, index);
      case PLAIN -> answer;
    };
  }

  private static JsonValue pairs(JsonArray answer) {
    JsonArrayBuilder pairs = Json.createArrayBuilder();
    answer.getValuesAs(JsonObject.class).forEach(pair -> pairs.add(pair(pair)));
    return pairs.build();
  }

  /** As Consul's own watches show a key: its session is there also when there is none. */
  private static JsonObject pair(JsonObject answer) {
    JsonObjectBuilder pair = Json.createObjectBuilder();
    for (String field :
        List.of("Key", "CreateIndex", "ModifyIndex", "LockIndex", "Flags", "Value")) {
      pair.add(field, answer.getOrDefault(field, JsonValue.NULL));
    }
    return pair.add("Session", answer.getString("Session", "")).build();
  }

  /** Only the events behind the one that was the last. */
  private static JsonArray newer(JsonArray events, long index) {
    for (int i = 0; i < events.size(); i++) {
      if (index(events.getJsonObject(i).getString("ID")) == index) {
        JsonArrayBuilder rest = Json.createArrayBuilder();
        events.subList(i + 1, events.size()).forEach(rest::add);
        return rest.build();
      }
    }
    return events;
  }

  /** An event's id as the index that event lists carry: its halves, combined. */
  private static long index(String id) {
    UUID uuid = UUID.fromString(id);
    return uuid.getMostSignificantBits() ^ uuid.getLeastSignificantBits();
  }
}
