package org.comitia.wire;

import java.io.IOException;

/**
 * A command that this version does not know, or knows less of than its author did. A server that
 * finds one in its log halts its applier there (design §4): skipping it would make its state differ
 * from the others' without a word. The way out is a newer version.
 */
public final class UnknownCommandException extends IOException {
  private static final long serialVersionUID = 1L;

  public UnknownCommandException(String message) {
    super(message);
  }
}
