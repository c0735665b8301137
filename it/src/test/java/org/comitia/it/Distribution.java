package org.comitia.it;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where the product under test lies: the source tree with its built distribution. */
public final class Distribution {
  /** The long forms of the long tests: ten chaos rounds, every start order, ... */
  static final boolean FULL = Boolean.getBoolean("it.full");

  /** JVM options of plain Liberty servers under test: little memory, the first-tier compiler. */
  static final String TEST_JVM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m";

  private static final Path ROOT =
      Path.of(System.getProperty("comitia.root", "..")).toAbsolutePath().normalize();

  private Distribution() {}

  /** The root of the source tree. */
  public static Path root() {
    return ROOT;
  }

  /** The exploded distribution. */
  static Path home() {
    return ROOT.resolve("liberty-config/target/comitia");
  }

  /** The assembled application. */
  static Path ear() {
    return ROOT.resolve("ear/target/comitia.ear");
  }

  /** The Open Liberty inside the distribution. */
  static Path liberty() {
    return home().resolve("wlp");
  }

  /** A folder under {@code it/target} for what a test leaves behind. */
  public static Path workFolder(String name) {
    return ROOT.resolve("it/target/it-work").resolve(name);
  }

  /**
   * The command in front of {@code ./comitia}: signals that whoever started the tests ignores (a
   * script's background job ignores SIGINT) would be ignored by the agents too. SIGHUP is as nohup
   * leaves it: an agent takes it all the same.
   */
  static List<String> command(String... arguments) {
    Path script = ROOT.resolve("comitia");
    if (!Files.isExecutable(script)) {
      throw new IllegalStateException(
          script + " is missing: run `mvn package -DskipTests -DskipITs` in " + ROOT + " first");
    }
    return withSignals(script, arguments);
  }

  /** The same of another distribution. */
  static List<String> commandOf(Path home, String... arguments) {
    return home.equals(home())
        ? command(arguments)
        : withSignals(home.resolve("bin/comitia"), arguments);
  }

  private static List<String> withSignals(Path script, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add("env");
    command.add("--default-signal=INT,TERM");
    command.add("--ignore-signal=HUP");
    command.add(script.toString());
    command.addAll(List.of(arguments));
    return command;
  }
}
