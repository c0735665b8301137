package org.comitia.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.comitia.cluster.Member;
import org.comitia.config.Settings;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.FeatureLevel;
import org.junit.jupiter.api.Test;

class NodeIdentityTest {
  private static Settings settings(String... more) throws Exception {
    Map<String, String> properties = new HashMap<>();
    properties.put("comitia.bind-address", "127.0.0.1");
    properties.put("comitia.data-dir", "target");
    for (int i = 0; i < more.length; i += 2) {
      properties.put(more[i], more[i + 1]);
    }
    return Settings.of(properties);
  }

  @Test
  void theFeatureLevelIsHeldWhereTheSettingSaysWithinWhatIsKnown() throws Exception {
    assertThat(NodeIdentity.levelLimit(settings())).isEqualTo(FeatureLevel.KNOWN);
    assertThat(NodeIdentity.levelLimit(settings("comitia.feature-level-max", "0"))).isZero();
    Settings newer = settings("comitia.feature-level-max", "" + (FeatureLevel.KNOWN + 1));
    assertThatThrownBy(() -> NodeIdentity.levelLimit(newer))
        .isInstanceOf(RefusedException.class)
        .hasMessageStartingWith("COM1024: feature_level_max is " + (FeatureLevel.KNOWN + 1));
  }

  @Test
  void whatIsNotSetOfAutopilotGetsItsDefaultAndNothingIsWhenNothingIsSet() throws Exception {
    assertThat(NodeIdentity.autopilot(settings())).isNull();
    assertThat(
            NodeIdentity.autopilot(settings("comitia.autopilot-server-stabilization-time", "10s")))
        .isEqualTo(
            new AutopilotConfig(true, 200_000_000, 250, 0, 10_000_000_000L, "", false, "", 0, 0));
    assertThat(
            NodeIdentity.autopilot(
                settings(
                    "comitia.autopilot-cleanup-dead-servers", "false",
                    "comitia.autopilot-last-contact-threshold", "1s",
                    "comitia.autopilot-max-trailing-logs", "7",
                    "comitia.autopilot-min-quorum", "5")))
        .isEqualTo(new AutopilotConfig(false, 1_000_000_000, 7, 5, 0, "", false, "", 0, 0));
  }

  @Test
  void aServersTagTellsWhatItKnowsAndAClientHasNone() throws Exception {
    UUID id = new UUID(0, 1);
    assertThat(NodeIdentity.tags(settings("comitia.server", "true"), id, id))
        .containsEntry(Member.Tags.FEATURE_LEVEL, String.valueOf(FeatureLevel.KNOWN));
    assertThat(NodeIdentity.tags(settings(), id, null))
        .doesNotContainKey(Member.Tags.FEATURE_LEVEL);
  }
}
