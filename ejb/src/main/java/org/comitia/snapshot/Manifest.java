package org.comitia.snapshot;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.stream.JsonGenerator;
import java.io.ByteArrayInputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an archive says of itself, its {@code meta.json}. Names are those of Consul's where they
 * mean the same. Immutable.
 *
 * @param level the feature level of the state, which a reader must know
 * @param index the last applied entry's
 * @param term of that entry
 * @param cluster its UUID; empty if it never had one
 * @param servers the configuration in force at {@code index}
 * @param configurationIndex the index of its entry
 * @param version of Comitia, for people
 * @param time when it was taken, by the server's clock; milliseconds since 1970 fit into a long
 * @param size the length of {@code state.bin} in bytes
 * @param rows how many rows each table has, by the names in {@link TableNames#NAMES}
 * @param digest SHA-256 of the whole state in hex, as {@code org.comitia.state.StateDigest} has it
 */
public record Manifest(
    int level,
    long index,
    long term,
    String cluster,
    String datacenter,
    List<Peer> servers,
    long configurationIndex,
    String version,
    Instant time,
    long size,
    Map<String, Long> rows,
    String digest) {

  /**
   * A server of the configuration.
   *
   * @param id its node id
   * @param incarnation of its store
   */
  public record Peer(String id, String incarnation, String name, String address, boolean voter) {}

  /** Whose archives these are. */
  static final String FORMAT = "comitia-snapshot";

  /** The form of the archive and of its manifest; another one is not read. */
  public static final int FORMAT_VERSION = 1;

  /** The highest feature level that this version knows. */
  public static final int KNOWN_LEVEL = 3;

  private static final Instant FIRST_TIME = Instant.ofEpochMilli(Long.MIN_VALUE);
  private static final Instant LAST_TIME = Instant.ofEpochMilli(Long.MAX_VALUE);

  public Manifest {
    servers = List.copyOf(servers);
    rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
  }

  /** {@code TERM-INDEX-MILLISECONDS}, as Consul names its snapshots. */
  public String id() {
    return term + "-" + index + "-" + time.toEpochMilli();
  }

  /** As JSON, UTF-8, for people as well. */
  byte[] toJson() {
    JsonArrayBuilder peers = Json.createArrayBuilder();
    servers.forEach(
        peer ->
            peers.add(
                Json.createObjectBuilder()
                    .add("ID", peer.id())
                    .add("Incarnation", peer.incarnation())
                    .add("Name", peer.name())
                    .add("Address", peer.address())
                    .add("Voter", peer.voter())));
    JsonObjectBuilder counts = Json.createObjectBuilder();
    rows.forEach(counts::add);
    JsonObject json =
        Json.createObjectBuilder()
            .add("Format", FORMAT)
            .add("Version", FORMAT_VERSION)
            .add("Level", level)
            .add("ID", id())
            .add("Index", index)
            .add("Term", term)
            .add("Cluster", cluster)
            .add("Datacenter", datacenter)
            .add("Configuration", Json.createObjectBuilder().add("Servers", peers))
            .add("ConfigurationIndex", configurationIndex)
            .add("Comitia", version)
            .add("Time", time.toString())
            .add("Size", size)
            .add("Rows", counts)
            .add("Digest", digest)
            .build();
    StringWriter text = new StringWriter();
    Json.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true))
        .createWriter(text)
        .write(json);
    return (text.toString().strip() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  /**
   * What these bytes say; what this version does not know in them is passed over.
   *
   * @throws DamagedArchiveException when they are no manifest
   * @throws UnknownArchiveException when they are one of something else, or of a newer version
   */
  static Manifest ofJson(byte[] bytes) throws DamagedArchiveException, UnknownArchiveException {
    try (JsonReader reader = Json.createReader(new ByteArrayInputStream(bytes))) {
      JsonObject json = reader.readObject();
      requireKnown(json);
      return of(json);
    } catch (RuntimeException wrong) { // of the parser, or of a field that is missing or another
      throw new DamagedArchiveException(
          ArchiveFormat.MANIFEST, "not a manifest: " + wrong.getMessage());
    }
  }

  private static void requireKnown(JsonObject json) throws UnknownArchiveException {
    String format = json.getString("Format", "");
    if (!format.equals(FORMAT)) {
      throw UnknownArchiveException.other();
    }
    long version = number(json, "Version"); // getInt() would cut off what makes it another one
    long level = number(json, "Level");
    if (version != FORMAT_VERSION || level > KNOWN_LEVEL) {
      throw UnknownArchiveException.newer(version, level, json.getString("Comitia", "?"));
    }
  }

  private static Manifest of(JsonObject json) {
    List<Peer> servers = new ArrayList<>();
    JsonObject configuration = json.getJsonObject("Configuration");
    for (JsonObject peer : configuration.getJsonArray("Servers").getValuesAs(JsonObject.class)) {
      servers.add(
          new Peer(
              peer.getString("ID"),
              peer.getString("Incarnation"),
              peer.getString("Name"),
              peer.getString("Address"),
              peer.getBoolean("Voter")));
    }
    Map<String, Long> rows = new LinkedHashMap<>();
    JsonObject counts = json.getJsonObject("Rows");
    counts.keySet().forEach(name -> rows.put(name, number(counts, name)));
    return new Manifest(
        (int) number(json, "Level"),
        number(json, "Index"),
        number(json, "Term"),
        json.getString("Cluster"),
        json.getString("Datacenter"),
        servers,
        number(json, "ConfigurationIndex"),
        json.getString("Comitia"),
        time(json.getString("Time")),
        number(json, "Size"),
        rows,
        json.getString("Digest"));
  }

  /** One that {@link #id()} can write. */
  private static Instant time(String text) {
    Instant time = Instant.parse(text);
    if (time.isBefore(FIRST_TIME) || time.isAfter(LAST_TIME)) {
      throw new IllegalArgumentException("Time is out of range");
    }
    return time;
  }

  private static long number(JsonObject json, String name) {
    long number = json.getJsonNumber(name).longValueExact();
    if (number < 0) {
      throw new IllegalArgumentException(name + " is negative");
    }
    return number;
  }
}
