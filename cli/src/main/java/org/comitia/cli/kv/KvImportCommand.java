package org.comitia.cli.kv;

import jakarta.json.Json;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import jakarta.json.stream.JsonParser;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.ScopedCommand;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code comitia kv import}: writes what {@code kv export} printed. */
@Command(
    name = "import",
    description = {
      "Writes the keys that `comitia kv export` printed.",
      "DATA is the JSON itself, @FILE for a file's content, or - for standard input. Keys are written one by one: when one"
          + " fails, those before it are there."
    },
    footer = {
      "comitia kv import @redis.json",
      "comitia kv export redis/ | comitia kv import -prefix=copy/ -"
    })
public final class KvImportCommand extends ScopedCommand {
  /** The first octet of what is packed; no JSON begins so. */
  private static final int GZIP = 0x1f;

  /** What one entry says. */
  private record Entry(String key, long flags, String value) {}

  @Option(
      names = {"-prefix", "--prefix"},
      paramLabel = "PREFIX",
      description = "The folder to put every key into.")
  private String prefix = "";

  @Parameters(paramLabel = "DATA", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Spec
  void endOptionsAtData(CommandSpec spec) {
    spec.parser().stopAtPositional(true);
  }

  @Override
  public Integer call() {
    if (arguments.isEmpty()) {
      return fail("Error! Missing DATA argument");
    }
    String problem = Arguments.tooMany(arguments, 1);
    if (problem != null) {
      return fail("Error! " + problem);
    }
    if (arguments.get(0).isEmpty()) {
      return fail("Error! Empty DATA argument");
    }
    try (ImportData data = ImportData.of(arguments.get(0), terminal().in())) {
      readEach(data, entry -> true); // whether all of it can be read
      return readEach(data, this::write) ? 0 : 1;
    } catch (IOException e) {
      return fail("Error! " + e.getMessage());
    } catch (JsonException | ClassCastException | IllegalArgumentException e) {
      return fail("Cannot unmarshal data: " + e.getMessage());
    }
  }

  private boolean write(Entry entry) {
    String key = below(entry.key());
    byte[] value;
    try {
      value = Base64.getDecoder().decode(entry.value());
    } catch (IllegalArgumentException e) {
      fail("Error base 64 decoding value for key " + key + ": " + e.getMessage());
      return false;
    }
    try {
      new KvStore(agent()).put(key, value, entry.flags(), writing());
    } catch (AgentException e) {
      fail("Error! Failed writing data for key " + key + ": " + e.getMessage());
      return false;
    }
    print("Imported: " + key);
    return true;
  }

  /** The key in the folder that was asked for, with one slash between them. */
  private String below(String key) {
    return prefix.isEmpty()
        ? key
        : prefix.replaceFirst("/+$", "") + "/" + key.replaceFirst("^/+", "");
  }

  /**
   * Reads one entry after the other, since all of them may be much; as long as they are taken.
   *
   * @return whether all were
   */
  private static boolean readEach(ImportData data, Predicate<Entry> taken) throws IOException {
    try (InputStream in = new BufferedInputStream(data.open());
        JsonParser parser = Json.createParser(notPacked(in))) {
      if (parser.next() != JsonParser.Event.START_ARRAY) {
        throw new JsonException("it is no list");
      }
      return parser.getArrayStream().map(value -> entry((JsonObject) value)).allMatch(taken)
          && !parser.hasNext(); // throws when something follows
    } catch (NoSuchElementException nothing) {
      throw new JsonException("it is empty", nothing);
    }
  }

  /** Of keys a snapshot holds as well, so that it may be taken for an export of them. */
  private static InputStream notPacked(InputStream in) throws IOException {
    in.mark(1);
    if (in.read() == GZIP) {
      throw new JsonException("it looks like a snapshot: use `comitia snapshot restore`");
    }
    in.reset();
    return in;
  }

  private static Entry entry(JsonObject entry) {
    JsonValue flags = entry.get("flags");
    return new Entry(
        entry.getString("key", ""),
        flags == null ? 0 : Long.parseUnsignedLong(flags.toString()),
        entry.getString("value", ""));
  }
}
