package org.comitia.storage;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The saved tables as SQL defines them; {@code docs/schema.md} explains them. */
final class CatalogTables {
  /** For {@link Product#ddl}. */
  static final List<String> DDL =
      List.of(
          "CREATE TABLE IF NOT EXISTS nodes (node_key TEXT PRIMARY KEY, name TEXT, id TEXT, address TEXT,"
              + " datacenter TEXT, tagged_addresses TEXT, meta TEXT, create_index NUMBER NOT NULL,"
              + " modify_index NUMBER NOT NULL, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS services (node_key TEXT NOT NULL, service_key TEXT NOT NULL, node TEXT, id TEXT, name TEXT,"
              + " kind TEXT, tags TEXT, address TEXT, tagged_addresses TEXT, meta TEXT,"
              + " port NUMBER NOT NULL, socket_path TEXT,"
              + " weight_passing NUMBER NOT NULL, weight_warning NUMBER NOT NULL,"
              + " enable_tag_override NUMBER NOT NULL, proxy TEXT, connect TEXT, create_index NUMBER NOT NULL,"
              + " modify_index NUMBER NOT NULL, checksum NUMBER NOT NULL, PRIMARY KEY (node_key, service_key))",
          "CREATE TABLE IF NOT EXISTS checks (node_key TEXT NOT NULL, check_key TEXT NOT NULL, node TEXT, id TEXT, name TEXT,"
              + " status TEXT, notes TEXT, output TEXT, service_id TEXT, service_name TEXT,"
              + " service_tags TEXT, type TEXT, check_interval TEXT, check_timeout TEXT,"
              + " exposed_port NUMBER NOT NULL, definition TEXT, create_index NUMBER NOT NULL,"
              + " modify_index NUMBER NOT NULL, checksum NUMBER NOT NULL, PRIMARY KEY (node_key, check_key))",
          "CREATE TABLE IF NOT EXISTS kv (key TEXT PRIMARY KEY, value BYTES NOT NULL,"
              + " flags NUMBER NOT NULL, lock_index NUMBER NOT NULL, session TEXT,"
              + " create_index NUMBER NOT NULL, modify_index NUMBER NOT NULL,"
              + " checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS tombstones (key TEXT PRIMARY KEY,"
              + " delete_index NUMBER NOT NULL, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS indexes (name TEXT PRIMARY KEY,"
              + " modify_index NUMBER NOT NULL, checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS sessions (session_key TEXT PRIMARY KEY, id TEXT, name TEXT,"
              + " node TEXT, lock_delay_nanos NUMBER NOT NULL, behavior TEXT NOT NULL, ttl TEXT,"
              + " node_checks NUMBER NOT NULL, service_checks NUMBER NOT NULL,"
              + " create_index NUMBER NOT NULL, modify_index NUMBER NOT NULL,"
              + " checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS session_checks (session_key TEXT NOT NULL,"
              + " position NUMBER NOT NULL, check_id TEXT, of_service NUMBER NOT NULL,"
              + " checksum NUMBER NOT NULL, PRIMARY KEY (session_key, position))",
          "CREATE TABLE IF NOT EXISTS lock_delays (key TEXT PRIMARY KEY,"
              + " delay_nanos NUMBER NOT NULL, since_index NUMBER NOT NULL,"
              + " checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS prepared_queries (query_key TEXT PRIMARY KEY, id TEXT,"
              + " name TEXT, session TEXT, token TEXT, template_type TEXT, template_regexp TEXT,"
              + " template_remove_empty_tags NUMBER NOT NULL, service TEXT,"
              + " only_passing NUMBER NOT NULL, ignore_check_ids TEXT, near TEXT, tags TEXT,"
              + " node_meta TEXT, service_meta TEXT, connect NUMBER NOT NULL,"
              + " failover_nearest_n NUMBER NOT NULL, failover_datacenters TEXT, dns_ttl TEXT,"
              + " create_index NUMBER NOT NULL, modify_index NUMBER NOT NULL,"
              + " checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS coordinates (node_key TEXT NOT NULL, segment TEXT NOT NULL,"
              + " node TEXT, vec TEXT, error FLOAT64 NOT NULL, adjustment FLOAT64 NOT NULL,"
              + " height FLOAT64 NOT NULL, checksum NUMBER NOT NULL,"
              + " PRIMARY KEY (node_key, segment))",
          "CREATE TABLE IF NOT EXISTS autopilot (name TEXT PRIMARY KEY,"
              + " cleanup_dead_servers NUMBER NOT NULL, last_contact_nanos NUMBER NOT NULL,"
              + " max_trailing_logs NUMBER NOT NULL, min_quorum NUMBER NOT NULL,"
              + " stabilization_nanos NUMBER NOT NULL, redundancy_zone_tag TEXT,"
              + " disable_upgrade_migration NUMBER NOT NULL, upgrade_version_tag TEXT,"
              + " create_index NUMBER NOT NULL, modify_index NUMBER NOT NULL,"
              + " checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS access (object_key TEXT PRIMARY KEY, kind TEXT,"
              + " id TEXT, body TEXT, create_index NUMBER NOT NULL, modify_index NUMBER NOT NULL,"
              + " checksum NUMBER NOT NULL)",
          "CREATE TABLE IF NOT EXISTS saved_point (id NUMBER PRIMARY KEY,"
              + " format_version NUMBER NOT NULL, applied_index NUMBER NOT NULL,"
              + " applied_term NUMBER NOT NULL, cluster TEXT, configuration TEXT NOT NULL,"
              + " configuration_index NUMBER NOT NULL, origin TEXT, checksum NUMBER NOT NULL)");

  /** A column of text that tables of an older version lack. */
  record Added(String table, String column) {
    boolean isThere(Statement statement) throws SQLException {
      try (ResultSet nothing = statement.executeQuery("SELECT * FROM " + table + " WHERE 1 = 0")) {
        ResultSetMetaData columns = nothing.getMetaData();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
          if (columns.getColumnName(i).equalsIgnoreCase(column)) {
            return true;
          }
        }
        return false;
      }
    }

    String ddl() {
      return "ALTER TABLE " + table + " ADD COLUMN " + column + " TEXT";
    }
  }

  /** What format 3 added to format 2, and what tells a snapshot's tables, which no format needs. */
  static final List<Added> ADDED =
      List.of(
          new Added("services", "proxy"),
          new Added("services", "connect"),
          new Added("saved_point", "origin"));

  private CatalogTables() {}
}
