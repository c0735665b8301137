package org.comitia.cli.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.comitia.agent.check.CheckSpec;
import org.comitia.agent.definition.DefinitionFiles;
import org.comitia.agent.definition.Definitions;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.agent.definition.ServiceRegistration;
import org.comitia.cli.watch.AgentWatches;
import org.comitia.cli.watch.WatchDefinition;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.Setting;
import org.comitia.config.Settings;
import org.comitia.config.TlsSettings;
import org.comitia.encryption.Certificates;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Names;

/**
 * The agent's configuration, resolved: flags before files before environment before defaults.
 *
 * @param settings the checked view
 * @param properties the same as texts, to be handed to the application as MicroProfile Config
 *     properties: only what was given, plus the addresses and the name that were found
 * @param watches what is watched, and what is done then
 * @param warnings what a person should know, a line each
 */
record AgentConfiguration(
    Settings settings,
    Map<String, String> properties,
    List<WatchDefinition> watches,
    List<String> warnings) {

  private static final List<Setting> TLS_FILES =
      Arrays.stream(Setting.values())
          .filter(setting -> setting.property().startsWith("comitia.tls."))
          .filter(setting -> setting.type().equals("path"))
          .toList();

  /**
   * Resolves the configuration: whatever is wrong with it is found here, so that {@code validate}
   * says what the agent would say.
   *
   * @param flags the command line
   * @param environment the environment's variables
   * @throws AgentException naming every mistake, after what was skipped
   */
  static AgentConfiguration resolve(AgentFlags flags, Map<String, String> environment)
      throws AgentException {
    Resolution resolution = new Resolution(flags, environment);
    try {
      return resolution.resolve();
    } catch (AgentException e) {
      throw new AgentException(resolution.warnings(), e.lines());
    }
  }

  /** One attempt. */
  private static final class Resolution {
    private final AgentFlags flags;
    private final Map<String, String> environment;
    private final ConfigFiles files = new ConfigFiles();
    private final ConfigFiles fragments = new ConfigFiles();
    private final List<String> more = new ArrayList<>();

    Resolution(AgentFlags flags, Map<String, String> environment) {
      this.flags = flags;
      this.environment = environment;
    }

    List<String> warnings() {
      List<String> all = new ArrayList<>(files.warnings());
      all.addAll(fragments.warnings());
      if (!flags.withoutEffect().isEmpty()) {
        all.add(flags.withoutEffect());
      }
      all.addAll(more);
      return all;
    }

    AgentConfiguration resolve() throws AgentException {
      if (!List.of("", "json", "hcl").contains(flags.format())) {
        throw new AgentException("-config-format must be either 'hcl' or 'json'");
      }
      files.read(flags.sources(), flags.format());
      for (String fragment : flags.fragments()) {
        fragments.readFragment(fragment);
      }
      Map<String, String> properties = new LinkedHashMap<>();
      for (Setting setting : Setting.values()) {
        String text = text(setting);
        if (text != null && !text.isBlank()) {
          properties.put(setting.property(), text.trim());
        }
      }
      if (properties.containsKey(Setting.HTTPS_PORT.property())) {
        httpsAddress()
            .ifPresent(other -> properties.putIfAbsent(Setting.HTTPS_ADDRESS.property(), other));
      }
      for (Setting addresses : List.of(Setting.CLIENT_ADDRESS, Setting.HTTPS_ADDRESS)) {
        leaveOutUnixSockets(addresses, properties, more);
      }
      if ("true".equals(properties.get(Setting.DEV.property()))) {
        developmentMode(properties, more);
      }
      try {
        Settings settings = Settings.of(properties);
        if (settings.dataDir().isEmpty()) {
          throw new AgentException("data_dir cannot be empty");
        }
        refuseUnknownLevel(settings);
        refuseWithoutProtection(settings);
        readCertificates(settings);
        HttpsKeys.check(settings);
        readDefinitions(settings);
        put(properties, Setting.BIND_ADDRESS, settings.bindAddress().getHostAddress());
        put(properties, Setting.ADVERTISE_ADDRESS, settings.advertiseAddress().getHostAddress());
        put(properties, Setting.CLIENT_ADDRESS, joined(settings.clientAddresses()));
        if (settings.httpsPort() > 0) {
          put(properties, Setting.HTTPS_ADDRESS, joined(settings.httpsAddresses()));
        }
        put(properties, Setting.NODE_NAME, settings.nodeName());
        put(properties, Setting.DATA_DIR, settings.dataDir().get().toString());
        TLS_FILES.forEach(file -> makeAbsolute(properties, file));
        return new AgentConfiguration(settings, properties, watches(settings), warnings());
      } catch (InvalidSettingsException e) {
        throw new AgentException(e.problems());
      }
    }

    private List<WatchDefinition> watches(Settings settings) throws AgentException {
      List<WatchDefinition> all = new ArrayList<>(files.watches());
      all.addAll(fragments.watches());
      if (!all.isEmpty() && settings.httpPort() < 0) {
        throw new AgentException(
            "COM1114: watches need the HTTP API, and ports.http switches it off");
      } else if (all.size() > AgentWatches.MAX_WATCHES) {
        throw new AgentException(
            "COM1115: there are " + all.size() + " watches; at most " + AgentWatches.MAX_WATCHES);
      }
      return all;
    }

    private static String joined(List<InetAddress> addresses) {
      return addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(" "));
    }

    private static void put(Map<String, String> properties, Setting setting, String text) {
      properties.put(setting.property(), text);
    }

    /** The server that reads it runs in another directory. */
    private static void makeAbsolute(Map<String, String> properties, Setting file) {
      properties.computeIfPresent(
          file.property(), (any, text) -> Path.of(text).toAbsolutePath().normalize().toString());
    }

    /** {@code addresses.http} stands in the place of {@code client_addr}, but for HTTP alone. */
    private Optional<String> httpsAddress() {
      boolean otherForHttp = fragments.httpAddress() != null || files.httpAddress() != null;
      return otherForHttp
          ? single(Setting.CLIENT_ADDRESS).or(Setting.CLIENT_ADDRESS::defaultText)
          : Optional.empty();
    }

    private String text(Setting setting) {
      List<String> several = several(setting);
      if (!several.isEmpty()) {
        // Addresses may come several in one flag; a comma in any other value belongs to it.
        boolean addresses = setting == Setting.JOIN || setting == Setting.RETRY_JOIN;
        return several.stream()
            .map(one -> addresses ? one : one.replace(",", "\\,"))
            .collect(Collectors.joining(","));
      }
      return Stream.of(fragments.httpAddress(), files.httpAddress())
          .filter(address -> setting == Setting.CLIENT_ADDRESS && address != null)
          .findFirst()
          .or(() -> single(setting))
          .orElse(null);
    }

    private Optional<String> single(Setting setting) {
      return Stream.of(
              fragments.values().get(setting),
              flags.values().get(setting),
              files.values().get(setting),
              fragments.older().get(setting),
              files.older().get(setting),
              environment.get(setting.environmentVariable()))
          .filter(Objects::nonNull)
          .findFirst();
    }

    /** What files and command line give together for a setting of several values. */
    private List<String> several(Setting setting) {
      List<String> all = new ArrayList<>();
      if (setting == Setting.DEFINITIONS) {
        // the definitions of services and checks are in the same files as the settings
        files.files().forEach(file -> all.add(file.toString()));
        return all;
      }
      all.addAll(files.list(setting));
      all.addAll(files.pairs(setting));
      all.addAll(flags.list(setting));
      all.addAll(fragments.list(setting));
      all.addAll(fragments.pairs(setting));
      return all;
    }

    private static void refuseUnknownLevel(Settings settings) throws AgentException {
      String problem = FeatureLevel.cannotBeHeldAt(settings.featureLevelMax().orElse(0));
      if (settings.server() && !problem.isEmpty()) {
        throw new AgentException(problem);
      }
    }

    private void refuseWithoutProtection(Settings settings) throws AgentException {
      List<String> demands = new ArrayList<>(files.protections().demands());
      demands.addAll(fragments.protections().demands());
      Protections given = new Protections();
      flags
          .consuls()
          .forEach((key, values) -> given.look(key, String.join("", values), "the command line"));
      demands.addAll(given.demands());
      if (demands.isEmpty()) {
        return;
      }
      if (settings.ignoreSecurityKeys()) {
        demands.forEach(demand -> more.add("COM1113: started WITHOUT protection: " + demand));
      } else {
        demands.add(Protections.advice());
        throw new AgentException(demands);
      }
    }

    private static void readCertificates(Settings settings) throws AgentException {
      TlsSettings tls = settings.internalRpcTls();
      try {
        if (tls.hasAuthorities()) {
          Certificates.load(tls.sources());
        }
      } catch (IOException e) {
        throw new AgentException(e.getMessage());
      }
    }

    private void readDefinitions(Settings settings) throws AgentException {
      try {
        DefinitionFiles.Content content =
            DefinitionFiles.read(settings.nodeName(), settings.definitions());
        content.unknown().forEach(one -> more.add("skipping unknown configuration key: " + one));
        boolean scripts =
            Stream.concat(
                    content.checks().stream(),
                    content.services().stream().flatMap(service -> service.checks().stream()))
                .anyMatch(CheckSpec::isScript);
        if (scripts && !settings.localScriptChecks()) {
          throw new AgentException(
              "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or"
                  + " 'enable_local_script_checks' to true");
        }
        for (CheckSpec check : content.checks()) {
          String id = check.serviceId();
          boolean defined =
              content.services().stream().anyMatch(one -> Names.same(one.service().id(), id));
          if (!id.isEmpty() && !defined) {
            throw new AgentException(
                "check \""
                    + check.id()
                    + "\": ServiceID \""
                    + id
                    + "\" does not exist in these files");
          }
        }
        for (ServiceRegistration service : content.services()) {
          String refusal = Definitions.addressRefusal(service.service());
          if (refusal != null) {
            throw new AgentException(refusal);
          }
        }
      } catch (InvalidDefinitionException e) {
        throw new AgentException(e.getMessage());
      }
    }
  }

  /** A unix socket beside addresses is left out; alone, there would be no HTTP API left. */
  private static void leaveOutUnixSockets(
      Setting setting, Map<String, String> properties, List<String> warnings)
      throws AgentException {
    String property = setting.property();
    List<String> sockets = new ArrayList<>();
    List<String> addresses = new ArrayList<>();
    for (String one : properties.getOrDefault(property, "").split("\\s+")) {
      (one.startsWith("unix:") ? sockets : addresses).add(one);
    }
    if (sockets.isEmpty()) {
      return;
    }
    String what =
        "COM1116: the HTTP API does not listen on unix sockets: " + String.join(" ", sockets);
    if (addresses.isEmpty()) {
      throw new AgentException(
          what + ". Give an IP address, such as 127.0.0.1, in addresses.http or client_addr");
    }
    warnings.add(what + "; left out");
    properties.put(property, String.join(" ", addresses));
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
