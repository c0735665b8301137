package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.Arguments;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code comitia acl bootstrap}: makes the first token. */
@Command(
    name = "bootstrap",
    description = {
      "Makes the first token, which may do everything. It can be done once.",
      "FILE holds the secret that it is to have, a UUID; - for standard input; left out, one is drawn."
    },
    footer = {"comitia acl bootstrap", "comitia acl bootstrap secret.txt"})
public final class BootstrapCommand extends FormattedCommand {
  @Parameters(paramLabel = "[FILE]", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Override
  int run(AclStore acl) throws AgentException {
    String problem = Arguments.tooMany(arguments, 1);
    if (problem != null) {
      return fail(problem);
    }
    JsonObjectBuilder body = Json.createObjectBuilder();
    if (!arguments.isEmpty()) {
      String file = arguments.get(0);
      try {
        byte[] secret = Arguments.data(file.equals("-") ? file : "@" + file, terminal().in());
        body.add("BootstrapSecret", new String(secret, StandardCharsets.UTF_8).strip());
      } catch (IOException e) {
        return fail(e.getMessage());
      }
    }
    return show(acl.put("bootstrap", body.build()), AclText::token);
  }

  @Override
  String failing() {
    return "Failed ACL bootstrapping";
  }
}
