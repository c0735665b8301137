package org.comitia.cli.snapshot;

import org.comitia.cli.command.CommandGroup;
import picocli.CommandLine.Command;

/** {@code comitia snapshot}: the group of the commands for backups of the whole state. */
@Command(
    name = "snapshot",
    description = "Saves, restores and inspects snapshots of the servers' state.",
    footer = {
      "comitia snapshot save backup.snap",
      "comitia snapshot restore backup.snap",
      "comitia snapshot inspect backup.snap",
      "comitia snapshot agent -local-path=/var/backups/comitia"
    })
public final class SnapshotCommand extends CommandGroup {}
