package org.comitia.cli.agent;

import java.util.List;
import org.comitia.config.Settings;
import org.comitia.config.Version;

/** What an agent prints before anything of it runs, as Consul's does: who starts, and where. */
final class StartText {
  private StartText() {}

  static List<String> lines(Settings settings) {
    return List.of(
        "==> Starting Comitia agent...",
        line("Version", "'" + Version.TEXT + "'"),
        line("Node name", "'" + settings.nodeName() + "'"),
        line("Datacenter", "'" + settings.datacenter() + "'"),
        line("Server", settings.server() + " (Bootstrap: " + settings.bootstrap() + ")"),
        line("Encrypt", String.valueOf(settings.encrypts())),
        line("Certificates", String.valueOf(settings.internalRpcTls().hasAuthorities())),
        line("HTTPS", String.valueOf(settings.httpsPort() > 0)),
        line("Access control", String.valueOf(settings.acl().enabled())),
        line("Data dir", "'" + settings.dataDir().orElseThrow() + "'"),
        "",
        "==> Log data will now stream in as it occurs:",
        "");
  }

  /** The same in one line of the log, for whoever reads that with a program. */
  static String line(Settings settings) {
    return "Starting Comitia agent: version="
        + Version.TEXT
        + " node_name="
        + settings.nodeName()
        + " datacenter="
        + settings.datacenter()
        + " server="
        + settings.server()
        + " encrypt="
        + settings.encrypts()
        + " certificates="
        + settings.internalRpcTls().hasAuthorities()
        + " https="
        + (settings.httpsPort() > 0)
        + " acl="
        + settings.acl().enabled()
        + " data_dir="
        + settings.dataDir().orElseThrow();
  }

  private static String line(String name, String value) {
    return String.format("%18s: %s", name, value);
  }
}
