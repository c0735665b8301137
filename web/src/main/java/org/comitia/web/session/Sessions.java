package org.comitia.web.session;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.comitia.config.GoDuration;
import org.comitia.state.Session;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Json;
import org.comitia.web.http.Refusal;

/** Sessions as requests name and describe them, and as Consul writes them. */
public final class Sessions {
  private static final String SERF_HEALTH = "serfHealth";
  private static final long DEFAULT_LOCK_DELAY = Duration.ofSeconds(15).toNanos();

  /** A lock-delay of less is meant as seconds. */
  private static final long LEAST_NANOS = 1_000;

  private Sessions() {}

  /** An id as the state has it: Consul reads UUIDs whatever their case. */
  public static String canonical(String id) {
    return id.toLowerCase(Locale.ROOT);
  }

  /**
   * The id that a path names.
   *
   * @throws Refusal 500 with the text of Consul's index when it is no UUID
   */
  static String id(String text) {
    String problem = lookupProblem(text);
    if (problem != null) {
      throw Refusal.error(problem);
    }
    return canonical(text);
  }

  /** Why there can be no session with this id, in the words of Consul's index; null for a UUID. */
  public static String lookupProblem(String text) {
    String problem = problem(text);
    return problem == null ? null : "failed session lookup: index error: " + problem;
  }

  private static String problem(String text) {
    if (text.length() != 36) {
      return "UUID must be 36 characters";
    }
    long hyphens = text.chars().filter(c -> c == '-').count();
    if (hyphens > 4) {
      return "UUID should have maximum of 4 \"-\"; got " + hyphens;
    }
    String digits = text.replace("-", "");
    if (digits.length() % 2 != 0) {
      return "Input (without hyphens) must be even length";
    }
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (c >= 0x80 || Character.digit(c, 16) < 0) {
        return "Invalid UUID: encoding/hex: invalid byte: U+%04X '%s'".formatted((int) c, c);
      }
    }
    return null;
  }

  /**
   * A new session, as a body describes it.
   *
   * @param ownNode the agent that was asked
   * @throws Refusal 400 when a field has another type, 500 when its behaviour is unknown
   */
  static Session create(Fields body, String ownNode) {
    return new Session(
        UUID.randomUUID().toString(),
        body.text("Name"),
        body.value("Node") == null ? ownNode : body.text("Node"),
        lockDelay(body),
        behavior(body.text("Behavior")),
        body.text("TTL"),
        nodeChecks(body),
        body.fieldsList("ServiceChecks").stream().map(check -> check.text("ID")).toList(),
        0,
        0);
  }

  /** {@code "15s"}, or nanoseconds, or, if it is a small number, seconds. */
  private static long lockDelay(Fields body) {
    Object given = body.value("LockDelay");
    if (given == null) {
      return DEFAULT_LOCK_DELAY;
    }
    long nanos = given instanceof Number number ? number.longValue() : 0;
    if (given instanceof String text) {
      try {
        nanos = GoDuration.parse(text).toNanos();
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw Refusal.badRequest("Request decode failed: time: invalid duration \"" + text + "\"");
      }
    }
    if (nanos < 0) {
      return 0;
    }
    return nanos < LEAST_NANOS ? Duration.ofSeconds(nanos).toNanos() : nanos;
  }

  private static Session.Behavior behavior(String text) {
    return switch (text) {
      case "", "release" -> Session.Behavior.RELEASE;
      case "delete" -> Session.Behavior.DELETE;
      default -> throw Refusal.error("Invalid Behavior setting '" + text + "'");
    };
  }

  /** {@code Checks}, as until Consul 1.7, come on top; an empty list of either asks for none. */
  private static List<String> nodeChecks(Fields body) {
    List<String> checks = body.texts("Checks");
    boolean noChecks = body.value("Checks") != null && checks.isEmpty();
    List<String> nodeChecks =
        body.value("NodeChecks") == null ? List.of(SERF_HEALTH) : body.texts("NodeChecks");
    if (noChecks || nodeChecks.isEmpty()) {
      return List.of();
    }
    LinkedHashSet<String> all = new LinkedHashSet<>(nodeChecks);
    all.addAll(checks);
    return new ArrayList<>(all);
  }

  static void list(JsonGenerator out, List<Session> sessions) throws IOException {
    out.writeStartArray();
    for (Session session : sessions) {
      session(out, session);
    }
    out.writeEndArray();
  }

  private static void session(JsonGenerator out, Session session) throws IOException {
    out.writeStartObject();
    Json.text(out, "ID", session.id());
    Json.text(out, "Name", session.name());
    Json.text(out, "Node", session.node());
    out.writeNumberField("LockDelay", session.lockDelayNanos());
    Json.text(out, "Behavior", session.behavior().name().toLowerCase(Locale.ROOT));
    Json.text(out, "TTL", session.ttl());
    Json.texts(out, "NodeChecks", session.nodeChecks());
    out.writeFieldName("ServiceChecks");
    if (session.serviceChecks().isEmpty()) {
      out.writeNull();
    } else {
      out.writeStartArray();
      for (String check : session.serviceChecks()) {
        out.writeStartObject();
        Json.text(out, "ID", check);
        Json.text(out, "Namespace", "");
        out.writeEndObject();
      }
      out.writeEndArray();
    }
    Json.unsigned(out, "CreateIndex", session.createIndex());
    Json.unsigned(out, "ModifyIndex", session.modifyIndex());
    out.writeEndObject();
  }
}
