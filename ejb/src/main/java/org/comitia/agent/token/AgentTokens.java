package org.comitia.agent.token;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Logger;
import org.comitia.cluster.Caller;
import org.comitia.config.AclSettings;
import org.comitia.files.DurableFiles;

/**
 * The secrets by which this agent does things itself, from the settings, and as they are set while
 * it runs. Those are kept over a restart if the settings say so, in a file for its owner alone.
 * Safe for any thread.
 */
public final class AgentTokens {
  /** What a token is for. */
  public enum Kind {
    /** Requests that show none. */
    DEFAULT("default", "acl_token"),
    /** What the agent writes for itself. */
    AGENT("agent", "acl_agent_token"),
    /** Lets a person at this agent even when no server can be asked. */
    AGENT_RECOVERY("agent_recovery", "acl_agent_master_token"),
    REPLICATION("replication", "acl_replication_token"),
    /** For services of configuration files. */
    CONFIG_FILE_SERVICE_REGISTRATION("config_file_service_registration", "");

    private final String path;
    private final String older;

    Kind(String path, String older) {
      this.path = path;
      this.older = older;
    }

    /** Its name in {@code /v1/agent/token/}, e.g. {@code agent_recovery}. */
    public String path() {
      return path;
    }

    /** The kind that a path names; Consul's older names as well. */
    public static Optional<Kind> of(String path) {
      if (path.equals("agent_master")) {
        return Optional.of(AGENT_RECOVERY);
      }
      for (Kind kind : values()) {
        if (kind.path.equals(path) || (!path.isEmpty() && kind.older.equals(path))) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }
  }

  private static final Logger LOG = Logger.getLogger("agent");

  /** Consul's name of the file. */
  static final String FILE = "acl-tokens.json";

  private final Path file;
  private volatile Map<Kind, String> secrets;
  private final Map<Kind, String> set = new EnumMap<>(Kind.class);

  private AgentTokens(AclSettings.Tokens given, Path file) {
    this.file = file;
    Map<Kind, String> all = new EnumMap<>(Kind.class);
    all.put(Kind.DEFAULT, given.standard());
    all.put(Kind.AGENT, given.agent());
    all.put(Kind.AGENT_RECOVERY, given.agentRecovery());
    all.put(Kind.REPLICATION, given.replication());
    all.put(Kind.CONFIG_FILE_SERVICE_REGISTRATION, given.configFileServiceRegistration());
    this.secrets = all;
  }

  /** No tokens, and none is kept. */
  public static AgentTokens none() {
    return new AgentTokens(AclSettings.Tokens.NONE, null);
  }

  /**
   * Those of the settings, and those that were kept. Blocks on the disk.
   *
   * @param dataDir null for none
   */
  public static AgentTokens load(AclSettings settings, Path dataDir) {
    boolean kept = settings.tokenPersistence() && dataDir != null;
    AgentTokens tokens = new AgentTokens(settings.tokens(), kept ? dataDir.resolve(FILE) : null);
    if (kept) {
      tokens.readKept();
    }
    return tokens;
  }

  private synchronized void readKept() {
    if (!Files.exists(file)) {
      return;
    }
    try (JsonReader reader =
        Json.createReader(new ByteArrayInputStream(Files.readAllBytes(file)))) {
      JsonObject object = reader.readObject();
      for (Kind kind : Kind.values()) {
        if (object.get(kind.path()) instanceof JsonString secret) {
          set.put(kind, secret.getString());
        }
      }
      publish();
    } catch (IOException | JsonException e) {
      LOG.warning(
          "COM5030: the kept tokens cannot be read, those of the configuration count: file="
              + file
              + " error="
              + e.getClass().getSimpleName());
    }
  }

  private void publish() {
    Map<Kind, String> all = new EnumMap<>(secrets);
    all.putAll(set);
    secrets = all;
  }

  /**
   * Sets one from now on. Blocks on the disk if it is kept.
   *
   * @param secret empty for none
   * @throws IOException it counts, and is not kept
   */
  public synchronized void set(Kind kind, String secret) throws IOException {
    set.put(kind, secret);
    publish();
    if (file != null) {
      JsonObjectBuilder object = Json.createObjectBuilder();
      set.forEach((each, value) -> object.add(each.path(), value));
      DurableFiles.createDirectories(file.toAbsolutePath().getParent());
      DurableFiles.write(file, object.build().toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  private String get(Kind kind) {
    return secrets.get(kind);
  }

  /**
   * On whose behalf a request comes.
   *
   * @param shown the secret that it shows; empty for none
   */
  public Caller caller(String shown) {
    return Caller.of(shown.isEmpty() ? get(Kind.DEFAULT) : shown);
  }

  /** On whose behalf the agent writes what is its own. */
  public Caller agent() {
    String own = get(Kind.AGENT);
    return caller(own);
  }

  /**
   * On whose behalf the agent writes a service or a check.
   *
   * @param own the secret that came with it; empty for none
   * @param ofFile whether a file defines it
   */
  public Caller service(String own, boolean ofFile) {
    if (!own.isEmpty()) {
      return Caller.of(own);
    }
    String files = ofFile ? get(Kind.CONFIG_FILE_SERVICE_REGISTRATION) : "";
    if (!files.isEmpty()) {
      return Caller.of(files);
    }
    return get(Kind.DEFAULT).isEmpty() ? agent() : Caller.of(get(Kind.DEFAULT));
  }

  /** Whether it is the recovery token; takes as long whatever it is. */
  public boolean isRecovery(String secret) {
    String recovery = get(Kind.AGENT_RECOVERY);
    return !recovery.isEmpty()
        && MessageDigest.isEqual(
            recovery.getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_8));
  }

  /** Without them, since it may end in a log. */
  @Override
  public String toString() {
    return "AgentTokens[]";
  }
}
