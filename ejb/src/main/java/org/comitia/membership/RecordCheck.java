package org.comitia.membership;

import java.util.Map;
import java.util.regex.Pattern;
import org.comitia.cluster.Member;
import org.comitia.config.HostPort;
import org.comitia.wire.proto.MemberRecord;

/**
 * The door for records that others made: what passes may be shown, saved, dialled and believed to
 * be of bounded size. Stateless, asks nobody.
 */
final class RecordCheck {
  static final int MAX_TAGS = 64;
  static final int MAX_TAG_NAME = 128;
  static final int MAX_TAG_VALUE = 512;

  /** So that as many records as are kept fit into the file of members. */
  static final int MAX_BYTES = 3 << 10;

  /** What newer versions may add; kept, it takes some fifty times that in memory. */
  static final int MAX_UNKNOWN_BYTES = 256;

  /** As {@code node_name} in the settings. */
  private static final Pattern NAME = Pattern.compile("[^\\s\\p{Cntrl}]{1,128}");

  private static final Pattern CONTROL =
      Pattern.compile("\\p{Cntrl}|[\\u0080-\\u009f\\u2028\\u2029]");

  private RecordCheck() {}

  /** What is wrong with it, without a word of its own; null when nothing is. */
  static String objection(MemberRecord record) {
    if (!record.hasNodeId() || !record.hasChannel()) {
      return "it does not say whose it is";
    } else if (record.getSerializedSize() > MAX_BYTES) {
      return "it is longer than " + MAX_BYTES + " bytes";
    } else if (unknown(record) > MAX_UNKNOWN_BYTES) {
      return "it has more that is not known here than " + MAX_UNKNOWN_BYTES + " bytes";
    } else if (!isName(record.getName())) {
      return "its name is no node name";
    } else if (!HostPort.isLiteral(record.getAddress())) {
      return "its address is no IP address";
    } else if (!isPort(record.getPort())) {
      return "its port is no port";
    } else if (record.getStatus() < 1 || record.getStatus() > Member.Status.values().length) {
      return "its status is not known";
    }
    return objection(record.getTagsMap());
  }

  private static int unknown(MemberRecord record) {
    return record.getUnknownFields().getSerializedSize()
        + record.getNodeId().getUnknownFields().getSerializedSize()
        + record.getChannel().getUnknownFields().getSerializedSize();
  }

  private static String objection(Map<String, String> tags) {
    if (tags.size() > MAX_TAGS) {
      return "it has more than " + MAX_TAGS + " tags";
    }
    for (Map.Entry<String, String> tag : tags.entrySet()) {
      if (tag.getKey().length() > MAX_TAG_NAME
          || tag.getValue().length() > MAX_TAG_VALUE
          || CONTROL.matcher(tag.getKey()).find()
          || CONTROL.matcher(tag.getValue()).find()) {
        return "it has a tag that is too long or not of one line";
      }
    }
    String port = tags.get(Member.Tags.PORT);
    return port == null || isPort(port) ? null : "its server port is no port";
  }

  /** Whether an agent may be called so. */
  static boolean isName(String name) {
    return NAME.matcher(name).matches() && !CONTROL.matcher(name).find();
  }

  private static boolean isPort(int port) {
    return port > 0 && port < 65_536;
  }

  private static boolean isPort(String port) {
    return port.matches("[1-9]\\d{0,4}") && isPort(Integer.parseInt(port));
  }
}
