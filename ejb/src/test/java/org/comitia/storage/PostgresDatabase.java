package org.comitia.storage;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * A PostgreSQL server of the tests' own, from Debian's package, in a temporary directory on
 * loopback; runs as user {@code postgres} when the tests run as root, which PostgreSQL refuses.
 * Turned on by {@code -Dit.postgres=true}; then a missing package is a failure, not a skip.
 */
final class PostgresDatabase implements TestDatabase, AutoCloseable {
  private static final String PROPERTY = "it.postgres";
  private static final String ADDRESS = "127.0.20.1";

  private final Path directory;
  private final Process server;
  private final String base;

  private PostgresDatabase(Path directory, Process server, String base) {
    this.directory = directory;
    this.server = server;
    this.base = base;
  }

  /** Starts a server, or skips the tests that need it. */
  static PostgresDatabase start() throws IOException, InterruptedException, SQLException {
    assumeTrue(
        Boolean.getBoolean(PROPERTY),
        "PostgreSQL is tested with -D" + PROPERTY + "=true and Debian's package postgresql");
    Path programs = programs();
    Path directory = Files.createTempDirectory(Path.of("/tmp"), "comitia-pg");
    List<String> asUser = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      run(List.of("chown", "postgres", directory.toString()));
      asUser.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    Path data = directory.resolve("data");
    List<String> init = new ArrayList<>(asUser);
    init.addAll(List.of(programs.resolve("initdb").toString(), "-D", data.toString()));
    init.addAll(List.of("-A", "trust", "-U", "comitia", "-E", "UTF8", "--locale=C"));
    run(init);
    int port = freePort();
    List<String> serve = new ArrayList<>(asUser);
    serve.addAll(List.of(programs.resolve("postgres").toString(), "-D", data.toString()));
    serve.addAll(List.of("-h", ADDRESS, "-p", "" + port, "-k", directory.toString()));
    ProcessBuilder builder = new ProcessBuilder(serve);
    builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD);
    PostgresDatabase database =
        new PostgresDatabase(
            directory, builder.start(), "jdbc:postgresql://" + ADDRESS + ":" + port + "/");
    database.awaitReady();
    return database;
  }

  private static Path programs() throws IOException {
    Path all = Path.of("/usr/lib/postgresql");
    if (Files.isDirectory(all)) {
      try (Stream<Path> versions = Files.list(all)) {
        Path newest = versions.max(Comparator.naturalOrder()).orElse(all).resolve("bin");
        if (Files.isExecutable(newest.resolve("initdb"))) {
          return newest;
        }
      }
    }
    throw new IOException("no PostgreSQL below " + all + ": install Debian's package postgresql");
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(ADDRESS))) {
      return socket.getLocalPort();
    }
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(Path.of("/tmp").toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + output);
    }
  }

  private void awaitReady() throws InterruptedException, SQLException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (true) {
      try {
        connect("postgres").close();
        return;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline || !server.isAlive()) {
          close();
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }

  private Connection connect(String name) throws SQLException {
    return DriverManager.getConnection(base + name + "?user=comitia");
  }

  @Override
  public DataSource dataSource(Unit unit, Path raftDir) throws SQLException {
    return new DriverDataSource(url(unit, raftDir));
  }

  /** Both units of one store directory share one database. */
  @Override
  public String url(Unit unit, Path raftDir) throws SQLException {
    String name = "store_" + Integer.toHexString(raftDir.toString().hashCode());
    try (Connection connection = connect("postgres");
        Statement statement = connection.createStatement()) {
      boolean exists;
      try (ResultSet row =
          statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + name + "'")) {
        exists = row.next();
      }
      if (!exists) {
        statement.execute("CREATE DATABASE " + name);
      }
    }
    return base + name + "?user=comitia";
  }

  @Override
  public void close() {
    try {
      // runuser hands the signal on; PostgreSQL's "fast" shutdown is SIGINT
      server.descendants().forEach(ProcessHandle::destroy);
      server.destroy();
      if (!server.waitFor(20, TimeUnit.SECONDS)) {
        server.descendants().forEach(ProcessHandle::destroyForcibly);
        server.destroyForcibly();
      }
      run(List.of("rm", "-rf", directory.toString()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new IllegalStateException("cannot clean up " + directory, e);
    }
  }
}
