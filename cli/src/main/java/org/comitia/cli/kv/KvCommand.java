package org.comitia.cli.kv;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia kv}: the group of the key/value store's commands. */
@Command(
    name = "kv",
    description = "Reads and writes the key/value store.",
    footer = {
      "comitia kv put redis/config/connections 5",
      "comitia kv get redis/config/connections",
      "comitia kv get -recurse redis/",
      "comitia kv delete redis/config/connections"
    })
public final class KvCommand extends CommandGroup {}
