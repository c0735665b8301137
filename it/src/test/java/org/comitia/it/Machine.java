package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A machine as docs/operations.md supposes it: Comitia is a service of systemd, whose files are in
 * {@code /etc/comitia} and {@code /var/lib/comitia}. Here it is an agent on an address of its own
 * with two folders; {@code systemctl} is carried out by the test, each other line by bash.
 */
final class Machine {
  private static final String SYSTEMCTL = "systemctl ";
  private static final Pattern BOUND = Pattern.compile("\"bind_addr\": \"([^\"]*)\"");

  final AgentProcess agent;
  private final Path home;
  private final Map<String, String> names = new LinkedHashMap<>();

  /**
   * @param home its folder; emptied
   */
  Machine(AgentProcess agent, Path home) throws IOException {
    this.agent = agent;
    this.home = home;
    Agents.deleteTree(home);
    Files.createDirectories(etc());
  }

  private Path etc() {
    return home.resolve("etc");
  }

  /** From now on the page's name, an address for example, stands for this on this machine. */
  void call(String onThePage, String here) {
    names.put(onThePage, here);
  }

  /** Writes {@code /etc/comitia/comitia.json}, which binds it to its own address. */
  void configure(String json) throws IOException {
    Files.writeString(config(), here(json.replaceFirst(BOUND.pattern(), bound(agent.address()))));
  }

  private Path config() {
    return etc().resolve("comitia.json");
  }

  private static String bound(String address) {
    return "\"bind_addr\": \"" + address + "\"";
  }

  private String here(String text) {
    String here =
        text.replace("/etc/comitia", etc().toString())
            .replace("/var/lib/comitia", agent.dataDir().toString())
            .replace("127.0.0.1", agent.address());
    for (Map.Entry<String, String> name : names.entrySet()) {
      here = here.replace(name.getKey(), name.getValue());
    }
    return here;
  }

  /** Carries out a line of the page; it must succeed. @return what it printed */
  String run(String line) throws Exception {
    if (line.startsWith(SYSTEMCTL)) {
      service(line.substring(SYSTEMCTL.length()));
      return "";
    }
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-euo", "pipefail", "-c", here(line))
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(home.resolve("out").toFile());
    Map<String, String> environment = builder.environment();
    environment.put("PATH", Distribution.home().resolve("bin") + ":" + environment.get("PATH"));
    environment.put("CONSUL_HTTP_ADDR", agent.address() + ":8500");
    environment.put("COMITIA_PROFILE", "fast");
    Process process = builder.start();
    boolean ended = process.waitFor(2, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    String said = Files.readString(home.resolve("out"));
    String what = "on " + agent.name + ": " + line + "\n" + said + agent.tail();
    assertThat(ended).as("within two minutes, " + what).isTrue();
    assertThat(process.exitValue()).as(what).isZero();
    return said;
  }

  private void service(String what) throws Exception {
    switch (what) {
      case "start comitia" -> {
        Matcher bound = BOUND.matcher(Files.readString(config()));
        assertThat(bound.find()).isTrue();
        agent.moveTo(bound.group(1));
        agent.start("-config-dir", etc().toString());
      }
      case "stop comitia" -> {
        agent.signal("TERM");
        agent.awaitExit(AgentProcess.STOP);
      }
      default -> throw new AssertionError("not known here: systemctl " + what);
    }
  }
}
