package org.comitia.state;

import java.util.List;

/**
 * What a transaction did: either results or errors, never both.
 *
 * @param results in the operations' order; an operation may have none ({@code delete}) or many
 *     ({@code get-tree}). Written values are not repeated in it
 * @param errors empty on success; otherwise nothing was changed
 */
public record TxnOutcome(List<Row> results, List<Error> errors) {
  /** A row that an operation read or wrote: one of the four is set. */
  public record Row(KvEntry kv, Node node, Service service, Check check) {}

  /** Why an operation failed. @param opIndex its place, from 0 */
  public record Error(int opIndex, String what) {}

  public boolean succeeded() {
    return errors.isEmpty();
  }
}
