package org.comitia.it.chaos;

import org.comitia.it.Http;

/**
 * Large values, so that files must grow: in a steady state they reuse their free pages, and a full
 * disk is not noticed.
 */
final class Bulk {
  private static final int VALUES = 80;
  private static final int BYTES = 400 * 1024;

  private Bulk() {}

  /** Ends with the first value that is not taken. */
  static void write(Http http) {
    String value = "x".repeat(BYTES);
    for (int i = 0; i < VALUES; i++) {
      if (!Reply.put(http, "/v1/kv/bulk/" + i, value).isTrue()) {
        return;
      }
    }
  }

  static void delete(Http http) {
    Reply.put(http, "/v1/txn", "[{\"KV\": {\"Verb\": \"delete-tree\", \"Key\": \"bulk/\"}}]");
  }
}
