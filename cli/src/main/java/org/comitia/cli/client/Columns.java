package org.comitia.cli.client;

import java.util.ArrayList;
import java.util.List;

/**
 * A table on a terminal: columns as wide as their widest cell, some blanks between them. Cells
 * count by code points.
 */
public final class Columns {
  private final int gap;
  private final boolean trimmed;
  private final List<String[]> rows = new ArrayList<>();

  /** Two blanks between columns, no trailing blanks. */
  public Columns() {
    this(2, true);
  }

  private Columns(int gap, boolean trimmed) {
    this.gap = gap;
    this.trimmed = trimmed;
  }

  /** Six blanks between columns, trailing blanks kept: as Consul prints details. */
  public static Columns wide() {
    return new Columns(6, false);
  }

  public Columns row(String... cells) {
    rows.add(cells);
    return this;
  }

  public List<String> lines() {
    int columns = rows.stream().mapToInt(row -> row.length).max().orElse(0);
    int[] widths = new int[columns];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], width(row[i]));
      }
    }
    List<String> lines = new ArrayList<>();
    for (String[] row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        line.append(row[i]);
        if (i < row.length - 1) {
          line.append(" ".repeat(widths[i] - width(row[i]) + gap));
        }
      }
      lines.add(trimmed ? line.toString().stripTrailing() : line.toString());
    }
    return lines;
  }

  private static int width(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
