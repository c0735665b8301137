package org.comitia.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where the audit log goes.
 *
 * @param file empty: {@code audit.log} in the data directory
 * @param rotateBytes a file grows to so many, at least 1024
 * @param rotateMaxFiles so many files are kept, that which is written among them; 1 to 1000
 */
public record AuditSettings(Optional<Path> file, int rotateBytes, int rotateMaxFiles) {
  static AuditSettings of(Map<Setting, Object> values) {
    return new AuditSettings(
        Optional.ofNullable((Path) values.get(Setting.AUDIT_FILE)),
        (Integer) values.get(Setting.AUDIT_ROTATE_BYTES),
        (Integer) values.get(Setting.AUDIT_ROTATE_MAX_FILES));
  }

  /** Adds what is wrong with them. */
  static void check(Map<Setting, Object> values, List<String> problems) {
    if ((Integer) values.get(Setting.AUDIT_ROTATE_BYTES) < 1024) {
      problems.add("audit.rotate_bytes must be at least 1024");
    }
    int files = (Integer) values.get(Setting.AUDIT_ROTATE_MAX_FILES);
    if (files < 1 || files > 1000) {
      problems.add("audit.rotate_max_files must be 1 to 1000");
    }
  }
}
