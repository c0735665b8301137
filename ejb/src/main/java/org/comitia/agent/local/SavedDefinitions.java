package org.comitia.agent.local;

import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.spi.JsonProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.comitia.agent.check.CheckSpec;
import org.comitia.agent.definition.DefinitionJson;
import org.comitia.agent.definition.Definitions;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.agent.definition.ServiceRegistration;
import org.comitia.files.DurableFiles;
import org.comitia.files.LoggedFiles;
import org.comitia.files.LoggedFiles.Change;
import org.comitia.files.LoggedFiles.TooLargeException;
import org.comitia.state.Names;
import org.comitia.state.Service;

/**
 * What was registered by the API, in the data directory as Consul keeps it: {@code services/},
 * {@code checks/} and {@code checks/state/}, a JSON file each, named by the SHA-256 of the id.
 * Definitions are synced before they are acknowledged, by a log ({@link LoggedFiles}). Blocks on
 * the disk; used by one thread at a time.
 */
final class SavedDefinitions {
  private static final Logger LOG = Logger.getLogger("agent");
  private static final JsonProvider JSON = JsonProvider.provider();

  /** A maintenance mode of the node, or of a service. */
  record SavedMaintenance(String serviceId, String reason) {}

  /** What a TTL check was told last. @param expiresMillis of the wall clock */
  record TtlState(String checkId, String status, String output, long expiresMillis) {}

  /**
   * Everything that could be read.
   *
   * @param secrets of services that have one, by their ids
   */
  record Content(
      List<Service> services,
      Map<String, String> secrets,
      List<CheckSpec> checks,
      List<SavedMaintenance> maintenances) {
    /** Without the secrets, since it may end in a log. */
    @Override
    public String toString() {
      return "Content[" + services.size() + " services]";
    }
  }

  /** What brings what is known here to what is saved. */
  interface Restoring {
    void run() throws IOException;
  }

  private static final Path SERVICES = Path.of("services");
  private static final Path CHECKS = Path.of("checks");
  private static final Path STATES = CHECKS.resolve("state");

  /** What was registered since the files were synced last. */
  private static final String LOG_NAME = "definitions.log";

  private final String node;
  private final Path dataDir;
  private final LoggedFiles files;

  /** Whether every file could be read by the last {@link #load}. */
  private boolean allRead = true;

  /** Whether all that is in the files is known here as it is there. */
  private boolean allTaken = true;

  /** The files may not be what was acknowledged, or what is known here not what they say. */
  private boolean behind = true;

  /**
   * @param node this node's name
   */
  SavedDefinitions(String node, Path dataDir) {
    this.node = node;
    this.dataDir = dataDir;
    this.files = new LoggedFiles(dataDir, LOG_NAME, this::tellLost);
  }

  private void tellLost(String problem) {
    LOG.severe(
        "COM5019: not all of the saved definitions could be brought back; what was registered shortly before the last"
            + " stop may be missing or old: register it again: file="
            + dataDir.resolve(LOG_NAME)
            + " error=\""
            + problem
            + "\"");
  }

  // ---- recovery

  /**
   * Makes the files what they were acknowledged to be, where that may not be so; before anything
   * else, and before each change.
   *
   * @param restore called then, unless the files are as they were: what is known is to follow them
   * @throws IOException it is tried again by the next call; until then nothing is saved or deleted
   */
  void recover(Restoring restore) throws IOException {
    if (behind) {
      files.recover();
      List.of(SERVICES, CHECKS, STATES)
          .forEach(folder -> DurableFiles.deleteTemporary(dataDir.resolve(folder)));
      restore.run();
      behind = false; // not before: what failed is done again
    }
  }

  /** Something that is saved is not carried out as it is saved. */
  void passedOver() {
    allTaken = false;
  }

  /** Whether what is known here, of what the API registered, is what the files say. */
  boolean isAsKnown() {
    return allTaken && !behind;
  }

  /** Nothing is saved under this id. False as well when that cannot be found out. */
  boolean lacksService(String id) {
    return Files.notExists(dataDir.resolve(file(SERVICES, id)));
  }

  /** Likewise, a maintenance mode's too. */
  boolean lacksCheck(String id) {
    return Files.notExists(dataDir.resolve(file(CHECKS, id)));
  }

  // ---- writing

  /**
   * A service with its checks, and without those: all of it or nothing. What throws may be all of
   * it all the same, after the next recovery.
   *
   * @throws TooLargeException they are too many for one record of the log
   */
  void save(ServiceRegistration registration, List<String> withoutChecks) throws IOException {
    Service service = registration.service();
    List<Change> changes = removals(withoutChecks);
    JsonObjectBuilder content =
        JSON.createObjectBuilder().add("Service", DefinitionJson.json(service));
    if (!registration.secret().isEmpty()) {
      content.add("Token", registration.secret());
    }
    changes.add(change(file(SERVICES, service.id()), content.build()));
    registration.checks().forEach(check -> changes.add(change(check)));
    apply(changes, withoutChecks);
  }

  void save(CheckSpec check) throws IOException {
    apply(List.of(change(check)));
  }

  private static Change change(CheckSpec check) {
    return change(
        file(CHECKS, check.id()),
        JSON.createObjectBuilder().add("Check", DefinitionJson.json(check)).build());
  }

  private static Change change(Path file, JsonObject content) {
    return new Change(file, bytes(content));
  }

