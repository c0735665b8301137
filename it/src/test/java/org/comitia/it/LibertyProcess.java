package org.comitia.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A plain Open Liberty server as a running process, and what can be seen of it from outside. */
final class LibertyProcess implements AutoCloseable {
  private final Process process;

  /** Runs {@code server run} in the foreground: the pid is the server's. */
  LibertyProcess(LibertyFolder folder) {
    ProcessBuilder builder =
        new ProcessBuilder(
                Distribution.liberty().resolve("bin/server").toString(), "run", folder.name())
            .redirectErrorStream(true)
            .redirectOutput(folder.usr().resolve(folder.name() + ".out").toFile());
    builder.environment().put("WLP_USER_DIR", folder.usr().toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }

  /** Names of its live threads. */
  Set<String> threads() {
    Set<String> names = new TreeSet<>();
    Matcher line =
        Pattern.compile("(?m)^\"(.*?)\" #").matcher(Jvm.command(process.pid(), "Thread.print"));
    while (line.find()) {
      names.add(line.group(1));
    }
    return names;
  }

  /** How many instances of a class live after a full collection. */
  int instances(String className) {
    Matcher line =
        Pattern.compile("(?m)^\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+" + Pattern.quote(className) + "( |$)")
            .matcher(histogram());
    int count = 0;
    while (line.find()) {
      count += Integer.parseInt(line.group(1));
    }
    return count;
  }

  /** Classes of ours that have instances after a full collection. */
  List<String> ours() {
    return histogram().lines().filter(line -> line.contains("org.comitia.")).limit(40).toList();
  }

  private String histogram() {
    return Jvm.command(process.pid(), "GC.class_histogram");
  }

  /** Its TCP sockets, as {@code local:port -> remote:port state}. */
  Set<String> sockets() {
    Set<String> inodes = new TreeSet<>();
    try (Stream<Path> open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      for (Path fd : open.toList()) {
        try {
          inodes.add(Files.readSymbolicLink(fd).toString().replaceAll("\\D", ""));
        } catch (IOException closedMeanwhile) {
          // the next one
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Set<String> sockets = new TreeSet<>();
    for (String table : new String[] {"/proc/net/tcp", "/proc/net/tcp6"}) {
      readTable(table, inodes, sockets);
    }
    return sockets;
  }

  private static void readTable(String table, Set<String> inodes, Set<String> sockets) {
    try {
      List<String> lines = new ArrayList<>(Files.readAllLines(Path.of(table)));
      for (String line : lines.subList(1, lines.size())) {
        String[] columns = line.strip().split("\\s+");
        if (inodes.contains(columns[9])) {
          sockets.add(
              port(columns[1])
                  + " -> "
                  + port(columns[2])
                  + " "
                  + (columns[3].equals("0A") ? "listens" : "connected"));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String port(String hex) {
    String[] parts = hex.toUpperCase(Locale.ROOT).split(":");
    return parts[0].substring(Math.max(0, parts[0].length() - 8))
        + ":"
        + Integer.parseInt(parts[1], 16);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
