package org.comitia.cli.kv;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.QueryParameters;
import org.comitia.cli.client.ScopedCommand;
import org.comitia.cli.client.UnsignedNumber;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code comitia kv put}: writes one key. */
@Command(
    name = "put",
    description = {
      "Writes a key.",
      "DATA is the value itself, @FILE for a file's content, or - for standard input; left out, the value is empty."
    },
    footer = {
      "comitia kv put redis/config/connections 5",
      "comitia kv put app/license @license.txt",
      "echo 5 | comitia kv put redis/config/connections -",
      "comitia kv put -cas -modify-index=123 redis/config/connections 6"
    })
public final class KvPutCommand extends ScopedCommand {
  @Option(
      names = {"-base64", "--base64"},
      description = "DATA is base64, to be decoded before it is stored.")
  private boolean base64;

  @Option(
      names = {"-cas", "--cas"},
      description = "Write only if the key has not changed since -modify-index.")
  private boolean cas;

  @Option(
      names = {"-modify-index", "--modify-index"},
      paramLabel = "N",
      converter = UnsignedNumber.class,
      description =
          "With -cas: the index that the key must still have; 0, or left out: there must be no such key.")
  private long modifyIndex;

  @Option(
      names = {"-flags", "--flags"},
      paramLabel = "N",
      converter = UnsignedNumber.class,
      description = "A number from 0 to 2^64-1 to keep with the value; it means what you want.")
  private long flags;

  @Option(
      names = {"-session", "--session"},
      paramLabel = "ID",
      description = "The session that -acquire and -release are for.")
  private String session = "";

  @Option(
      names = {"-acquire", "--acquire"},
      description = "Take the key's lock for the session as well.")
  private boolean acquire;

  @Option(
      names = {"-release", "--release"},
      description = "Give the key's lock back; the session must hold it.")
  private boolean release;

  @Parameters(paramLabel = "KEY [DATA]", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  /** What follows the key is data, also when it starts with a dash. */
  @Spec
  void endOptionsAtKey(CommandSpec spec) {
    spec.parser().stopAtPositional(true);
  }

  @Override
  public Integer call() {
    if (arguments.isEmpty()) {
      return fail("Error! Missing KEY argument");
    }
    if (arguments.size() > 2) {
      return fail("Error! Too many arguments (expected 1 or 2, got " + arguments.size() + ")");
    }
    byte[] data;
    try {
      data = arguments.size() < 2 ? new byte[0] : Arguments.data(arguments.get(1), terminal().in());
      if (base64) {
        data = Base64.getDecoder().decode(new String(data, StandardCharsets.UTF_8).strip());
      }
    } catch (IOException e) {
      return fail("Error! " + e.getMessage());
    } catch (IllegalArgumentException e) {
      return fail("Error! Cannot base 64 decode data: " + e.getMessage());
    }
    if ((release || acquire) && session.isEmpty()) {
      return fail("Error! Missing -session (required with -acquire and -release)");
    }
    return write(arguments.get(0), data);
  }

  private int write(String key, byte[] data) {
    QueryParameters condition = writing();
    if (cas) {
      condition.add("cas", Long.toUnsignedString(modifyIndex));
    } else if (acquire) {
      condition.add("acquire", session);
    } else if (release) {
      condition.add("release", session);
    }
    boolean written;
    try {
      written = new KvStore(agent()).put(key, data, flags, condition);
    } catch (AgentException e) {
      return fail(
          (cas ? "Error! Did not write to " + key : "Error! Failed writing data")
              + ": "
              + e.getMessage());
    }
    if (cas) {
      return told(written, "Data written to: " + key, "Did not write to " + key + ": CAS failed");
    } else if (acquire) {
      return told(written, "Lock acquired on: " + key, "Did not acquire lock");
    } else if (release) {
      return told(written, "Lock released on: " + key, "Did not release lock");
    }
    return told(true, "Data written to: " + key, "");
  }

  private int told(boolean success, String done, String notDone) {
    if (!success) {
      return fail("Error! " + notDone);
    }
    print("Success! " + done);
    return 0;
  }
}