  private static byte[] bytes(JsonObject content) {
    return content.toString().getBytes(StandardCharsets.UTF_8);
  }

  void save(String checkId, SavedMaintenance maintenance) throws IOException {
    JsonObject json =
        JSON.createObjectBuilder()
            .add("ServiceID", maintenance.serviceId())
            .add("Reason", maintenance.reason())
            .build();
    apply(
        List.of(
            change(
                file(CHECKS, checkId),
                JSON.createObjectBuilder().add("Maintenance", json).build())));
  }

  /**
   * Not synced: a heartbeat that a power failure takes away costs no more than one that did not
   * come.
   */
  void save(TtlState state) throws IOException {
    Path file = dataDir.resolve(file(STATES, state.checkId()));
    DurableFiles.createDirectories(file.getParent());
    DurableFiles.writeUnsynced(
        file,
        bytes(
            JSON.createObjectBuilder()
                .add("CheckID", state.checkId())
                .add("Status", state.status())
                .add("Output", state.output())
                .add("ExpiresMillis", state.expiresMillis())
                .build()));
  }

  /** A service and checks, with what TTL checks were told last: all of it or nothing. */
  void delete(String serviceId, List<String> checkIds) throws IOException {
    apply(removals(serviceId, checkIds), checkIds);
  }

  /** With what a TTL check was told last. */
  void deleteCheck(String id) throws IOException {
    apply(removals(List.of(id)), List.of(id));
  }

  /** Only the definitions: what TTL checks were told last stays. */
  void forgetDefinitions(String serviceId, List<String> checkIds) throws IOException {
    apply(removals(serviceId, checkIds));
  }

  /** Likewise. */
  void forgetDefinition(String checkId) throws IOException {
    apply(removals(List.of(checkId)));
  }

  private static List<Change> removals(String serviceId, List<String> checkIds) {
    List<Change> changes = removals(checkIds);
    changes.add(new Change(file(SERVICES, serviceId), null));
    return changes;
  }

  private static List<Change> removals(List<String> checkIds) {
    List<Change> changes = new ArrayList<>();
    checkIds.forEach(id -> changes.add(new Change(file(CHECKS, id), null)));
    return changes;
  }

  /**
   * The same, of which some checks are gone: what they were told goes first. When they stay after
   * all, a heartbeat is lost; the other way round the next check of that id would begin with what
   * was told of this one.
   */
  private void apply(List<Change> changes, List<String> goneChecks) throws IOException {
    if (!goneChecks.isEmpty()) {
      files.require(changes);
    }
    for (String id : goneChecks) {
      Files.deleteIfExists(dataDir.resolve(file(STATES, id)));
    }
    apply(changes);
  }

  private void apply(List<Change> changes) throws IOException {
    if (behind) {
      throw new IOException("what was saved before cannot be brought back yet (COM5020)");
    }
    try {
      files.apply(changes);
    } catch (TooLargeException e) {
      throw e; // nothing was tried
    } catch (IOException | RuntimeException | Error e) {
      behind = true;
      throw e;
    }
  }

  /** Below the data directory. */
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

  /** Syncs the files: the next start need not look for what they may have lost. */
  void close() {
    try {
      files.close();
    } catch (IOException e) { // the log has them
      LOG.log(Level.FINE, "the saved definitions are synced at the next start", e);
    }
  }

  // ---- reading

  /** Reads all; a file that cannot be read is named in the log, kept, and passed over. */
  Content load() {
    allRead = true;
    allTaken = true;
    Content content =
        new Content(new ArrayList<>(), new HashMap<>(), new ArrayList<>(), new ArrayList<>());
    for (Path file : files(SERVICES)) {
      allTaken &=
          read(
              file,
              tree -> {
                Service service = service(tree);
                content.services.add(service);
                content.secrets.put(service.id(), text(tree, "Token"));
              });
    }
    for (Path file : files(CHECKS)) {
      allTaken &=
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

  /**
   * The same.
   *
   * @throws IOException the disk does not give all
   */
  Content loadAll() throws IOException {
    Content content = load();
    if (!allRead) {
      throw new IOException("not all of what is saved can be read (COM5006, COM5007)");
    }
    return content;
  }

  private Service service(Map<?, ?> tree) throws InvalidDefinitionException {
    return Definitions.service(node, object(tree, "Service")).service();
  }

  /** What a TTL check was told before the restart, unless its time is over. */
  Optional<TtlState> ttlState(String checkId, long nowMillis) {
    Path file = dataDir.resolve(file(STATES, checkId));
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

  private boolean read(Path file, Reading reading) {
    try {
      reading.of(DefinitionJson.read(file));
      return true;
    } catch (IOException | InvalidDefinitionException e) {
      allRead &= !(e instanceof IOException);
      LOG.severe(
          "COM5006: a saved definition cannot be read and is left out; register it again, or repair or remove the"
              + " file: file="
              + file
              + " error=\""
              + e.getMessage()
              + "\"");
      return false;
    }
  }

  private List<Path> files(Path name) {
    Path folder = dataDir.resolve(name);
    if (Files.notExists(folder)) {
      return List.of();
    }
    try (Stream<Path> listed = Files.list(folder)) {
      return listed
          .filter(Files::isRegularFile)
          .filter(file -> !file.toString().endsWith(DurableFiles.TEMPORARY))
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException e) {
      allRead = false;
      allTaken = false;
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
