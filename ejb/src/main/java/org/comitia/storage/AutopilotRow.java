package org.comitia.storage;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.comitia.state.AutopilotConfig;

/** How the leader looks after the servers: the only row of its table. */
@Entity(name = "AutopilotRow")
@Table(name = AutopilotRow.TABLE)
final class AutopilotRow implements Row {
  static final String TABLE = "autopilot";

  @Id
  @Column(name = "name")
  private String name;

  @Column(name = "cleanup_dead_servers")
  private long cleanup;

  @Column(name = "last_contact_nanos")
  private long lastContact;

  @Column(name = "max_trailing_logs")
  private long maxTrailingLogs;

  @Column(name = "min_quorum")
  private long minQuorum;

  @Column(name = "stabilization_nanos")
  private long stabilization;

  @Column(name = "redundancy_zone_tag")
  private String zoneTag;

  @Column(name = "disable_upgrade_migration")
  private long noMigration;

  @Column(name = "upgrade_version_tag")
  private String versionTag;

  @Column(name = "create_index")
  private long createIndex;

  @Column(name = "modify_index")
  private long modifyIndex;

  @Column(name = "checksum")
  private long checksum;

  private AutopilotRow() {}

  AutopilotRow(AutopilotConfig config) {
    name = AutopilotConfig.KEY;
    cleanup = config.cleanupDeadServers() ? 1 : 0;
    lastContact = config.lastContactNanos();
    maxTrailingLogs = config.maxTrailingLogs();
    minQuorum = config.minQuorum();
    stabilization = config.stabilizationNanos();
    zoneTag = StoredText.escape(config.redundancyZoneTag());
    noMigration = config.disableUpgradeMigration() ? 1 : 0;
    versionTag = StoredText.escape(config.upgradeVersionTag());
    createIndex = config.createIndex();
    modifyIndex = config.modifyIndex();
    checksum = expectedChecksum();
  }

  String name() {
    return name;
  }

  AutopilotConfig config() {
    return new AutopilotConfig(
        cleanup != 0,
        lastContact,
        maxTrailingLogs,
        minQuorum,
        stabilization,
        StoredText.unescape(zoneTag),
        noMigration != 0,
        StoredText.unescape(versionTag),
        createIndex,
        modifyIndex);
  }

  @Override
  public String describe() {
    return "table " + TABLE + ", row name=" + name;
  }

  @Override
  public long expectedChecksum() {
    return new RowChecksum(TABLE)
        .add(name)
        .add(cleanup)
        .add(lastContact)
        .add(maxTrailingLogs)
        .add(minQuorum)
        .add(stabilization)
        .add(zoneTag)
        .add(noMigration)
        .add(versionTag)
        .add(createIndex)
        .add(modifyIndex)
        .value();
  }

  @Override
  public long storedChecksum() {
    return checksum;
  }
}
