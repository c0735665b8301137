package org.comitia.cli.kv;

import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.QueryParameters;
import org.comitia.cli.client.ScopedCommand;
import org.comitia.cli.client.UnsignedNumber;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code comitia kv delete}: deletes a key or all keys below a prefix. */
@Command(
    name = "delete",
    description = {
      "Deletes a key, or every key that starts with a prefix.",
      "A key that does not exist is no error: nothing is done."
    },
    footer = {"comitia kv delete redis/config/connections", "comitia kv delete -recurse redis/"})
public final class KvDeleteCommand extends ScopedCommand {
  @Option(
      names = {"-cas", "--cas"},
      description = "Delete only if the key has not changed since -modify-index.")
  private boolean cas;

  @Option(
      names = {"-modify-index", "--modify-index"},
      paramLabel = "N",
      converter = UnsignedNumber.class,
      description = "With -cas: the index that the key must still have.")
  private long modifyIndex;

  @Option(
      names = {"-recurse", "--recurse"},
      description = "Delete every key that starts with the prefix.")
  private boolean recurse;

  @Parameters(paramLabel = "KEY_OR_PREFIX", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    String problem = Arguments.tooMany(arguments, 1);
    String key = Arguments.key(arguments);
    if (problem == null) {
      problem = misuse(key);
    }
    if (problem != null) {
      return fail(problem);
    }
    try {
      QueryParameters how = writing().flag("recurse", recurse);
      if (cas) {
        how.add("cas", Long.toUnsignedString(modifyIndex));
      }
      boolean deleted = new KvStore(agent()).delete(key, how);
      if (cas && !deleted) {
        return fail("Error! Did not delete key " + key + ": CAS failed");
      }
    } catch (AgentException e) {
      String what =
          recurse
              ? "Error! Did not delete prefix "
              : cas ? "Error! Did not delete key " : "Error deleting key ";
      return fail(what + key + ": " + e.getMessage());
    }
    print((recurse ? "Success! Deleted keys with prefix: " : "Success! Deleted key: ") + key);
    return 0;
  }

  private String misuse(String key) {
    if (key.isEmpty() && !recurse) {
      return "Error! Missing KEY argument";
    } else if (cas && modifyIndex == 0) {
      return "Cannot delete a key that does not exist. Provide a -modify-index greater than than 0.";
    } else if (modifyIndex != 0 && !cas) {
      return "Cannot specify -modify-index without -cas!";
    } else if (recurse && cas) {
      return "Cannot specify both -cas and -recurse!";
    }
    return null;
  }
}
