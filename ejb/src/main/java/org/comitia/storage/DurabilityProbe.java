package org.comitia.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Set;
import org.comitia.cluster.Durability;

/**
 * Finds out whether a commit is on the disk when it returns: reads the settings back on the very
 * connection that writes, and knows by product what they are worth (design §3, figures in
 * docs/design/storage.md). What it does not know counts as not synced.
 */
final class DurabilityProbe {
  private static final Set<String> NETWORK_FILE_SYSTEMS =
      Set.of(
          "nfs",
          "nfs4",
          "cifs",
          "smb",
          "smb2",
          "smb3",
          "smbfs",
          "9p",
          "afs",
          "ceph",
          "glusterfs",
          "fuse.sshfs",
          "fuse.glusterfs",
          "lustre");

  private DurabilityProbe() {}

  static Durability probe(Connection connection, Product product, Path directory)
      throws SQLException {
    DatabaseMetaData metaData = connection.getMetaData();
    String name = metaData.getDatabaseProductName() + " " + metaData.getDatabaseProductVersion();
    String warning = fileSystemWarning(directory);
    return switch (product) {
      case SQLITE -> sqlite(connection, name, warning);
      case POSTGRESQL -> postgresql(connection, name, warning);
      case HSQLDB -> hsqldb(connection, name, warning);
      case H2 ->
          new Durability(
              false, name, join(warning, "H2 syncs nothing at commit, WRITE_DELAY=0 included"));
      case OTHER ->
          new Durability(
              false, name, join(warning, "nobody has shown that this database syncs at commit"));
    };
  }

  private static Durability sqlite(Connection connection, String name, String warning)
      throws SQLException {
    String mode = setting(connection, "PRAGMA journal_mode").toLowerCase(Locale.ROOT);
    String synchronous =
        switch (setting(connection, "PRAGMA synchronous")) {
          case "0" -> "off";
          case "1" -> "normal";
          case "2" -> "full";
          case "3" -> "extra";
          default -> "unknown";
        };
    boolean full = synchronous.equals("full") || synchronous.equals("extra");
    // A rollback journal with FULL is synced as well; memory and off have no journal on the disk.
    boolean journal = Set.of("wal", "delete", "truncate", "persist").contains(mode);
    boolean synced = full && journal;
    String summary = name + ", journal_mode=" + mode + ", synchronous=" + synchronous;
    return new Durability(
        synced,
        summary,
        synced ? warning : join(warning, "SQLite syncs commits only with synchronous=FULL"));
  }

  private static Durability postgresql(Connection connection, String name, String warning)
      throws SQLException {
    String fsync = setting(connection, "SHOW fsync");
    String commit = setting(connection, "SHOW synchronous_commit");
    boolean synced =
        fsync.equals("on")
            && Set.of("on", "local", "remote_write", "remote_apply").contains(commit);
    String summary = name + ", fsync=" + fsync + ", synchronous_commit=" + commit;
    return new Durability(
        synced,
        summary,
        synced
            ? warning
            : join(
                warning, "PostgreSQL syncs commits only with fsync=on and synchronous_commit=on"));
  }

  private static Durability hsqldb(Connection connection, String name, String warning)
      throws SQLException {
    String delay =
        setting(
            connection,
            "SELECT property_value FROM information_schema.system_properties"
                + " WHERE property_name = 'hsqldb.write_delay'");
    boolean synced = delay.equalsIgnoreCase("false");
    return new Durability(
        synced,
        name + ", write_delay=" + delay,
        synced ? warning : join(warning, "HSQLDB syncs commits only with write_delay=false"));
  }

  private static String setting(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      String value = result.next() ? result.getString(1) : null;
      return value == null ? "unknown" : value;
    }
  }

  /** What is to be said about the file system that the directory lies on; empty for nothing. */
  static String fileSystemWarning(Path directory) {
    try {
      return warningFor(Files.getFileStore(directory).type(), directory);
    } catch (IOException e) {
      return "cannot find out what file system " + directory + " is on: " + e.getMessage();
    }
  }

  /** The same for a file system's type as the kernel names it. */
  static String warningFor(String type, Path directory) {
    String kind = type.toLowerCase(Locale.ROOT);
    if (kind.equals("tmpfs") || kind.equals("ramfs")) {
      return directory + " is on " + kind + ": it is gone after a restart of this machine";
    }
    if (NETWORK_FILE_SYSTEMS.contains(kind)) {
      return directory
          + " is on a network file system ("
          + kind
          + "): locks and syncs cannot be relied on there";
    }
    return "";
  }

  private static String join(String first, String second) {
    return first.isEmpty() ? second : first + "; " + second;
  }
}
