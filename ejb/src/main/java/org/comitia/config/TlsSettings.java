package org.comitia.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.comitia.encryption.Certificates;

/**
 * What the settings of one group of {@code tls} say, {@code tls.defaults} where it says nothing.
 *
 * @param caFile certificates of the authorities that are believed
 * @param caPath a folder of such files; at most one of both is there
 * @param certFile this agent's certificate
 * @param keyFile its private key; there when that is
 * @param verifyIncoming whether who connects must show a certificate
 * @param verifyServerHostname whether a server must show one with a server's name
 * @param minVersion the oldest version as the JDK calls it; empty: not said
 */
public record TlsSettings(
    Optional<Path> caFile,
    Optional<Path> caPath,
    Optional<Path> certFile,
    Optional<Path> keyFile,
    boolean verifyIncoming,
    boolean verifyServerHostname,
    Optional<String> minVersion) {

  /** Whether anybody's certificate can be believed. */
  public boolean hasAuthorities() {
    return caFile.isPresent() || caPath.isPresent();
  }

  /** Where the certificates lie; only with authorities. */
  public Certificates.Sources sources() {
    return new Certificates.Sources(
        caFile.orElse(null), caPath.orElse(null), certFile.orElse(null), keyFile.orElse(null));
  }

  static TlsSettings internalRpc(Map<Setting, Object> values) {
    Merged merged = new Merged(values);
    return new TlsSettings(
        merged.caFile(Setting.TLS_INTERNAL_RPC_CA_FILE, Setting.TLS_INTERNAL_RPC_CA_PATH),
        merged.caPath(Setting.TLS_INTERNAL_RPC_CA_FILE, Setting.TLS_INTERNAL_RPC_CA_PATH),
        merged.path(Setting.TLS_INTERNAL_RPC_CERT_FILE, Setting.TLS_DEFAULTS_CERT_FILE),
        merged.path(Setting.TLS_INTERNAL_RPC_KEY_FILE, Setting.TLS_DEFAULTS_KEY_FILE),
        merged.is(Setting.TLS_INTERNAL_RPC_VERIFY_INCOMING, Setting.TLS_DEFAULTS_VERIFY_INCOMING),
        (Boolean) values.get(Setting.TLS_INTERNAL_RPC_VERIFY_SERVER_HOSTNAME),
        merged.text(
            Setting.TLS_INTERNAL_RPC_TLS_MIN_VERSION, Setting.TLS_DEFAULTS_TLS_MIN_VERSION));
  }

  static TlsSettings https(Map<Setting, Object> values) {
    Merged merged = new Merged(values);
    return new TlsSettings(
        merged.caFile(Setting.TLS_HTTPS_CA_FILE, Setting.TLS_HTTPS_CA_PATH),
        merged.caPath(Setting.TLS_HTTPS_CA_FILE, Setting.TLS_HTTPS_CA_PATH),
        merged.path(Setting.TLS_HTTPS_CERT_FILE, Setting.TLS_DEFAULTS_CERT_FILE),
        merged.path(Setting.TLS_HTTPS_KEY_FILE, Setting.TLS_DEFAULTS_KEY_FILE),
        merged.is(Setting.TLS_HTTPS_VERIFY_INCOMING, Setting.TLS_DEFAULTS_VERIFY_INCOMING),
        false,
        merged.text(Setting.TLS_HTTPS_TLS_MIN_VERSION, Setting.TLS_DEFAULTS_TLS_MIN_VERSION));
  }

  /** Adds what is wrong with those of the cluster's ports, in Consul's words where it has some. */
  static void check(Map<Setting, Object> values, boolean server, List<String> problems) {
    TlsSettings internal = internalRpc(values);
    boolean outgoing =
        new Merged(values)
            .is(Setting.TLS_INTERNAL_RPC_VERIFY_OUTGOING, Setting.TLS_DEFAULTS_VERIFY_OUTGOING);
    boolean certified = internal.certFile().isPresent();
    if (certified != internal.keyFile().isPresent()) {
      problems.add(
          "COM1130: tls.internal_rpc has only one of cert_file and key_file (its own or those of"
              + " tls.defaults): give both or none");
    } else if (!internal.hasAuthorities()) {
      checkWithoutAuthorities(internal, outgoing, problems);
    } else if (!certified && internal.verifyIncoming()) {
      problems.add(
          "VerifyIncoming set, and no Cert/Key pair provided! Give tls.internal_rpc.cert_file and"
              + " key_file, or those of tls.defaults");
    } else if (!certified) {
      problems.add(
          "COM1131: tls.internal_rpc has a CA and no cert_file and key_file (nor has tls.defaults),"
              + " which every agent of a cluster with certificates must have");
    } else if (server && !internal.verifyIncoming()) {
      checkOpen(values, problems);
    }
    if (internal.hasAuthorities()
        && !(is(values, Setting.ENCRYPT_VERIFY_INCOMING)
            && is(values, Setting.ENCRYPT_VERIFY_OUTGOING))) {
      problems.add(
          "COM1136: encrypt_verify_incoming and encrypt_verify_outgoing cannot be false with"
              + " certificates (tls.internal_rpc has a CA): agents with the key and those without"
              + " it would not meet. Take them out; a cluster gets its key first, then its"
              + " certificates");
    }
  }

  private static boolean is(Map<Setting, Object> values, Setting setting) {
    return Boolean.TRUE.equals(values.get(setting));
  }

  /** A server whose port takes strangers is asked whether that is meant. */
  private static void checkOpen(Map<Setting, Object> values, List<String> problems) {
    if (values.containsKey(Setting.ENCRYPT)) {
      problems.add(
          "COM1133: a server with encrypt and a CA in tls.internal_rpc needs verify_incoming: true"
              + " there or in tls.defaults: certificates take the key's place at the server port,"
              + " which whoever reaches it could use else");
    } else if (!saysOpen(values)) {
      problems.add(
          "COM1134: tls.internal_rpc has a CA and nothing says verify_incoming: without it whoever"
              + " reaches the server port may read and write. Give verify_incoming: true there or"
              + " in tls.defaults, or false if that is meant");
    }
  }

  private static boolean saysOpen(Map<Setting, Object> values) {
    return new Merged(values)
        .find(Setting.TLS_INTERNAL_RPC_VERIFY_INCOMING, Boolean.class)
        .or(() -> new Merged(values).find(Setting.TLS_DEFAULTS_VERIFY_INCOMING, Boolean.class))
        .isPresent();
  }

  /** To be told at each start of a server; null: nothing. */
  String openPort() {
    return !hasAuthorities() || verifyIncoming
        ? null
        : "COM1135: verify_incoming is false: whoever reaches the server port may read and write as"
            + " a client agent does, without a certificate";
  }

  private static void checkWithoutAuthorities(
      TlsSettings internal, boolean outgoing, List<String> problems) {
    String give = " Give tls.internal_rpc.ca_file or ca_path, or those of tls.defaults";
    boolean verifies = outgoing || internal.verifyServerHostname();
    if (internal.verifyIncoming()) {
      problems.add("VerifyIncoming set, and no CA certificate provided!" + give);
    }
    if (verifies) {
      problems.add("VerifyOutgoing set, and no CA certificate provided!" + give);
    }
    if (internal.certFile().isPresent() && !internal.verifyIncoming() && !verifies) {
      problems.add(
          "COM1132: tls.internal_rpc has a certificate and no CA to check those of the others by."
              + give
              + ". A certificate for the HTTPS API alone belongs into tls.https");
    }
  }

  /** A group's own value before that of the defaults. */
  private record Merged(Map<Setting, Object> values) {
    private Optional<Path> path(Setting own, Setting otherwise) {
      return find(own, Path.class).or(() -> find(otherwise, Path.class));
    }

    private Optional<String> text(Setting own, Setting otherwise) {
      return find(own, String.class).or(() -> find(otherwise, String.class));
    }

    private boolean is(Setting own, Setting otherwise) {
      return find(own, Boolean.class).or(() -> find(otherwise, Boolean.class)).orElse(false);
    }

    private Optional<Path> caFile(Setting ownFile, Setting ownPath) {
      return has(ownFile) || has(ownPath)
          ? find(ownFile, Path.class)
          : find(Setting.TLS_DEFAULTS_CA_FILE, Path.class);
    }

    /** Whoever names authorities of a group's own does not want others; a file goes first. */
    private Optional<Path> caPath(Setting ownFile, Setting ownPath) {
      if (caFile(ownFile, ownPath).isPresent()) {
        return Optional.empty();
      }
      return path(ownPath, Setting.TLS_DEFAULTS_CA_PATH);
    }

    private boolean has(Setting setting) {
      return values.containsKey(setting);
    }

    private <T> Optional<T> find(Setting setting, Class<T> type) {
      return Optional.ofNullable(values.get(setting)).map(type::cast);
    }
  }
}
