package org.comitia.storage;

/**
 * What every stored row can do: say what it is called and what its checksum should be. Rows are
 * checked where they are read; a damaged row is reported and left as it is.
 */
interface Row {
  /** For people: table and key. */
  String describe();

  /** The checksum over all other columns as they are now. */
  long expectedChecksum();

  /** The checksum that was stored with the row. */
  long storedChecksum();

  /**
   * @return this
   * @throws DamagedRowException when the stored checksum is not that of the columns
   */
  static <R extends Row> R verified(R row) {
    long expected = row.expectedChecksum();
    if (expected != row.storedChecksum()) {
      throw new DamagedRowException(
          row.describe()
              + " is damaged: checksum "
              + row.storedChecksum()
              + " is stored, its columns give "
              + expected);
    }
    return row;
  }
}
