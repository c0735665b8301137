package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jboss.arquillian.container.test.api.ContainerController;
import org.jboss.arquillian.container.test.api.Deployer;
import org.jboss.arquillian.container.test.api.Deployment;
import org.jboss.arquillian.container.test.api.RunAsClient;
import org.jboss.arquillian.container.test.api.TargetsContainer;
import org.jboss.arquillian.junit5.ArquillianExtension;
import org.jboss.arquillian.test.api.ArquillianResource;
import org.jboss.shrinkwrap.api.Archive;
import org.jboss.shrinkwrap.api.ShrinkWrap;
import org.jboss.shrinkwrap.api.asset.StringAsset;
import org.jboss.shrinkwrap.api.importer.ZipImporter;
import org.jboss.shrinkwrap.api.spec.EnterpriseArchive;
import org.jboss.shrinkwrap.api.spec.WebArchive;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The EAR in plain Liberty servers whose server.xml is the README's snippet, deployed by
 * Arquillian: one server beside an application of somebody else, then two and three servers that
 * become a cluster.
 */
@ExtendWith({ArquillianIT.UsrFolder.class, ArquillianExtension.class})
@RunAsClient
@Tag("alone")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ArquillianIT {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Path USR = Path.of(System.getProperty("it.usr"));

  @ArquillianResource private ContainerController containers;
  @ArquillianResource private Deployer deployer;

  private final List<LibertyFolder> running = new ArrayList<>();

  /** Arquillian looks at its servers' folder before it does anything else. */
  static final class UsrFolder implements BeforeAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
      Files.createDirectories(USR);
    }
  }

  @Deployment(name = "comitia-n1", managed = false, testable = false)
  @TargetsContainer("n1")
  static Archive<?> first() {
    return ear();
  }

  @Deployment(name = "comitia-n2", managed = false, testable = false)
  @TargetsContainer("n2")
  static Archive<?> second() {
    return ear();
  }

  @Deployment(name = "comitia-n3", managed = false, testable = false)
  @TargetsContainer("n3")
  static Archive<?> third() {
    return ear();
  }

  @Deployment(name = "neighbour-n1", managed = false, testable = false)
  @TargetsContainer("n1")
  static Archive<?> neighbour() {
    return ShrinkWrap.create(WebArchive.class, "neighbour.war")
        .addAsWebResource(new StringAsset("the neighbour's page"), "index.html")
        .addAsWebInfResource(
            new StringAsset(
                "<web-ext xmlns=\"http://websphere.ibm.com/xml/ns/javaee\" version=\"1.0\">"
                    + "<context-root uri=\"/\"/></web-ext>"),
            "ibm-web-ext.xml");
  }

  private static Archive<?> ear() {
    return ShrinkWrap.create(ZipImporter.class, "comitia.ear")
        .importFrom(Distribution.ear().toFile())
        .as(EnterpriseArchive.class);
  }

  private LibertyFolder start(String name, String... settings) {
    LibertyFolder server = new LibertyFolder(USR, name, Loopback.next());
    for (int i = 0; i < settings.length; i += 2) {
      server.set(settings[i], settings[i + 1]);
    }
    server.prepareForArquillian();
    containers.start(name);
    running.add(server);
    deployer.deploy("comitia-" + name);
    return server;
  }

  @AfterEach
  void stopAll() {
    for (LibertyFolder server : running) {
      containers.stop(server.name());
    }
    running.clear();
  }

  private String tails() {
    StringBuilder all = new StringBuilder();
    running.forEach(server -> all.append(server.tail()));
    return all.toString();
  }

  @Test
  @Order(1)
  void theReadmesSnippetRunsTheEarBesideAnotherApplication() throws Exception {
    LibertyFolder n1 = start("n1", "comitia.server", "true", "comitia.bootstrap", "true");
    deployer.deploy("neighbour-n1");
    awaitVoters(n1);

    assertThat(n1.http().put("/v1/kv/in/a%2Fear", "yes").body().strip())
        .as(n1.tail())
        .isEqualTo("true");
    assertThat(n1.http().get("/v1/kv/in/a%2Fear?raw").body()).as(n1.tail()).isEqualTo("yes");
    JsonObject config =
        n1.http().get("/v1/agent/self").json().asJsonObject().getJsonObject("Config");
    assertThat(config.getString("NodeName")).isEqualTo("n1");
    for (String health : new String[] {"/health/started", "/health/live", "/health/ready"}) {
      Await.until(
          health + " is UP",
          LIMIT,
          () -> health(n1, health) + n1.tail(),
          () -> n1.neighbour().get(health).status() == 200);
      assertThat(n1.neighbour().get(health).body()).contains("\"UP\"").contains("comitia");
    }

    // Each application at `/` of its own port, and not on the other's.
    assertThat(n1.neighbour().get("/").body()).as(n1.tail()).isEqualTo("the neighbour's page");
    assertThat(n1.neighbour().get("/v1/agent/self").status()).as(n1.tail()).isEqualTo(404);
    assertThat(n1.http().get("/").body()).as(n1.tail()).doesNotContain("neighbour");

    // A leave never ends the user's JVM.
    n1.http().put("/v1/agent/leave", "");
    assertThat(n1.neighbour().get("/").status()).as(n1.tail()).isEqualTo(200);
    assertThat(n1.http().get("/v1/agent/self").status()).as(n1.tail()).isEqualTo(200);
    deployer.undeploy("neighbour-n1");
    deployer.undeploy("comitia-n1");
  }

  @Test
  @Order(2)
  void twoServersBecomeACluster() throws Exception {
    LibertyFolder n1 = start("n1", "comitia.server", "true", "comitia.bootstrap-expect", "2");
    LibertyFolder n2 = start("n2", joining(n1, 2));
    becomeACluster(n1, n2);
  }

  @Test
  @Order(3)
  void threeServersBecomeACluster() throws Exception {
    LibertyFolder n1 = start("n1", "comitia.server", "true", "comitia.bootstrap-expect", "3");
    LibertyFolder n2 = start("n2", joining(n1, 3));
    LibertyFolder n3 = start("n3", joining(n1, 3));
    becomeACluster(n1, n2, n3);
  }

  private static String[] joining(LibertyFolder first, int expect) {
    return new String[] {
      "comitia.server",
      "true",
      "comitia.bootstrap-expect",
      Integer.toString(expect),
      "comitia.retry-join",
      first.address(),
      "comitia.retry-interval",
      "1s"
    };
  }

  private void becomeACluster(LibertyFolder... servers) throws Exception {
    awaitVoters(servers);
    for (LibertyFolder server : servers) {
      assertThat(server.http().put("/v1/kv/from/" + server.name(), "hello").body().strip())
          .as("write at " + server.name() + "\n" + tails())
          .isEqualTo("true");
    }
    for (LibertyFolder reader : servers) {
      for (LibertyFolder writer : servers) {
        assertThat(reader.http().get("/v1/kv/from/" + writer.name() + "?raw").body())
            .as("default read at " + reader.name() + "\n" + tails())
            .isEqualTo("hello");
      }
    }
    for (LibertyFolder server : servers) {
      deployer.undeploy("comitia-" + server.name());
    }
  }

  private void awaitVoters(LibertyFolder... servers) {
    Await.until(
        servers.length + " voters and one leader on every server",
        LIMIT,
        this::tails,
        () -> {
          Set<String> leaders = new TreeSet<>();
          for (LibertyFolder server : servers) {
            leaders.add(server.http().get("/v1/status/leader").body().strip());
            JsonObject stats =
                server.http().get("/v1/agent/self").json().asJsonObject().getJsonObject("Stats");
            String peers = stats.getJsonObject("raft").getString("num_peers");
            if (!peers.equals(Integer.toString(servers.length - 1))) {
              return false;
            }
          }
          return leaders.size() == 1 && !leaders.contains("\"\"");
        });
  }

  private static String health(LibertyFolder server, String path) {
    try {
      return server.neighbour().get(path).body() + "\n";
    } catch (IOException e) {
      return e + "\n";
    }
  }
}
