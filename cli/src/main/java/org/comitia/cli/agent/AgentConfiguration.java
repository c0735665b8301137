package org.comitia.cli.agent;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.Setting;
import org.comitia.config.Settings;

/**
 * The agent's configuration, resolved: flags before files before environment before defaults.
 *
 * @param settings the checked view
 * @param properties the same as texts, to be handed to the application as MicroProfile Config
 *     properties: only what was given, plus the addresses and the name that were found
 * @param warnings what a person should know, a line each
 */
record AgentConfiguration(
    Settings settings, Map<String, String> properties, List<String> warnings) {

  /**
   * Resolves the configuration.
   *
   * @param flags the command line
   * @param environment the environment's variables
   * @throws AgentException naming every mistake
   */
  static AgentConfiguration resolve(AgentFlags flags, Map<String, String> environment)
      throws AgentException {
    ConfigFiles files = new ConfigFiles();
    files.read(flags.sources());
    Map<String, String> properties = new LinkedHashMap<>();
    for (Setting setting : Setting.values()) {
      String text = text(setting, flags, files, environment);
      if (text != null && !text.isBlank()) {
        properties.put(setting.property(), text.trim());
      }
    }
    List<String> warnings = new ArrayList<>(files.warnings());
    boolean dev = "true".equals(properties.get(Setting.DEV.property()));
    if (dev) {
      developmentMode(properties, warnings);
    }
    try {
      Settings settings = Settings.of(properties);
      if (settings.dataDir().isEmpty()) {
        throw new AgentException("data_dir cannot be empty");
      }
      properties.put(Setting.BIND_ADDRESS.property(), settings.bindAddress().getHostAddress());
      properties.put(
          Setting.ADVERTISE_ADDRESS.property(), settings.advertiseAddress().getHostAddress());
      properties.put(Setting.NODE_NAME.property(), settings.nodeName());
      settings
          .dataDir()
          .ifPresent(dir -> properties.put(Setting.DATA_DIR.property(), dir.toString()));
      return new AgentConfiguration(settings, properties, warnings);
    } catch (InvalidSettingsException e) {
      throw new AgentException(e.problems());
    }
  }

  private static String text(
      Setting setting, AgentFlags flags, ConfigFiles files, Map<String, String> environment) {
    List<String> several = several(setting, flags, files);
    if (!several.isEmpty()) {
      // Addresses may come several in one flag; a comma in any other value belongs to it.
      boolean addresses = setting == Setting.JOIN || setting == Setting.RETRY_JOIN;
      return several.stream()
          .map(one -> addresses ? one : one.replace(",", "\\,"))
          .collect(Collectors.joining(","));
    }
    String flag = flags.values().get(setting);
    if (flag != null) {
      return flag;
    }
    String file = files.values().get(setting);
    return file != null ? file : environment.get(setting.environmentVariable());
  }

  /** What files and command line give together for a setting of several values. */
  private static List<String> several(Setting setting, AgentFlags flags, ConfigFiles files) {
    List<String> all = new ArrayList<>(files.list(setting));
    all.addAll(files.pairs(setting));
    switch (setting) {
      case JOIN -> all.addAll(flags.join());
      case RETRY_JOIN -> all.addAll(flags.retryJoin());
      case NODE_META -> all.addAll(flags.nodeMeta());
      case DEFINITIONS -> all.addAll(paths(flags));
      default -> {
        // files only
      }
    }
    return all;
  }

  /** The definitions of services and checks are in the same files as the settings. */
  private static List<String> paths(AgentFlags flags) {
    return flags.sources().stream()
        .map(source -> Path.of(source.path()).toAbsolutePath().toString())
        .toList();
  }

  /**
   * Development mode listens on loopback only, and never touches a directory that somebody may want
   * to keep.
   */
  private static void developmentMode(Map<String, String> properties, List<String> warnings) {
    properties.put(Setting.SERVER.property(), "true");
    properties.putIfAbsent(Setting.BIND_ADDRESS.property(), "127.0.0.1");
    if (properties.containsKey(Setting.DATA_DIR.property())) {
      warnings.add("dev mode keeps no data: data_dir is not used");
    }
    properties.put(Setting.DATA_DIR.property(), DataDirectory.temporary().toString());
  }
}
