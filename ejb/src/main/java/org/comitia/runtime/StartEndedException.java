package org.comitia.runtime;

/** The node was asked to stop before its start was through: what it had begun is to be closed. */
final class StartEndedException extends Exception {
  private static final long serialVersionUID = 1L;

  StartEndedException() {
    super("the start was ended", null, false, false);
  }
}
