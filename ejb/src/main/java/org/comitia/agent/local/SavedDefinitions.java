package org.comitia.agent.local;

import jakarta.json.JsonObject;
import jakarta.json.spi.JsonProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.comitia.agent.check.CheckSpec;
import org.comitia.agent.definition.DefinitionJson;
import org.comitia.agent.definition.Definitions;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.files.DurableFiles;
import org.comitia.state.Names;
import org.comitia.state.Service;

/**
 * What was registered by the API, in the data directory as Consul keeps it: {@code services/},
 * {@code checks/} and {@code checks/state/}, a JSON file each, named by the SHA-256 of the id.
 * Definitions are synced before they are acknowledged. Blocks on the disk; used by one thread at a
 * time.
 */
final class SavedDefinitions {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final JsonProvider JSON = JsonProvider.provider();

  /** A maintenance mode of the node, or of a service. */
  record SavedMaintenance(String serviceId, String reason) {}

  /** What a TTL check was told last. @param expiresMillis of the wall clock */
  record TtlState(String checkId, String status, String output, long expiresMillis) {}

  /** Everything that could be read. */
  record Content(
      List<Service> services, List<CheckSpec> checks, List<SavedMaintenance> maintenances) {}

  private final String node;
  private final Path services;
  private final Path checks;
  private final Path states;

  /**
   * @param node this node's name
   */
  SavedDefinitions(String node, Path dataDir) {
    this.node = node;
    services = dataDir.resolve("services");
    checks = dataDir.resolve("checks");
    states = checks.resolve("state");
  }

  // ---- writing

  void save(Service service) throws IOException {
    write(
        file(services, service.id()),
        JSON.createObjectBuilder().add("Service", DefinitionJson.json(service)).build(),
        true);
  }

  void save(CheckSpec check) throws IOException {
    write(
        file(checks, check.id()),
        JSON.createObjectBuilder().add("Check", DefinitionJson.json(check)).build(),
        true);
  }

  void save(String checkId, SavedMaintenance maintenance) throws IOException {
    JsonObject json =
        JSON.createObjectBuilder()
            .add("ServiceID", maintenance.serviceId())
            .add("Reason", maintenance.reason())
            .build();
    write(file(checks, checkId), JSON.createObjectBuilder().add("Maintenance", json).build(), true);
  }

  /**
   * Not synced: a heartbeat that a power failure takes away costs no more than one that did not
   * come.
   */
  void save(TtlState state) throws IOException {
    write(
        file(states, state.checkId()),
        JSON.createObjectBuilder()
            .add("CheckID", state.checkId())
            .add("Status", state.status())
            .add("Output", state.output())
            .add("ExpiresMillis", state.expiresMillis())
            .build(),
        false);
  }

  void deleteService(String id) throws IOException {
    delete(file(services, id));
  }

  /** With what a TTL check was told last. */
  void deleteCheck(String id) throws IOException {
    delete(file(checks, id));
    Files.deleteIfExists(file(states, id));
  }

  /** Only the definition: what a TTL check was told last stays. */
  void forgetDefinition(String checkId) throws IOException {
    delete(file(checks, checkId));
  }

  private static Path file(Path folder, String id) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(Names.fold(id).getBytes(StandardCharsets.UTF_8));
      return folder.resolve(HexFormat.of().formatHex(hash));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static void write(Path file, JsonObject content, boolean synced) throws IOException {
    DurableFiles.createDirectories(file.getParent());
    byte[] bytes = content.toString().getBytes(StandardCharsets.UTF_8);
    if (synced) {
      DurableFiles.write(file, bytes);
    } else {
      DurableFiles.writeUnsynced(file, bytes);
    }
  }

  private static void delete(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      DurableFiles.syncDirectory(file.getParent());
    }
  }

  // ---- reading

  /** Reads all; a file that cannot be read is named in the log, kept, and passed over. */
  Content load() {
    Content content = new Content(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Path file : files(services)) {
      read(file, tree -> content.services.add(service(tree)));
    }
    for (Path file : files(checks)) {
      read(
          file,
          tree -> {
            if (tree.get("Maintenance") instanceof Map<?, ?> maintenance) {
              content.maintenances.add(
                  new SavedMaintenance(
                      text(maintenance, "ServiceID"), text(maintenance, "Reason")));
            } else {
              content.checks.add(Definitions.check(object(tree, "Check")));
            }
          });
    }
    return content;
  }

  private Service service(Map<?, ?> tree) throws InvalidDefinitionException {
    return Definitions.service(node, object(tree, "Service")).service();
  }

  /** What a TTL check was told before the restart, unless its time is over. */
  Optional<TtlState> ttlState(String checkId, long nowMillis) {
    Path file = file(states, checkId);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<TtlState> found = new ArrayList<>();
    read(
        file,
        tree -> {
          long expires = tree.get("ExpiresMillis") instanceof Number n ? n.longValue() : 0;
          if (expires > nowMillis && Names.same(text(tree, "CheckID"), checkId)) {
            found.add(new TtlState(checkId, text(tree, "Status"), text(tree, "Output"), expires));
          }
        });
    return found.stream().findFirst();
  }

  private interface Reading {
    void of(Map<String, Object> tree) throws InvalidDefinitionException;
  }

  private static void read(Path file, Reading reading) {
    try {
      reading.of(DefinitionJson.read(file));
    } catch (IOException | InvalidDefinitionException e) {
      LOG.severe(
          "COM5006: a saved definition cannot be read and is left out; register it again, or repair or remove the"
              + " file: file="
              + file
              + " error=\""
              + e.getMessage()
              + "\"");
    }
  }

  private static List<Path> files(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> listed = Files.list(folder)) {
      return listed
          .filter(Files::isRegularFile)
          .filter(file -> !file.toString().endsWith(DurableFiles.TEMPORARY))
          .sorted()
          .toList();
    } catch (IOException e) {
      LOG.severe("COM5007: saved definitions cannot be read: directory=" + folder + " error=" + e);
      return List.of();
    }
  }

  private static Map<?, ?> object(Map<?, ?> tree, String name) throws InvalidDefinitionException {
    if (tree.get(name) instanceof Map<?, ?> map) {
      return map;
    }
    throw new InvalidDefinitionException("it has no object \"" + name + "\"");
  }

  private static String text(Map<?, ?> tree, String name) {
    return tree.get(name) instanceof String text ? text : "";
  }
}
