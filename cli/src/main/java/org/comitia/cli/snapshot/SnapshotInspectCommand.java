package org.comitia.cli.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.comitia.cli.client.Arguments;
import org.comitia.cli.client.Columns;
import org.comitia.cli.command.HelpOption;
import org.comitia.log.LogLine;
import org.comitia.snapshot.ArchiveReader;
import org.comitia.snapshot.Manifest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code comitia snapshot inspect}: what a snapshot's file holds, if it is whole. */
@Command(
    name = "inspect",
    description = {
      "Shows what the file of a snapshot holds.",
      "All of the file is read and checked first: exit code 1, and what is damaged in it, for one that is not whole."
          + " Whether its rows are those that were archived and belong together, only `snapshot restore` finds out."
    },
    footer = "comitia snapshot inspect backup.snap")
public final class SnapshotInspectCommand implements Callable<Integer> {
  /** UTF-16 units of an archive's own text. */
  private static final int MAX_TEXT = 256;

  private static final String[] UNITS = {"B", "KB", "MB", "GB", "TB"};

  @Parameters(paramLabel = "FILE", arity = "0..*")
  private List<String> arguments = new ArrayList<>();

  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    String problem = Arguments.notOne(arguments, "FILE");
    if (problem != null) {
      return fail(problem);
    }
    InputStream opened;
    try {
      opened = SnapshotFile.opened(arguments.get(0));
    } catch (IOException e) {
      return fail("Error opening snapshot file: " + SnapshotFile.words(e));
    }
    try (InputStream archive = opened) {
      print(ArchiveReader.read(archive, rows -> {}));
      return 0;
    } catch (IOException e) {
      return fail(
          "Error reading snapshot: "
              + LogLine.excerpt(SnapshotFile.words(e), SnapshotFile.MAX_ERROR));
    }
  }

  private void print(ArchiveReader.Contents contents) {
    Manifest manifest = contents.manifest();
    Columns head =
        Columns.wide()
            .row(" ID", manifest.id())
            .row(" Size", Long.toString(manifest.size()))
            .row(" Index", Long.toString(manifest.index()))
            .row(" Term", Long.toString(manifest.term()))
            .row(" Format", Integer.toString(Manifest.FORMAT_VERSION))
            .row(" Level", Integer.toString(manifest.level()))
            .row(" Comitia", said(manifest.version()))
            .row(" Datacenter", said(manifest.datacenter()))
            .row(" Cluster", said(manifest.cluster()))
            .row(" Time", manifest.time().toString());
    Columns counts = Columns.wide().row(" Type", "Count", "Size", "").row(dashes());
    contents.tables().entrySet().stream()
        .filter(table -> table.getValue().rows() > 0)
        .sorted(
            Comparator.comparing(
                    (Map.Entry<String, ArchiveReader.Table> table) -> -table.getValue().bytes())
                .thenComparing(Map.Entry::getKey))
        .forEach(
            table ->
                counts.row(
                    " " + table.getKey(),
                    Long.toString(table.getValue().rows()),
                    size(table.getValue().bytes()),
                    ""));
    long total = contents.tables().values().stream().mapToLong(ArchiveReader.Table::bytes).sum();
    counts.row(dashes()).row(" Total", "", size(total), "");
    PrintWriter out = spec.commandLine().getOut();
    head.lines().forEach(out::println);
    out.println();
    counts.lines().forEach(out::println);
  }

  /** What whoever made the archive wrote into it. */
  private static String said(String text) {
    return LogLine.excerpt(text, MAX_TEXT);
  }

  private static String[] dashes() {
    return new String[] {" ----", "----", "----", ""};
  }

  /** As Consul prints it: one digit behind the point, none if it is 0. */
  static String size(long bytes) {
    if (bytes == 0) {
      return "0";
    }
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < UNITS.length - 1) {
      value /= 1024;
      unit++;
    }
    String text = String.format(Locale.ROOT, "%.1f", value);
    return (text.endsWith(".0") ? text.substring(0, text.length() - 2) : text) + UNITS[unit];
  }

  private int fail(String line) {
    spec.commandLine().getErr().println(line);
    return 1;
  }
}
