package org.comitia.cli.tls;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.comitia.config.HostPort;
import org.comitia.encryption.Der;

/**
 * The extensions of a certificate (RFC 5280, 4.2), as {@code keytool -ext} takes them. Those with
 * names in them are given by object identifier and value: keytool's own words for them know no name
 * with an underscore, and no name constraints.
 */
final class Extensions {
  private static final String SUBJECT_ALTERNATIVE_NAMES = "2.5.29.17=";
  private static final String NAME_CONSTRAINTS = "2.5.29.30:critical=";
  private static final int DNS_NAME = 0x82;
  private static final int URI = 0x86;
  private static final int IP_ADDRESS = 0x87;
  private static final int PERMITTED = 0xa0;

  private static final Pattern NAME =
      Pattern.compile("(?:\\*\\.)?[\\w](?:[\\w-]{0,62})(?:\\.[\\w](?:[\\w-]{0,62})){0,30}");

  private final List<String> all = new ArrayList<>();
  private final List<byte[]> names = new ArrayList<>();

  /** Another extension, in keytool's words. */
  Extensions and(String extension) {
    all.add(extension);
    return this;
  }

  /**
   * A name that whoever has the certificate goes by.
   *
   * @throws IOException when it is no DNS name
   */
  Extensions dnsName(String name) throws IOException {
    names.add(Der.of(DNS_NAME, checked(name)));
    return this;
  }

  /** An address that whoever has the certificate is reached at. */
  Extensions ipAddress(InetAddress address) {
    names.add(Der.of(IP_ADDRESS, address.getAddress()));
    return this;
  }

  /** An identity under a scheme of its own. */
  Extensions uri(String uri) {
    names.add(Der.of(URI, uri.getBytes(StandardCharsets.US_ASCII)));
    return this;
  }

  /**
   * The domains whose names certificates of this authority may hold.
   *
   * @throws IOException when one is no DNS name
   */
  Extensions onlyBelow(List<String> domains) throws IOException {
    List<byte[]> subtrees = new ArrayList<>();
    for (String domain : domains) {
      subtrees.add(Der.of(Der.SEQUENCE, Der.of(DNS_NAME, checked(domain))));
    }
    byte[] permitted = Der.of(PERMITTED, subtrees.toArray(byte[][]::new));
    return and(NAME_CONSTRAINTS + hex(Der.of(Der.SEQUENCE, permitted)));
  }

  /** What is given to keytool, each behind an {@code -ext}. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>(all);
    if (!names.isEmpty()) {
      byte[] value = Der.of(Der.SEQUENCE, names.toArray(byte[][]::new));
      arguments.add(SUBJECT_ALTERNATIVE_NAMES + hex(value));
    }
    return arguments;
  }

  /**
   * An address from its literal; asks no name server.
   *
   * @throws IOException when it is none
   */
  static InetAddress literal(String text) throws IOException {
    if (HostPort.isLiteral(text)) {
      try {
        return InetAddress.getByName(text);
      } catch (UnknownHostException e) {
        // told below
      }
    }
    throw new IOException("\"" + text + "\" is not an IP address");
  }

  /**
   * A name's bytes.
   *
   * @throws IOException when it is no DNS name
   */
  static byte[] checked(String name) throws IOException {
    if (name.length() > 253 || !NAME.matcher(name).matches()) {
      throw new IOException("\"" + name + "\" is not a DNS name");
    }
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
