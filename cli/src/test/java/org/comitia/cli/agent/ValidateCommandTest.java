package org.comitia.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.comitia.cli.CommandRun;
import org.comitia.state.FeatureLevel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidateCommandTest {
  private final CommandRun command = new CommandRun();

  @TempDir private Path folder;

  private String file(String name, String content) throws Exception {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  @Test
  void whatAnAgentWouldTakeIsValid() throws Exception {
    String file = file("a.json", "{\"data_dir\":\"/tmp/x\",\"bind_addr\":\"127.0.0.1\"}");

    assertThat(command.run("validate", file)).isZero();
    assertThat(command.run("validate", "-quiet", folder.toString())).isZero();

    assertThat(command.out()).isEqualTo("Configuration is valid!\n");
    assertThat(command.err()).isEmpty();
  }

  @Test
  void skippedKeysAreTold() throws Exception {
    String file =
        file("a.json", "{\"data_dir\":\"/tmp/x\",\"bind_addr\":\"127.0.0.1\",\"nope\":1}");

    assertThat(command.run("validate", file)).isZero();

    assertThat(command.err()).contains("skipping unknown configuration key: key=nope");
    assertThat(command.out()).isEqualTo("Configuration is valid!\n");
  }

  @Test
  void definitionsAreReadAsTheAgentReadsThem() throws Exception {
    String file =
        file(
            "a.json",
            "{\"data_dir\":\"/tmp/x\",\"bind_addr\":\"127.0.0.1\",\"service\":{\"name\":\"w\",\"port\":\"80\"}}");

    assertThat(command.run("validate", file)).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo(
            "Config validation failed: "
                + file
                + ": Request decode failed: field \"service.Port\" must be an integer\n");
  }

  @Test
  void aFeatureLevelOfANewerVersionIsNotHeld() throws Exception {
    String common = "{\"data_dir\":\"/tmp/x\",\"bind_addr\":\"127.0.0.1\",\"feature_level_max\":";
    int known = FeatureLevel.KNOWN;
    assertThat(command.run("validate", file("a.json", common + known + ",\"server\":true}")))
        .isZero();
    String newer = file("b.json", common + (known + 1) + ",\"server\":true}");
    assertThat(command.run("validate", newer)).isEqualTo(1);
    assertThat(command.err())
        .startsWith("Config validation failed: COM1024: feature_level_max is " + (known + 1));
  }

  @Test
  void everyMistakeIsTold() throws Exception {
    String file =
        file("a.json", "{\"bootstrap\":true,\"bind_addr\":\"127.0.0.1\",\"bootstrap_expect\":-1}");

    assertThat(command.run("validate", file)).isEqualTo(1);
    assertThat(command.run("validate", file("b.json", "{"))).isEqualTo(1);
    assertThat(command.run("validate", folder.resolve("none").toString())).isEqualTo(1);
    assertThat(command.run("validate")).isEqualTo(1);
    assertThat(command.run("validate", "-config-format=yaml", file)).isEqualTo(1);

    assertThat(command.err())
        .contains("Config validation failed: 'bootstrap = true' requires 'server = true'\n")
        .contains("Config validation failed: bootstrap_expect cannot be -1.")
        .contains("Config validation failed: failed to parse ")
        .contains("/none: no such file or directory\n")
        .contains("Must specify at least one config file or directory\n")
        .endsWith("Config validation failed: -config-format must be either 'hcl' or 'json'\n");
    assertThat(command.out()).isEmpty();
  }
}
