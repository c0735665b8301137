package org.comitia.web.operator;

import com.fasterxml.jackson.core.JsonGenerator;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import org.comitia.agent.Agent;
import org.comitia.cluster.KeyOperation;
import org.comitia.cluster.KeyringReply;
import org.comitia.web.http.Answers;
import org.comitia.web.http.AuditLog;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Json;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;
import org.comitia.web.http.RequestLog;

/** The requests of {@code /v1/operator/keyring}. No text here holds a key but that of a list. */
@ApplicationScoped
public class KeyringRequests {
  private static final int MAX_RELAY_FACTOR = 5;

  private Answers answers;
  private Agent agent;

  /** For the container's proxy. */
  protected KeyringRequests() {}

  @Inject
  public KeyringRequests(Answers answers, Agent agent) {
    this.answers = answers;
    this.agent = agent;
  }

  /**
   * Has all members do it.
   *
   * @throws Refusal when the request is wrong
   */
  public CompletionStage<Reply> carryOut(Call call, KeyOperation operation) {
    boolean lists = operation == KeyOperation.LIST;
    String text = lists ? "" : Fields.of(call.body(), Bodies.KEYRING).text("Key");
    checkRelayFactor(call.query().get("relay-factor"));
    checkLocalOnly(call.query().get("local-only"), lists);
    String datacenter = answers.ourDatacenter();
    byte[] key;
    try {
      key = Fields.base64(text);
    } catch (IllegalArgumentException e) {
      throw Refusal.error(several(List.of(problem(datacenter, e.getMessage()))));
    }
    return answers.later(
        call,
        agent.keyring(operation, key),
        reply -> {
          if (reply.refusal() != null) {
            return failed(call, reply.refusal());
          }
          if (!lists) {
            String how = reply.error().isEmpty() ? "" : ", not by all: " + reply.error();
            AuditLog.changed(
                call,
                call.visitor().authorizer().accessor(),
                "changed the keyring: " + operation + how);
          }
          if (!reply.error().isEmpty()) {
            List<String> problems = new ArrayList<>();
            problems.add(problem(datacenter, reply.error()));
            new TreeMap<>(reply.messages())
                .forEach((node, message) -> problems.add(node + ": " + message));
            return failed(call, several(problems));
          }
          if (lists) {
            return Reply.json(call, out -> write(out, datacenter, reply));
          }
          return Reply.empty(200);
        });
  }

  private static Reply failed(Call call, String text) {
    RequestLog.error(call, text);
    return Reply.text(500, text);
  }

  private static String problem(String datacenter, String error) {
    return datacenter + " (LAN) error: " + error;
  }

  /** As Go's multierror writes them. */
  private static String several(List<String> problems) {
    return (problems.size() == 1 ? "1 error" : problems.size() + " errors")
        + " occurred:\n\t* "
        + String.join("\n\t* ", problems)
        + "\n\n";
  }

  /** Answers are relayed by nobody here: connections do not lose them. */
  private static void checkRelayFactor(String text) {
    if (text.isEmpty()) {
      return;
    }
    int factor;
    try {
      factor = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw Refusal.badRequest(
          "Error parsing relay factor: strconv.Atoi: parsing \"" + text + "\": invalid syntax");
    }
    if (factor < 0 || factor > MAX_RELAY_FACTOR) {
      throw Refusal.badRequest("Invalid relay-factor: Relay factor must be in range: [0, 5]");
    }
  }

  /** There is one pool of members: all is local. */
  private static void checkLocalOnly(String text, boolean lists) {
    boolean local =
        switch (text) {
          case "1", "t", "T", "TRUE", "true", "True" -> true;
          case "", "0", "f", "F", "FALSE", "false", "False" -> false;
          default ->
              throw Refusal.badRequest(
                  "Error parsing local-only: strconv.ParseBool: parsing \""
                      + text
                      + "\": invalid syntax");
        };
    if (local && !lists) {
      throw Refusal.badRequest(
          "Invalid use of local-only: local-only can only be set for list requests");
    }
  }

  private static void write(JsonGenerator out, String datacenter, KeyringReply reply)
      throws IOException {
    out.writeStartArray();
    out.writeStartObject();
    out.writeBooleanField("WAN", false);
    Json.text(out, "Datacenter", datacenter);
    Json.text(out, "Segment", "");
    if (!reply.messages().isEmpty()) {
      Json.textMap(out, "Messages", reply.messages());
    }
    counts(out, "Keys", reply.keys());
    counts(out, "PrimaryKeys", reply.primaryKeys());
    out.writeNumberField("NumNodes", reply.nodes());
    out.writeEndObject();
    out.writeEndArray();
  }

  private static void counts(JsonGenerator out, String field, Map<String, Integer> counts)
      throws IOException {
    out.writeObjectFieldStart(field);
    for (Map.Entry<String, Integer> one : new TreeMap<>(counts).entrySet()) {
      out.writeNumberField(one.getKey(), one.getValue());
    }
    out.writeEndObject();
  }
}
