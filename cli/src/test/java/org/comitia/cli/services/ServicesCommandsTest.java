package org.comitia.cli.services;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.comitia.cli.CommandRun;
import org.comitia.cli.ScriptedAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServicesCommandsTest {
  private final CommandRun command = new CommandRun();
  private final ScriptedAgent agent = new ScriptedAgent();

  @AfterEach
  void stop() {
    agent.close();
  }

  private int services(String name, String... arguments) {
    String[] all = new String[arguments.length + 4];
    all[0] = "services";
    all[1] = name;
    all[2] = "-http-addr";
    all[3] = agent.address();
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    return command.run(all);
  }

  @Test
  void filesAreRegisteredInTheApisNames(@TempDir Path folder) throws Exception {
    String web =
        "{\"name\":\"web\",\"port\":80,\"check\":{\"tcp\":\"127.0.0.1:80\",\"interval\":\"10s\"}}";
    Path one = Files.writeString(folder.resolve("web.json"), "{\"service\":" + web + "}");
    Path more = Files.createDirectory(folder.resolve("more"));
    Files.writeString(
        more.resolve("b.json"),
        "{\"services\":[{\"Name\":\"b\",\"ID\":\"b-1\"},{\"name\":\"c\"}]}");
    Files.writeString(more.resolve("readme.txt"), "not a definition");

    assertThat(services("register", one.toString(), more.toString())).isZero();
    assertThat(services("deregister", one.toString(), more.toString())).isZero();

    assertThat(command.out())
        .isEqualTo(
            "Registered service: web\nRegistered service: b\nRegistered service: c\n"
                + "Deregistered service: web\nDeregistered service: b-1\n"
                + "Deregistered service: c\n");
    assertThat(agent.bodies().get(0))
        .isEqualTo(
            "{\"Name\":\"web\",\"Port\":80,\"Check\":{\"TCP\":\"127.0.0.1:80\",\"Interval\":\"10s\"}}");
    assertThat(agent.requests())
        .containsExactly(
            "PUT /v1/agent/service/register",
            "PUT /v1/agent/service/register",
            "PUT /v1/agent/service/register",
            "PUT /v1/agent/service/deregister/web",
            "PUT /v1/agent/service/deregister/b-1",
            "PUT /v1/agent/service/deregister/c");
  }

  /** What converts HCL to JSON writes every block as a list. */
  @Test
  void aListOfOneStandsForTheObject(@TempDir Path folder) throws Exception {
    for (String content :
        List.of(
            "{\"service\":[{\"name\":\"arr\",\"port\":1}]}",
            "{\"Services\":{\"name\":\"arr\",\"port\":1}}",
            "{\"SERVICE\":{\"name\":\"arr\",\"port\":1}}",
            "{\"service\":[],\"services\":[{\"name\":\"arr\",\"port\":1}]}")) {
      Path file = Files.writeString(folder.resolve("a.json"), content);

      assertThat(services("register", file.toString())).isZero();

      assertThat(agent.bodies()).last().isEqualTo("{\"Name\":\"arr\",\"Port\":1}");
    }
    assertThat(command.out()).isEqualTo("Registered service: arr\n".repeat(4));

    Path nested =
        Files.writeString(
            folder.resolve("n.json"),
            "{\"service\":[{\"name\":\"n\",\"check\":[{\"ttl\":\"1m\"}],\"tagged_addresses\":[{}],"
                + "\"checks\":[{\"ttl\":\"2m\"}]}]}");
    assertThat(services("register", nested.toString())).isZero();
    assertThat(agent.bodies())
        .last()
        .isEqualTo(
            "{\"Name\":\"n\",\"Check\":{\"TTL\":\"1m\"},\"TaggedAddresses\":{},"
                + "\"Checks\":[{\"TTL\":\"2m\"}]}");
  }

  @Test
  void filesThatDefineNoServiceAreNamed(@TempDir Path folder) throws Exception {
    Path none = Files.writeString(folder.resolve("none.json"), "{\"datacenter\":\"dc1\"}");
    Path wrong = Files.writeString(folder.resolve("wrong.json"), "{\"service\":\"web\"}");

    assertThat(services("register", none.toString())).isZero();
    assertThat(services("deregister", none.toString())).isZero();
    assertThat(services("register", wrong.toString())).isEqualTo(1);

    assertThat(agent.requests()).isEmpty();
    assertThat(command.err())
        .isEqualTo(
            "No service is defined in %s: nothing was registered\n".formatted(none)
                + "No service is defined in %s: nothing was deregistered\n".formatted(none)
                + "Error: failed to parse %s: service must hold objects\n".formatted(wrong));
  }

  @Test
  void optionsMakeOneService() {
    assertThat(
            services(
                "register",
                "-name=web",
                "-id=web-1",
                "-address=10.0.0.1",
                "-port=8080",
                "-tag=v1",
                "-tag=eu",
                "-meta=owner=shop",
                "-tagged-address=wan=198.51.100.1:80",
                "-tagged-address=lan_ipv6=[2001:db8::1]:81"))
        .isZero();
    assertThat(services("deregister", "-id=web-1")).isZero();

    assertThat(agent.bodies().get(0))
        .isEqualTo(
            "{\"Name\":\"web\",\"ID\":\"web-1\",\"Address\":\"10.0.0.1\",\"Port\":8080,"
                + "\"Tags\":[\"v1\",\"eu\"],\"Meta\":{\"owner\":\"shop\"},"
                + "\"TaggedAddresses\":{\"wan\":{\"Address\":\"198.51.100.1\",\"Port\":80},"
                + "\"lan_ipv6\":{\"Address\":\"2001:db8::1\",\"Port\":81}}}");
    assertThat(command.out()).isEqualTo("Registered service: web\nDeregistered service: web-1\n");
  }

  @Test
  void mistakesAreTold(@TempDir Path folder) throws Exception {
    Path broken = Files.writeString(folder.resolve("broken.json"), "service { }");
    agent.fails("PUT /v1/agent/service/deregister/x", "Unknown service ID \"x\"");

    assertThat(services("register")).isEqualTo(1);
    assertThat(services("register", "-name=x", "file")).isEqualTo(1);
    assertThat(services("register", folder.resolve("none.json").toString())).isEqualTo(1);
    assertThat(services("register", broken.toString())).isEqualTo(1);
    assertThat(services("register", "-name=x", "-tagged-address=lan=host:port")).isEqualTo(1);
    assertThat(services("deregister")).isEqualTo(1);
    assertThat(services("deregister", "-id=x", "file")).isEqualTo(1);
    assertThat(agent.requests()).isEmpty();
    assertThat(services("deregister", "-id=x")).isEqualTo(1);

    assertThat(command.err().lines().map(line -> line.replaceFirst("failed to parse .*", "...")))
        .containsExactly(
            "Service registration requires at least one argument or flags.",
            "Service registration requires arguments or -id, not both.",
            "Error: failed to read " + folder + "/none.json: no such file or directory",
            "Error: ...",
            "Invalid Tagged Address: no port in host:port",
            "Service deregistration requires at least one argument or -id.",
            "Service deregistration requires arguments or -id, not both.",
            "Error registering service \"x\": Unexpected response code: 500 (Unknown service ID \"x\")");
  }
}
