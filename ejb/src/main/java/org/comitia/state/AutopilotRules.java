package org.comitia.state;

/** What may become autopilot's configuration, and how it does. Pure functions. */
final class AutopilotRules {
  private AutopilotRules() {}

  /** Why a command cannot be carried out, whatever the state; null when it can. */
  static String refusal(AutopilotConfig config) {
    if (config.lastContactNanos() < 0) {
      return negative("LastContactThreshold");
    } else if (config.stabilizationNanos() < 0) {
      return negative("ServerStabilizationTime");
    } else if (config.maxTrailingLogs() < 0) {
      return negative("MaxTrailingLogs");
    }
    return config.minQuorum() < 0 ? negative("MinQuorum") : null;
  }

  private static String negative(String name) {
    return "COM4045: " + name + " must not be negative";
  }

  /** Why it cannot be set at the level in force; null when it can. */
  static String levelRefusal(int level) {
    return level >= FeatureLevel.AUTOPILOT
        ? null
        : "COM3068: autopilot's configuration cannot be set at feature level "
            + level
            + ", its defaults are in force: it needs level "
            + FeatureLevel.AUTOPILOT
            + ", which the leader raises once all servers know it; who does not is in comitia info on"
            + " the leader, feature_level_held_by";
  }

  /**
   * @return whether the index was the one that was asked for
   */
  static boolean set(Draft draft, Command.AutopilotSet command) {
    String early = levelRefusal(draft.level());
    if (early != null) {
      throw new Refused(early);
    }
    AutopilotConfig old = draft.autopilot();
    long found = old == null ? 0 : old.modifyIndex();
    if (command.casIndex() != null && command.casIndex() != found) {
      return false;
    }
    long created = old == null ? draft.index : old.createIndex();
    draft.putAutopilot(command.config().at(created, draft.index));
    return true;
  }
}
