package org.comitia.agent.check;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A check, field by field. */
final class SpecBuilder {
  List<String> args = List.of();
  String http = "";
  Map<String, List<String>> header = new TreeMap<>();
  String method = "";
  String body = "";
  boolean disableRedirects;
  String tcp = "";
  String udp = "";
  String grpc = "";
  boolean useTls;
  String h2ping = "";
  String aliasNode = "";
  String aliasService = "";
  String tlsServerName = "";
  boolean tlsSkipVerify;
  Duration ttl = Duration.ZERO;
  Duration interval = Duration.ofSeconds(1);
  Duration timeout = Duration.ofSeconds(60); // longer than a test waits: the answer counts
  int successBeforePassing;
  int failuresBeforeWarning;
  int failuresBeforeCritical;
  int outputMaxSize;

  CheckSpec build() {
    return new CheckSpec(
        "c1",
        "check one",
        "",
        "",
        "",
        args,
        http,
        header,
        method,
        body,
        disableRedirects,
        tcp,
        udp,
        grpc,
        useTls,
        h2ping,
        useTls,
        aliasNode,
        aliasService,
        tlsServerName,
        tlsSkipVerify,
        ttl,
        interval,
        timeout,
        successBeforePassing,
        failuresBeforeWarning,
        failuresBeforeCritical,
        Duration.ZERO,
        outputMaxSize,
        "",
        false);
  }
}
