package org.comitia.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A server looks after its disk: it reads it through, mends the tables, keeps some of it free. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DiskIT {
  @RegisterExtension static final Agents agents = new Agents("disk");

  private static AgentProcess agent;

  @BeforeAll
  static void start() throws Exception {
    agent = agents.create("a");
    start("{\"scrub_interval\": \"2s\"}");
    agent.awaitInfo("raft", "feature_level", "3");
    for (int i = 0; i < 20; i++) {
      agent.mustPut("k" + i, "v" + i);
    }
  }

  private static void start(String settings) throws IOException {
    Path file =
        Files.writeString(Files.createDirectories(agents.folder()).resolve("disk.json"), settings);
    agent.start("-server", "-bootstrap", "-config-file", file.toString());
    agent.awaitHttp();
    agent.awaitLeader();
  }

  private static Path catalog() {
    return agent.dataDir().resolve("raft").resolve("catalog.db");
  }

  private static long kept() throws IOException {
    try (Stream<Path> files = Files.list(catalog().getParent())) {
      return files.filter(f -> f.toString().matches(".*catalog.db.damaged-[^-]*")).count();
    }
  }

  private static void awaitScrub() {
    Await.until(
        "all of the disk was looked through",
        AgentProcess.SOON,
        agents::tails,
        () -> agent.info("raft", "scrub_last").contains("found nothing"));
  }

  private static void hasAll() throws IOException {
    for (int i : new int[] {0, 7, 19}) {
      assertThat(agent.read("k" + i, false)).as(agent.tail()).isEqualTo("v" + i);
    }
  }

  @Test
  @Order(1)
  void theDiskIsLookedThrough() {
    awaitScrub();
  }

  @Test
  @Order(2)
  void deletedTablesAreWrittenAnew() throws Exception {
    Files.delete(catalog());
    agent.awaitLog("COM3073", AgentProcess.SOON);
    assertThat(catalog()).exists();
    agent.kill();
    start("{\"scrub_interval\": \"2s\"}");
    hasAll();
  }

  @Test
  @Order(3)
  void damagedTablesArePutAwayAtTheStart() throws Exception {
    agent.signal("TERM");
    agent.awaitExit(AgentProcess.SOON);
    byte[] bytes = Files.readAllBytes(catalog());
    for (int page = 4096; page < bytes.length; page += 4096) {
      bytes[page + 4] ^= 1; // how many rows there are
    }
    Files.write(catalog(), bytes);
    start("{\"scrub_interval\": \"2s\"}");
    assertThat(agent.logged("COM3072")).as(agent.tail()).isTrue();
    assertThat(kept()).isEqualTo(1);
    hasAll();
    awaitScrub();
  }

  @Test
  @Order(4)
  void aNearlyFullDiskTakesDeletionsOnlyAndSaysSo() throws Exception {
    agent.kill();
    start("{\"disk_reserve\": \"900000000000000000\"}");
    agent.awaitLog("COM3077", AgentProcess.SOON);
    Http.Answer put = agent.http().put("/v1/kv/k20", "v");
    assertThat(put.status()).isEqualTo(429);
    assertThat(put.body()).contains("COM3077");
    put = agent.http().put("/v1/snapshot", "an archive");
    assertThat(put.status()).isEqualTo(413);
    assertThat(put.body()).contains("COM4052").contains("comitia.disk-reserve");
    assertThat(agent.http().delete("/v1/kv/k0").status()).isEqualTo(200);
    assertThat(agent.http().get("/health/ready").status()).isEqualTo(503);
  }
}
