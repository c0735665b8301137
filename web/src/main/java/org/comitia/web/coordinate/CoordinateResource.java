package org.comitia.web.coordinate;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.comitia.agent.Agent;
import org.comitia.cluster.Member;
import org.comitia.state.Command;
import org.comitia.state.Coordinate;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.web.http.Answer;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Call;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** {@code /v1/coordinate}: network coordinates, which agents measure and the catalog keeps. */
@ApplicationScoped
@Path("/v1/coordinate")
public class CoordinateResource {
  private static final int DIMENSIONS = 8;

  @Inject Answers answers;
  @Inject Agent agent;
  @Context HttpServletRequest request;

  /** We are one datacenter, whose servers' coordinates among themselves are those of the nodes. */
  @GET
  @Path("datacenters")
  public Answer datacenters() {
    Call call = Call.of(request);
    String datacenter = answers.ourDatacenter();
    Set<String> servers =
        agent.members().stream()
            .filter(Member::isServer)
            .map(Member::name)
            .collect(Collectors.toSet());
    return answers.discover(
        call,
        new Query.Coordinates(),
        () ->
            result ->
                out -> {
                  List<Coordinate> theirs =
                      all(result).stream().filter(c -> servers.contains(c.node())).toList();
                  out.writeStartArray();
                  out.writeStartObject();
                  out.writeStringField("Datacenter", datacenter);
                  out.writeStringField("AreaID", "wan");
                  out.writeFieldName("Coordinates");
                  CoordinateJson.entries(out, theirs, "." + datacenter);
                  out.writeEndObject();
                  out.writeEndArray();
                });
  }

  private static List<Coordinate> all(QueryResult.CoordinateList result) {
    return result.coordinates();
  }

  @GET
  @Path("nodes")
  public Answer nodes() {
    Call call = Call.of(request);
    boolean chosen = call.query().has("segment");
    String segment = call.query().get("segment");
    return answers.discover(
        call,
        new Query.Coordinates(),
        () ->
            result ->
                out ->
                    CoordinateJson.entries(
                        out,
                        all(result).stream()
                            .filter(c -> !chosen || c.segment().equals(segment))
                            .toList()));
  }

  @GET
  @Path("node")
  public Answer node() {
    Call call = Call.of(request);
    if (call.rest().isEmpty()) {
      throw Refusal.badRequest("Missing node name");
    }
    return new Answer(
        answers.read(
            call,
            new Query.NodeCoordinates(call.name()),
            Answers.Metadata.WITH_CONSISTENCY,
            result ->
                all(result).isEmpty()
                    ? Reply.empty(404)
                    : Reply.json(call, out -> CoordinateJson.entries(out, all(result)))));
  }

  /** Written at once, where Consul collects updates for some seconds. */
  @PUT
  @Path("update")
  public Answer update() {
    Call call = Call.of(request);
    Coordinate coordinate = coordinate(Fields.of(call.body(), Bodies.COORDINATE));
    return new Answer(
        answers.write(
            call,
            new Command.CoordinateUpdate(List.of(coordinate)),
            "",
            result -> Reply.empty(200)));
  }

  private Coordinate coordinate(Fields body) {
    answers.requireOurDatacenter(body.text("Datacenter"));
    Fields given = body.fields("Coord");
    List<Double> vec = given == null ? List.of() : given.reals("Vec");
    if (vec.size() != DIMENSIONS) {
      throw Refusal.error("incompatible coordinate");
    }
    return new Coordinate(
        body.text("Node"),
        body.text("Segment"),
        vec,
        given.real("Error"),
        given.real("Adjustment"),
        given.real("Height"));
  }
}
