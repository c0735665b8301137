package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.comitia.config.Settings;
import org.comitia.config.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartTextTest {
  @TempDir private Path dir;

  private Settings settings() throws Exception {
    return Settings.of(
        Map.of(
            "comitia.server", "true",
            "comitia.node-name", "n1",
            "comitia.data-dir", dir.toString(),
            "comitia.bind-address", "127.0.0.1"));
  }

  @Test
  void whoStartsAndWhereIsSaidBeforeAnythingRuns() throws Exception {
    assertThat(StartText.lines(settings()))
        .contains(
            "==> Starting Comitia agent...",
            "           Version: '" + Version.TEXT + "'",
            "         Node name: 'n1'",
            "        Datacenter: 'dc1'",
            "            Server: true (Bootstrap: false)",
            "           Encrypt: false",
            "      Certificates: false",
            "             HTTPS: false",
            "    Access control: false",
            "          Data dir: '" + dir + "'");
  }

  @Test
  void aProgramGetsItInOneLine() throws Exception {
    assertThat(StartText.line(settings()))
        .isEqualTo(
            "Starting Comitia agent: version="
                + Version.TEXT
                + " node_name=n1 datacenter=dc1 server=true encrypt=false certificates=false https=false"
                + " acl=false data_dir="
                + dir);
  }
}
