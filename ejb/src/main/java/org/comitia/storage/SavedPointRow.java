package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.util.UUID;
import org.comitia.cluster.CatalogStore;
import org.comitia.state.FeatureLevel;

/** The point that the tables are at: the only row of its table. */
@Entity(name = "SavedPointRow")
@Table(name = SavedPointRow.TABLE)
final class SavedPointRow implements Row {
  static final String TABLE = "saved_point";
  static final long ID = 1;

  /**
   * The version of the catalog's tables; 3 brought {@code proxy} and {@code connect}. 4 has the
   * same columns: it says that feature levels are in force, of which a build that reads up to 3
   * knows nothing. 5 brought the table {@code autopilot}, 6 the table {@code access}.
   */
  static final long FORMAT = 6;

  /** Written until {@link FeatureLevel#ACCESS}, so that the build before still reads it. */
  private static final long FORMAT_OF_LEVEL_2 = 5;

  /** Written until {@link FeatureLevel#AUTOPILOT}, likewise. */
  private static final long FORMAT_OF_LEVEL_1 = 4;

  /** Written while no feature level is in force, likewise. */
  private static final long FORMAT_OF_LEVEL_0 = 3;

  /** The oldest version that is read as it is: the columns that it lacks are added, empty. */
  static final long OLDEST_FORMAT = 2;

  /** The origin of tables that a snapshot brought. */
  static final String SNAPSHOT = "snapshot";

  @Id
  @Column(name = "id")
  private long id;

  @Column(name = "format_version")
  private long format;

  @Column(name = "applied_index")
  private long appliedIndex;

  @Column(name = "applied_term")
  private long appliedTerm;

  @Column(name = "cluster")
  private String cluster;

  @Column(name = "configuration")
  private String configuration;

  @Column(name = "configuration_index")
  private long configurationIndex;

  /** {@link #SNAPSHOT}, or null: saved from the own log. */
  @Column(name = "origin")
  private String origin;

  @Column(name = "checksum")
  private long checksum;

  private SavedPointRow() {}

  /**
   * @param level the feature level in force at this point
   */
  SavedPointRow(CatalogStore.Point point, int level) {
    this(point, formatOf(level));
  }

  private static long formatOf(int level) {
    if (level >= FeatureLevel.ACCESS) {
      return FORMAT;
    } else if (level >= FeatureLevel.AUTOPILOT) {
      return FORMAT_OF_LEVEL_2;
    }
    return level == 0 ? FORMAT_OF_LEVEL_0 : FORMAT_OF_LEVEL_1;
  }

  private SavedPointRow(CatalogStore.Point point, long format) {
    id = ID;
    this.format = format;
    appliedIndex = point.appliedIndex();
    appliedTerm = point.appliedTerm();
    cluster = point.cluster() == null ? null : point.cluster().toString();
    configuration = JsonText.ofConfiguration(point.configuration());
    configurationIndex = point.configurationIndex();
    origin = point.fromSnapshot() ? SNAPSHOT : null;
    checksum = expectedChecksum();
  }

  /** For tests: the checksum of a row that a version with another format wrote. */
  static long checksumOf(CatalogStore.Point point, long format) {
    return new SavedPointRow(point, format).checksum;
  }

  long format() {
    return format;
  }

  CatalogStore.Point point() {
    return new CatalogStore.Point(
        appliedIndex,
        appliedTerm,
        cluster == null ? null : UUID.fromString(cluster),
        JsonText.toConfiguration(configuration),
        configurationIndex,
        SNAPSHOT.equals(origin));
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row id=" + id;
  }

  @Override
  public long expectedChecksum() {
    RowChecksum sum =
        new RowChecksum(TABLE)
            .add(id)
            .add(format)
            .add(appliedIndex)
            .add(appliedTerm)
            .add(cluster)
            .add(configuration)
            .add(configurationIndex);
    // As a build from before has it, whose tables have no such column.
    return (origin == null ? sum : sum.add(origin)).value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
