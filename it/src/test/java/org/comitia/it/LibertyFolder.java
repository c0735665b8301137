package org.comitia.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A plain Open Liberty server of a user: its {@code server.xml} is the README's snippet, read from
 * README.md as it stands, and what such a user has besides: an application of his own on another
 * port. All of Comitia's settings are in {@code bootstrap.properties}.
 */
final class LibertyFolder {
  private static final Pattern SNIPPET =
      Pattern.compile(
          "<!-- server.xml: begin -->\\s*```xml\\n(.*?)```\\s*<!-- server.xml: end -->",
          Pattern.DOTALL);
  private static final Pattern APPLICATION =
      Pattern.compile("<enterpriseApplication[^>]*location=\"comitia.ear\"[^>]*/>");

  /** What an Arquillian-managed server needs: see the container's documentation. */
  private static final String FOR_ARQUILLIAN =
      """
          <featureManager><feature>localConnector-1.0</feature></featureManager>
          <applicationMonitor updateTrigger="mbean"/>
      """;

  /** Applications come and go with changes of server.xml. */
  private static final String WATCHED =
      """
          <config updateTrigger="polled" monitorInterval="500ms"/>
      """;

  private final Path usr;
  private final String name;
  private final String address;
  private final Map<String, String> settings = new LinkedHashMap<>();

  /**
   * @param usr the folder for {@code WLP_USER_DIR}
   */
  LibertyFolder(Path usr, String name, String address) {
    this.usr = usr;
    this.name = name;
    this.address = address;
    set("comitia.node-name", name);
    set("comitia.bind-address", address);
    set("comitia.client-address", address);
    set("comitia.data-dir", dataDir().toString());
  }

  LibertyFolder set(String property, String value) {
    settings.put(property, value);
    return this;
  }

  String name() {
    return name;
  }

  Path usr() {
    return usr;
  }

  Path dataDir() {
    return usr.resolve("data").resolve(name);
  }

  String address() {
    return address;
  }

  /** Comitia's own endpoint. */
  Http http() {
    return new Http(address + ":8500");
  }

  /** The endpoint of the user's other applications. */
  Http neighbour() {
    return new Http(address + ":9080");
  }

  private Path folder() {
    return usr.resolve("servers").resolve(name);
  }

  Path messagesLog() {
    return folder().resolve("logs/messages.log");
  }

  /** Makes the folder anew for Arquillian, which brings the application itself. */
  LibertyFolder prepareForArquillian() {
    prepare();
    write("server.xml", serverXml(FOR_ARQUILLIAN, false));
    return this;
  }

  /** Makes the folder anew, with the application not deployed yet. */
  LibertyFolder prepareForRedeploy() {
    prepare();
    copy(Distribution.ear(), folder().resolve("apps/comitia.ear"));
    undeploy();
    return this;
  }

  /** The running server deploys the application when it sees the changed file. */
  void deploy() {
    write("server.xml", serverXml(WATCHED, true));
  }

  void undeploy() {
    write("server.xml", serverXml(WATCHED, false));
  }

  private void prepare() {
    Agents.deleteTree(folder());
    Agents.deleteTree(dataDir());
    try (Stream<Path> jars = Files.list(Distribution.home().resolve("lib/sqlite"))) {
      for (Path jar : jars.toList()) {
        copy(jar, folder().resolve("sqlite").resolve(jar.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("is the distribution built?", e);
    }
    write("jvm.options", Distribution.TEST_JVM.replace(' ', '\n') + "\n");
    write(
        "bootstrap.properties",
        settings.entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue() + "\n")
            .collect(Collectors.joining()));
  }

  private String serverXml(String more, boolean withApplication) {
    String snippet = readmeSnippet();
    Matcher application = APPLICATION.matcher(snippet);
    if (!application.find()) {
      throw new AssertionError("the README's snippet deploys no comitia.ear:\n" + snippet);
    }
    if (!withApplication) {
      snippet = application.replaceFirst("");
    }
    String own =
        more
            + "    <httpEndpoint id=\"defaultHttpEndpoint\" host=\""
            + address
            + "\" httpPort=\"9080\" httpsPort=\"-1\"/>\n";
    return snippet.replace("</server>", own + "</server>");
  }

  private static String readmeSnippet() {
    try {
      String readme = Files.readString(Distribution.root().resolve("README.md"), UTF_8);
      Matcher snippet = SNIPPET.matcher(readme);
      if (!snippet.find()) {
        throw new AssertionError("README.md has no block between its server.xml markers");
      }
      return snippet.group(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String file, String content) {
    try {
      Files.createDirectories(folder());
      Path temporary = Files.writeString(folder().resolve(file + ".new"), content, UTF_8);
      Files.move(
          temporary,
          folder().resolve(file),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Path from, Path to) {
    try {
      Files.createDirectories(to.getParent());
      Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The end of the server's log, for an assertion's message. */
  String tail() {
    try {
      List<String> lines = Files.readAllLines(messagesLog(), UTF_8);
      return "=== the end of messages.log of "
          + name
          + " ("
          + address
          + ")\n"
          + String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()))
          + "\n";
    } catch (IOException e) {
      return "messages.log of " + name + " cannot be read: " + e + "\n";
    }
  }
}
