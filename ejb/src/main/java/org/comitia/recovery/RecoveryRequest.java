package org.comitia.recovery;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.UUID;

/**
 * That this server is to go on alone: Consul's {@code raft/peers.json}, or {@code
 * raft/recover.json}, which the command writes after it has shown what is kept. Immutable.
 *
 * @param file where it was found
 * @param peers who is to be in the cluster, by {@code peers.json}; empty for {@code recover.json}
 * @param expected what was shown; null for {@code peers.json}
 */
public record RecoveryRequest(Path file, List<Peer> peers, Expected expected) {
  /** Consul's file, as its guide tells it. */
  public static final String PEERS = "peers.json";

  /** The command's file. */
  public static final String REQUEST = "recover.json";

  /** More than a list of servers needs. */
  private static final int MAX_BYTES = 1 << 20;

  /**
   * A server in {@code peers.json}.
   *
   * @param id its node id as it is written; empty in the form of Raft protocol 2, which has only
   *     addresses
   * @param address {@code ip:port} of its server port
   */
  public record Peer(String id, String address, boolean nonVoter) {
    @Override
    public String toString() {
      return id.isEmpty() ? address : id + " at " + address;
    }
  }

  /** What a person has seen of this server, and wants to go on with. */
  public record Expected(UUID cluster, UUID incarnation, long lastIndex, long lastTerm) {
    /** The content of {@link #REQUEST}. */
    public byte[] encode() {
      JsonObject json =
          Json.createObjectBuilder()
              .add("cluster", cluster.toString())
              .add("incarnation", incarnation.toString())
              .add("last_index", lastIndex)
              .add("last_term", lastTerm)
              .build();
      return (json + "\n").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      return "cluster "
          + cluster
          + ", incarnation "
          + incarnation
          + ", last index "
          + lastIndex
          + " of term "
          + lastTerm;
    }
  }

  /**
   * What lies in this folder; null when nothing does.
   *
   * @throws IOException when there is a file that cannot be read or says nothing that can be done,
   *     or both are there; says which and why
   */
  public static RecoveryRequest find(Path raft) throws IOException {
    Path peers = raft.resolve(PEERS);
    Path request = raft.resolve(REQUEST);
    if (Files.exists(peers) && Files.exists(request)) {
      throw new IOException(
          "there are both "
              + peers
              + " and "
              + request
              + ": keep the second, which was confirmed when what it keeps was shown, and remove the"
              + " first; or the other way round, if that is the one you want");
    }
    if (Files.exists(peers)) {
      return new RecoveryRequest(peers, parse(peers, RecoveryRequest::peers), null);
    }
    return Files.exists(request)
        ? new RecoveryRequest(request, List.of(), parse(request, RecoveryRequest::expected))
        : null;
  }

  /** Whether a file in this folder asks for a recovery, whatever it says. */
  public static boolean isThere(Path raft) {
    return Files.exists(raft.resolve(PEERS)) || Files.exists(raft.resolve(REQUEST));
  }

  private interface Form<T> {
    T of(JsonValue value);
  }

  private static <T> T parse(Path file, Form<T> form) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("recovery failed to parse " + name(file) + ": it is too large");
    }
    try (JsonParser parser =
        Json.createParser(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      parser.next();
      JsonValue value = parser.getValue();
      if (parser.hasNext()) {
        throw new IllegalArgumentException("there is more behind its end");
      }
      return form.of(value);
    } catch (JsonException
        | IllegalStateException
        | IllegalArgumentException
        | ClassCastException
        | NullPointerException
        | NoSuchElementException
        | ArithmeticException e) {
      throw new IOException("recovery failed to parse " + name(file) + ": " + e.getMessage(), e);
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private static List<Peer> peers(JsonValue value) {
    if (!(value instanceof JsonArray array)) {
      throw new IllegalArgumentException("it is not a list");
    }
    List<Peer> peers = new ArrayList<>();
    for (JsonValue one : array) {
      if (one instanceof JsonString address) {
        peers.add(new Peer("", filled(address.getString(), "address"), false));
      } else if (one instanceof JsonObject server) {
        peers.add(
            new Peer(
                filled(server.getString("id", ""), "id"),
                filled(server.getString("address", ""), "address"),
                nonVoter(server)));
      } else {
        throw new IllegalArgumentException("a server is an object or an address, not " + one);
      }
    }
    if (peers.isEmpty()) {
      throw new IllegalArgumentException("it lists no server");
    }
    return List.copyOf(peers);
  }

  private static boolean nonVoter(JsonObject server) {
    JsonValue value = server.getOrDefault("non_voter", JsonValue.FALSE);
    if (value != JsonValue.TRUE && value != JsonValue.FALSE) {
      throw new IllegalArgumentException("non_voter is neither true nor false: " + value);
    }
    return value == JsonValue.TRUE;
  }

  private static String filled(String text, String what) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("a server has no " + what);
    }
    return text.strip();
  }

  private static Expected expected(JsonValue value) {
    JsonObject json = value.asJsonObject();
    return new Expected(
        UUID.fromString(json.getString("cluster")),
        UUID.fromString(json.getString("incarnation")),
        json.getJsonNumber("last_index").longValueExact(),
        json.getJsonNumber("last_term").longValueExact());
  }
}
