package org.comitia.web.operator;

import com.fasterxml.jackson.core.JsonGenerator;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.io.IOException;
import org.comitia.cluster.Cluster;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.Json;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** {@code /v1/operator}: the Raft configuration, and who leads. */
@ApplicationScoped
@Path("/v1/operator")
public class OperatorResource {
  /** The version of the Raft protocol in which Consul's servers are called by their ids. */
  private static final String PROTOCOL_VERSION = "3";

  @Inject Answers answers;
  @Inject Cluster cluster;
  @Context HttpServletRequest request;

  @GET
  @Path("raft/configuration")
  public Answer raftConfiguration() {
    Call call = Call.of(request);
    answers.requireOurDatacenter(call.query().get("dc"));
    return new Answer(
        answers.later(
            call,
            cluster.configuration(call.caller(), call.query().has("stale")),
            answer ->
                answer.failure() == null
                    ? Reply.json(call, out -> write(out, answer))
                    : Outcomes.failed(call, answer.failure(), answer.message())));
  }

  @DELETE
  @Path("raft/peer")
  public Answer removePeer() {
    Call call = Call.of(request);
    String id = call.query().get("id");
    String address = call.query().get("address");
    if (id.isEmpty() && address.isEmpty()) {
      throw Refusal.badRequest(
          "Bad request: Must specify either ?id with the server's ID or ?address with IP:port of peer to remove");
    }
    if (!id.isEmpty() && !address.isEmpty()) {
      throw Refusal.badRequest("Bad request: Must specify only one of ?id or ?address");
    }
    answers.requireOurDatacenter(call.query().get("dc"));
    return new Answer(
        answers.later(
            call,
            cluster.removePeer(call.caller(), id, address),
            answer ->
                answer.failure() == null
                    ? Reply.empty(200)
                    : Outcomes.failed(call, answer.failure(), answer.message())));
  }

  @POST
  @Path("raft/transfer-leader")
  public Answer transferLeader() {
    Call call = Call.of(request);
    answers.requireOurDatacenter(call.query().get("dc"));
    return new Answer(
        answers.later(
            call,
            cluster.transferLeader(call.caller(), call.query().get("id")),
            answer ->
                answer.failure() == null
                    ? Reply.json(call, OperatorResource::writeSuccess)
                    : Outcomes.failed(call, answer.failure(), answer.message())));
  }

  private static void writeSuccess(JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeBooleanField("Success", true);
    out.writeEndObject();
  }

  private static void write(JsonGenerator out, Cluster.ConfigurationAnswer answer)
      throws IOException {
    out.writeStartObject();
    out.writeArrayFieldStart("Servers");
    for (Cluster.Peer peer : answer.servers()) {
      out.writeStartObject();
      Json.text(out, "ID", peer.id());
      Json.text(out, "Node", peer.node());
      Json.text(out, "Address", peer.address());
      out.writeBooleanField("Leader", peer.leader());
      out.writeStringField("ProtocolVersion", PROTOCOL_VERSION);
      out.writeBooleanField("Voter", peer.voter());
      Json.unsigned(out, "LastIndex", peer.lastIndex());
      out.writeEndObject();
    }
    out.writeEndArray();
    Json.unsigned(out, "Index", answer.index());
    out.writeEndObject();
  }
}
