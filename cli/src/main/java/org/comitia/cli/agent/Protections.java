package org.comitia.cli.agent;

import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.comitia.config.Setting;

/**
 * The keys of Consul's configuration that ask for a protection which Comitia does not have. A node
 * that was configured to be closed must not start open with a warning that nobody reads.
 */
final class Protections {
  private record Rule(Pattern key, String what) {
    Rule(String key, String what) {
      this(Pattern.compile(key), what);
    }
  }

  private static final List<Rule> RULES =
      List.of(
          new Rule("tls\\.https\\.verify_outgoing", "TLS to other HTTPS servers"),
          new Rule("auto_encrypt\\.(tls|allow_tls)|auto_config\\.enabled", "TLS"));

  /** The same in HCL, which is not read: a key with a value that asks for something. */
  private static final Pattern IN_HCL =
      Pattern.compile(
          "(?<![\\w.-])\"?(encrypt|acl_datacenter|verify_incoming(?:_rpc|_https)?|verify_outgoing"
              + "|verify_server_hostname|ca_file|ca_path|cert_file|key_file|serf_lan_allowed_cidrs"
              + "|acl\"?[\\s={]+(?:[^{}]*\\{[^{}]*\\})*[^{}]*?\\benabled|auto_encrypt\"?[\\s={]+(?:[^{}]*\\{[^{}]*\\})*[^{}]*?\\b(?:allow_)?tls"
              + "|auto_config\"?[\\s={]+(?:[^{}]*\\{[^{}]*\\})*[^{}]*?\\benabled)\"?\\s*[=:]\\s*(?:true|\"true\"|\"[^\"]+\"|\\[\\s*\"|<<)");

  private static final Pattern HCL_COMMENT =
      Pattern.compile("(?m)^\\s*(?:#|//)[^\n]*$|(?s:/\\*.*?\\*/)");

  private final List<String> demands = new ArrayList<>();

  /** Looks at a key's value, and at what is below it. */
  void look(String key, JsonValue value, String where) {
    if (value instanceof JsonObject object) {
      for (Map.Entry<String, JsonValue> entry : object.entrySet()) {
        look(key + "." + entry.getKey().toLowerCase(Locale.ROOT), entry.getValue(), where);
      }
      return;
    }
    if (value instanceof JsonArray array
        && !array.isEmpty()
        && array.get(0) instanceof JsonObject) {
      array.forEach(element -> look(key, element, where));
      return;
    }
    if (asks(value)) {
      look(key, where);
    }
  }

  /** Looks at a flag that was given. */
  void look(String key, String value, String where) {
    if (!value.isBlank() && !value.equals("false")) {
      look(key, where);
    }
  }

  /** Looks for keys that ask for a protection without parsing HCL; may find too many. */
  void lookAtHcl(String text, String where) {
    var found = IN_HCL.matcher(HCL_COMMENT.matcher(text).replaceAll(""));
    if (found.find()) {
      demands.add(
          found.group(1).replaceAll("[^\\w].*", "")
              + " in "
              + where
              + " asks for a protection, and HCL is not read");
    }
  }

  private void look(String key, String where) {
    for (Rule rule : RULES) {
      if (rule.key().matcher(key).matches()) {
        demands.add(
            key + " in " + where + " asks for " + rule.what() + ", which Comitia does not have");
      }
    }
  }

  private static boolean asks(JsonValue value) {
    return switch (value.getValueType()) {
      case TRUE -> true;
      case STRING -> {
        String text = ((JsonString) value).getString();
        yield !text.isBlank() && !text.equalsIgnoreCase("false");
      }
      case NUMBER -> ((JsonNumber) value).doubleValue() != 0;
      case ARRAY -> !value.asJsonArray().isEmpty();
      default -> false;
    };
  }

  /** What was asked for and is not there, a line each. */
  List<String> demands() {
    return demands;
  }

  /** What to do about it. */
  static String advice() {
    return "COM1112: whoever reaches this agent's ports could read and write everything. Take these keys out and keep the"
        + " ports inside a trusted network; or set "
        + Setting.IGNORE_SECURITY_KEYS.environmentVariable()
        + "=true to start without protection";
  }
}
