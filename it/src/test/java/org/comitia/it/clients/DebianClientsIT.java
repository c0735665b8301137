package org.comitia.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.comitia.it.OnThreeServers;
import org.comitia.it.ThreeServers;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients of other languages: the npm package {@code consul} and Debian's {@code python3-consul},
 * both installed by {@code .ci/run}. Each program in {@code it/clients} takes the servers'
 * addresses, and ends with 0 when every answer was as expected.
 */
@Tag("debian")
@OnThreeServers
class DebianClientsIT {
  private static final Duration LIMIT = Duration.ofMinutes(2);

  @TempDir Path folder;

  @Test
  void theNpmPackageWorks(ThreeServers servers) throws Exception {
    Path npm = ClientProcess.folder("npm");
    assertThat(npm.resolve("node_modules/consul"))
        .as("installed by `npm ci` in it/clients/npm")
        .isDirectory();
    run(servers, "node", npm.resolve("client.js"));
  }

  @Test
  void pythonsPackageWorks(ThreeServers servers) throws Exception {
    Path python = Path.of("/usr/bin/python3");
    assertThat(Files.isExecutable(python)).as("Debian's python3 is installed").isTrue();
    run(servers, python.toString(), ClientProcess.folder("python").resolve("client.py"));
  }

  private void run(ThreeServers servers, String interpreter, Path program) throws Exception {
    List<String> command = new ArrayList<>(List.of(interpreter, program.toString()));
    for (int n = 1; n <= 3; n++) {
      command.add(servers.address(n));
    }
    try (ClientProcess client = ClientProcess.start(folder.resolve("client.out"), command)) {
      client.awaitSuccess(LIMIT);
    }
  }
}
