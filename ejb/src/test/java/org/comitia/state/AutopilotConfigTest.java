package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AutopilotConfigTest {
  private static final AutopilotConfig CAREFUL =
      new AutopilotConfig(false, 1_000, 9, 3, 5_000, "zone", true, "v", 77, 78);

  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private void raise(int level) {
    assertThat(apply(new Command.RaiseLevel(level))).isEqualTo(new CommandResult.Done(true));
  }

  @Test
  void belowItsLevelTheDefaultsStandAndTheStateIsThatOfTheBuildBefore() {
    raise(1);
    String before = StateDigest.of(machine.version().at(9));
    CommandResult result = apply(new Command.AutopilotSet(CAREFUL, null));
    assertThat(result).isInstanceOf(CommandResult.Failed.class);
    assertThat(((CommandResult.Failed) result).message())
        .startsWith("COM3068: ")
        .contains("level 1");
    assertThat(machine.version().autopilot()).isEqualTo(AutopilotConfig.DEFAULT);
    assertThat(StateDigest.of(machine.version().at(9))).isEqualTo(before);
  }

  @Test
  void itIsSetWithIndexesOfItsOwn() {
    raise(1);
    raise(2);
    assertThat(apply(new Command.AutopilotSet(CAREFUL, null)))
        .isEqualTo(new CommandResult.Done(true));
    assertThat(machine.version().autopilot()).isEqualTo(CAREFUL.at(3, 3));
    apply(new Command.AutopilotSet(AutopilotConfig.DEFAULT, null));
    assertThat(machine.version().autopilot()).isEqualTo(AutopilotConfig.DEFAULT.at(3, 4));
  }

  @Test
  void withAnIndexItIsSetOnlyIfThatIsTheNewest() {
    raise(1);
    raise(2);
    assertThat(apply(new Command.AutopilotSet(CAREFUL, 1L)))
        .isEqualTo(new CommandResult.Done(false));
    assertThat(apply(new Command.AutopilotSet(CAREFUL, 0L)))
        .isEqualTo(new CommandResult.Done(true));
    assertThat(apply(new Command.AutopilotSet(AutopilotConfig.DEFAULT, 0L)))
        .as("only while nobody has set it")
        .isEqualTo(new CommandResult.Done(false));
    assertThat(apply(new Command.AutopilotSet(AutopilotConfig.DEFAULT, 4L)))
        .isEqualTo(new CommandResult.Done(true));
    assertThat(machine.version().autopilot().modifyIndex()).isEqualTo(6);
  }

  @Test
  void whatIsNegativeOrTooLongIsRefused() {
    raise(1);
    raise(2);
    refused(new AutopilotConfig(true, -1, 0, 0, 0, "", false, "", 0, 0), "LastContactThreshold");
    refused(new AutopilotConfig(true, 0, -1, 0, 0, "", false, "", 0, 0), "MaxTrailingLogs");
    refused(new AutopilotConfig(true, 0, 0, -1, 0, "", false, "", 0, 0), "MinQuorum");
    refused(new AutopilotConfig(true, 0, 0, 0, -1, "", false, "", 0, 0), "ServerStabilizationTime");
    String tag = "t".repeat(CommandRules.MAX_NAME_BYTES + 1);
    refused(new AutopilotConfig(true, 0, 0, 0, 0, tag, false, "", 0, 0), "RedundancyZoneTag");
    refused(new AutopilotConfig(true, 0, 0, 0, 0, "", false, tag, 0, 0), "UpgradeVersionTag");
  }

  private void refused(AutopilotConfig config, String why) {
    CommandResult result = apply(new Command.AutopilotSet(config, null));
    assertThat(((CommandResult.Failed) result).message()).contains(why);
    assertThat(machine.version().autopilot()).isEqualTo(AutopilotConfig.DEFAULT);
  }
}
