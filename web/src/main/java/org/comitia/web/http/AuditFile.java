package org.comitia.web.http;

import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.annotation.WebListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.logging.FileHandler;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.comitia.config.AuditSettings;
import org.comitia.config.DeployedSettings;
import org.comitia.config.InvalidSettingsException;
import org.comitia.config.Settings;

/**
 * Where {@link AuditLog} goes while this application runs: into the file that the settings say, or
 * that of the data directory, and from there no further; without either into the server's log. The
 * JDK's {@link FileHandler} rotates it by size.
 */
@WebListener
public class AuditFile implements ServletContextListener {
  private static final Logger LOG = Logger.getLogger("agent");

  private FileHandler file;

  @Override
  public void contextInitialized(ServletContextEvent begin) {
    try {
      Settings settings = DeployedSettings.load();
      if (settings.acl().enabled()) {
        path(settings).ifPresent(path -> open(path, settings.audit()));
      }
    } catch (InvalidSettingsException e) {
      // The node says so, and serves nothing.
    }
  }

  private static Optional<Path> path(Settings settings) {
    return settings.audit().file().or(() -> settings.dataDir().map(d -> d.resolve("audit.log")));
  }

  /** What cannot be opened is told; denials are then in the server's log. */
  void open(Path path, AuditSettings options) {
    try {
      Files.createDirectories(path.toAbsolutePath().getParent());
      String pattern = path.toString().replace("%", "%%");
      file = new FileHandler(pattern, options.rotateBytes(), options.rotateMaxFiles(), true);
      file.setEncoding("UTF-8");
      file.setFormatter(new Line());
      AuditLog.LOG.addHandler(file);
      AuditLog.LOG.setUseParentHandlers(false);
    } catch (IOException e) {
      LOG.severe(
          "COM4071: cannot write the audit log, its lines are in Liberty's messages.log instead: "
              + e);
    }
  }

  @Override
  public void contextDestroyed(ServletContextEvent end) {
    close();
  }

  void close() {
    if (file != null) {
      AuditLog.LOG.removeHandler(file);
      AuditLog.LOG.setUseParentHandlers(true);
      file.close();
    }
  }

  private static final class Line extends Formatter {
    @Override
    public String format(LogRecord record) {
      return record.getMessage() + "\n";
    }
  }
}
