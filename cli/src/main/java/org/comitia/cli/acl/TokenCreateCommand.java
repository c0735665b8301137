package org.comitia.cli.acl;

import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.DurationOption;
import org.comitia.config.GoDuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code comitia acl token create}. */
@Command(
    name = "create",
    description = "Makes a token.",
    footer = {
      "comitia acl token create -description=\"reads keys\" -policy-name=kv-read",
      "comitia acl token create -service-identity=web -expires-ttl=8h"
    })
public final class TokenCreateCommand extends FormattedCommand {
  @Mixin private LinkOptions links = new LinkOptions();
  @Mixin private RoleLinkOptions roles = new RoleLinkOptions();

  @Option(
      names = {"-accessor", "--accessor"},
      paramLabel = "UUID",
      description = "Its AccessorID. Default: drawn.")
  private String accessor;

  @Option(
      names = {"-secret", "--secret"},
      paramLabel = "UUID",
      description =
          "Its SecretID, which others on this machine may see meanwhile. Default: drawn by the agent.")
  private String secret;

  @Option(
      names = {"-description", "--description"},
      paramLabel = "TEXT",
      description = "What it is for.")
  private String description = "";

  @Option(
      names = {"-local", "--local"},
      description = "It counts in this datacenter only; there is one.")
  private boolean local;

  @Option(
      names = {"-expires-ttl", "--expires-ttl"},
      paramLabel = "TIME",
      converter = DurationOption.class,
      description = "How long it counts, from a minute to a day. Default: for ever.")
  private Duration ttl;

  @Override
  int run(AclStore acl) throws AgentException {
    if (links.isEmpty() && roles.isEmpty()) {
      return fail(
          "Cannot create a token without specifying -policy-name, -policy-id, -role-name, -role-id,"
              + " -service-identity, or -node-identity at least once");
    }
    JsonObjectBuilder token =
        Json.createObjectBuilder()
            .add("Description", description)
            .add("Local", local)
            .add("Policies", LinkOptions.array(links.policies(acl)))
            .add("Roles", LinkOptions.array(roles.roles(acl)))
            .add("ServiceIdentities", LinkOptions.array(links.services()))
            .add("NodeIdentities", LinkOptions.array(links.nodes()));
    if (accessor != null) {
      token.add("AccessorID", accessor);
    }
    if (secret != null) {
      token.add("SecretID", secret);
    }
    if (ttl != null) {
      token.add("ExpirationTTL", GoDuration.format(ttl));
    }
    return show(acl.create(AclStore.Kind.TOKEN, token.build()), AclText::token);
  }

  @Override
  String failing() {
    return "Failed to create new token";
  }
}
