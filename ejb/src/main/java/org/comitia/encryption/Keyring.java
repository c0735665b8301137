package org.comitia.encryption;

import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonException;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.comitia.files.DurableFiles;

/**
 * The keys of the cluster that this agent holds, as Consul's ring: all of them are taken from
 * others, the first one, the primary, is shown to them. Each change is in the file before it is in
 * force, so a restart goes on with it. Safe for any thread; changes block on the disk.
 */
public final class Keyring {
  /** Where it is kept, below the data directory; the same file as Consul's. */
  public static final Path FILE = Path.of("serf", "local.keyring");

  /** A rotation needs two. */
  public static final int MAX_KEYS = 16;

  private static final long MAX_BYTES = 64 << 10;

  private final KeyedTls tls;
  private final Path file;

  /**
   * @param tls holds the keys to begin with
   * @param file null: changes are kept in memory only
   */
  public Keyring(KeyedTls tls, Path file) {
    this.tls = tls;
    this.file = file;
  }

  /**
   * The ring to start with: that of the file, or else one of the configured key, which is written
   * there. Empty when there is neither.
   *
   * @param file null: none is read or written
   * @throws IOException when the file is damaged or cannot be read or written; with a code, and
   *     without what is in it
   */
  public static Optional<Keyring> open(
      Path file, Optional<EncryptionKey> configured, KeyedTls.Demand demand) throws IOException {
    if (file != null && !Files.notExists(file)) { // one that cannot be seen is not passed over
      return Optional.of(new Keyring(new KeyedTls(read(file), demand), file));
    }
    if (configured.isEmpty()) {
      return Optional.empty();
    }
    Keyring ring = new Keyring(new KeyedTls(List.of(configured.get()), demand), file);
    ring.save(ring.keys());
    return Optional.of(ring);
  }

  /** What both ports use. */
  public KeyedTls tls() {
    return tls;
  }

  /** Whether all connections of this agent are encrypted, so that keys may go over them. */
  public boolean isDemanded() {
    return tls.demand().isAlways();
  }

  /** The primary first; not empty. */
  public List<EncryptionKey> keys() {
    return tls.keys();
  }

  /**
   * Takes the key from others from now on. One that is there already stays as it is.
   *
   * @throws IOException when it is not in force; why, for people
   */
  public synchronized void install(EncryptionKey key) throws IOException {
    List<EncryptionKey> all = new ArrayList<>(keys());
    if (all.contains(key)) {
      return;
    }
    if (all.size() == MAX_KEYS) {
      throw new IOException(
          "COM2031: the keyring holds "
              + MAX_KEYS
              + " keys already: remove those that are not used any more");
    }
    all.add(key);
    change(all);
  }

  /**
   * Shows the key to others from now on.
   *
   * @throws IOException when it is not in the ring, in Consul's words, or not in force
   */
  public synchronized void use(EncryptionKey key) throws IOException {
    List<EncryptionKey> all = new ArrayList<>(keys());
    if (!all.remove(key)) {
      throw new IOException("requested key is not in the keyring");
    }
    all.add(0, key);
    change(all);
  }

  /**
   * Takes the key from nobody any more. One that is not there is no fault.
   *
   * @throws IOException when it is the primary, in Consul's words, or still in force
   */
  public synchronized void remove(EncryptionKey key) throws IOException {
    List<EncryptionKey> all = new ArrayList<>(keys());
    if (all.get(0).equals(key)) {
      throw new IOException("removing the primary key is not allowed");
    }
    if (all.remove(key)) {
      change(all);
    }
  }

  private void change(List<EncryptionKey> all) throws IOException {
    save(all);
    tls.change(all);
  }

  private void save(List<EncryptionKey> all) throws IOException {
    if (file == null) {
      return;
    }
    JsonArrayBuilder json = Json.createArrayBuilder();
    all.forEach(key -> json.add(key.base64()));
    try {
      DurableFiles.createDirectories(file.toAbsolutePath().getParent());
      DurableFiles.write(file, json.build().toString().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IOException(
          "COM1028: the keyring cannot be written to " + file + ", nothing was changed: " + e, e);
    }
  }

  private static List<EncryptionKey> read(Path file) throws IOException {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException("it is longer than " + MAX_BYTES + " bytes");
      }
      List<EncryptionKey> keys = parse(Files.readAllBytes(file));
      if (keys.isEmpty() || keys.size() > MAX_KEYS) {
        throw new IOException("it holds " + keys.size() + " keys, and must hold 1 to " + MAX_KEYS);
      }
      return keys;
    } catch (IOException e) {
      throw new IOException(
          "COM1027: the keyring in "
              + file
              + " cannot be read: "
              + e.getMessage()
              + ". Copy that file of another agent of the cluster; or remove it, and start with the"
              + " key that the others use as `encrypt`",
          e);
    }
  }

  /** What the parsers say may quote a key. */
  private static List<EncryptionKey> parse(byte[] text) throws IOException {
    List<EncryptionKey> keys = new ArrayList<>();
    try (JsonReader reader = Json.createReader(new ByteArrayInputStream(text))) {
      for (JsonValue value : reader.readArray()) {
        keys.add(EncryptionKey.parse(((JsonString) value).getString()));
      }
    } catch (JsonException | ClassCastException | IllegalStateException e) {
      throw new IOException("it is no JSON array of texts");
    } catch (IllegalArgumentException e) {
      throw new IOException("key " + (keys.size() + 1) + " " + e.getMessage());
    }
    return keys.stream().distinct().toList();
  }
}
