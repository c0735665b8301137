package org.comitia.cli.agent;

import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import org.comitia.config.Setting;
import org.comitia.config.Settings;
import org.comitia.config.TlsSettings;

/** The agent's own server.xml: what it includes of the distribution, and where HTTP listens. */
final class ServerXml {
  /** How long the next piece of a body may take: a stop waits for one that is being read. */
  private static final long MAX_PIECE_MILLIS = 10_000;

  private static final String COMMON =
      "protocolVersion=\"http/1.1\" httpOptionsRef=\"comitiaHttpOptions\" headersRef=\"comitiaHeaders\"";

  private final Path home;
  private final HttpsKeys keys;
  private final StringBuilder xml = new StringBuilder(2048);

  /**
   * @param home the distribution
   * @param keys where the key stores lie, if there is HTTPS
   */
  ServerXml(Path home, HttpsKeys keys) {
    this.home = home;
    this.keys = keys;
  }

  /** The whole file. Called once. */
  String of(Settings settings) {
    line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    line("<!-- Written at each start of the agent: changes are lost. -->");
    line("<server>");
    include("comitia.xml");
    if (settings.server()) {
      include("datasource.xml");
    }
    variable(Setting.HTTP_MAX_HEADER_BYTES.property(), settings.httpMaxHeaderBytes());
    long piece = Math.min(MAX_PIECE_MILLIS, settings.httpBodyTimeout().toMillis());
    variable("comitiaReadTimeout", piece + "ms");
    http(settings);
    if (settings.httpsPort() > 0) {
      https(settings);
    }
    return line("</server>").toString();
  }

  private void http(Settings settings) {
    if (settings.httpPort() < 0) {
      // without a word of ours Liberty would make one
      line("    <httpEndpoint id=\"defaultHttpEndpoint\" enabled=\"false\"/>");
      return;
    }
    List<InetAddress> addresses = settings.clientAddresses();
    for (int i = 0; i < addresses.size(); i++) {
      String id = i == 0 ? "defaultHttpEndpoint" : "comitiaHttp" + i;
      endpoint(id, addresses.get(i), settings.httpPort(), -1, COMMON);
    }
  }

  private void https(Settings settings) {
    TlsSettings tls = settings.httpsTls();
    include("https.xml");
    keyStore("comitiaKeys", keys.own());
    String trust = "";
    if (tls.verifyIncoming()) {
      keyStore("comitiaAuthorities", keys.believed());
      trust = " trustStoreRef=\"comitiaAuthorities\" clientAuthentication=\"true\"";
    }
    line(
        "    <ssl id=\"comitiaTls\" keyStoreRef=\"comitiaKeys\"%s sslProtocol=\"%s\"/>"
            .formatted(trust, protocols(tls)));
    line("    <sslDefault sslRef=\"comitiaTls\"/>");
    line("    <sslOptions id=\"comitiaTlsOptions\" sslRef=\"comitiaTls\"/>");
    line(
        "    <tcpOptions id=\"comitiaTlsTcp\" inactivityTimeout=\"%dms\"/>"
            .formatted(settings.httpsHandshakeTimeout().toMillis()));
    List<InetAddress> addresses = settings.httpsAddresses();
    for (int i = 0; i < addresses.size(); i++) {
      endpoint(
          "comitiaHttps" + i,
          addresses.get(i),
          -1,
          settings.httpsPort(),
          COMMON + " sslOptionsRef=\"comitiaTlsOptions\" tcpOptionsRef=\"comitiaTlsTcp\"");
    }
  }

  private static String protocols(TlsSettings tls) {
    return tls.minVersion().orElse("").equals("TLSv1.3") ? "TLSv1.3" : "TLSv1.2,TLSv1.3";
  }

  /** Liberty reads it when it starts and when it is told that it has changed. */
  private void keyStore(String id, Path file) {
    line(
        ("    <keyStore id=\"%s\" type=\"PKCS12\" location=\"%s\" password=\"${%s}\" readOnly=\"true\""
                + " updateTrigger=\"mbean\"/>")
            .formatted(id, escape(file.toString()), HttpsKeys.PASSWORD));
  }

  private void endpoint(String id, InetAddress host, int http, int https, String more) {
    line(
        "    <httpEndpoint id=\"%s\" host=\"%s\" httpPort=\"%d\" httpsPort=\"%d\" %s/>"
            .formatted(id, escape(host.getHostAddress()), http, https, more));
  }

  private void variable(String name, Object value) {
    line("    <variable name=\"%s\" value=\"%s\"/>".formatted(name, value));
  }

  private void include(String file) {
    String location = home.resolve("server").resolve(file).toString();
    line("    <include location=\"%s\"/>".formatted(escape(location)));
  }

  private StringBuilder line(String text) {
    return xml.append(text).append('\n');
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
