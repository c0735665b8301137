package org.comitia.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.comitia.cluster.CatalogStore;
import org.comitia.cluster.CatalogStore.Point;
import org.comitia.raft.Configuration;
import org.comitia.raft.Server;
import org.comitia.raft.ServerId;
import org.comitia.state.Check;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.state.Session;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.TxnOp;
import org.comitia.state.TxnOp.KvVerb;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code docs/schema.md} says what anybody may read, and how: its tables and its examples are those
 * of the page, read with plain JDBC while the server writes.
 */
abstract class SchemaContract {
  private static final Path PAGE = Path.of("..", "docs", "schema.md");
  private static final String SESSION = "AAAAAAAA-0000-0000-0000-000000000001";

  @TempDir Path raftDir;
  private CatalogStore store;
  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  abstract TestDatabase database();

  @BeforeEach
  void openStore() throws Exception {
    store = StorageFactory.openCatalog(database().dataSource(Unit.CATALOG, raftDir), raftDir);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private void apply(Command command) {
    assertThat(machine.apply(++index, command)).isNotInstanceOf(CommandResult.Failed.class);
  }

  private void save() throws Exception {
    ServerId id = new ServerId(new UUID(1, 2), new UUID(3, 4));
    Configuration servers =
        new Configuration(List.of(new Server(id, "n1", "127.0.20.1:8300", true)));
    store.save(
        new Point(index, 1, new UUID(5, 6), servers, 1), machine.version(), machine.drainTouched());
  }

  private void register(String node, String address, Service service, String status) {
    Check check = new Check("", "Alive", "", status, "", "out", "", "", List.of(), "", 0, 0);
    apply(
        new Command.Register(
            new Node("", node, address, "dc1", Map.of(), Map.of(), 0, 0),
            false,
            service,
            List.of(check)));
  }

  private static Service web(String address) {
    return new Service(
        "", "w", "web", List.of(), address, Map.of(), Map.of(), 80, 1, 1, false, 0, 0);
  }

  private void fill() throws Exception {
    register("N1", "10.0.0.1", web(""), "passing");
    register("n2", "10.0.0.2", web("10.9.9.9"), "warning");
    apply(
        new Command.SessionCreate(
            new Session(
                SESSION,
                "job",
                "N1",
                0,
                Session.Behavior.RELEASE,
                "30s",
                List.of("Alive"),
                List.of(),
                0,
                0)));
    apply(new Command.KvAcquire("jobs/leader", new byte[] {1}, 0, SESSION));
    save();
  }

  // ---- the page

  private static String page() throws Exception {
    return Files.readString(PAGE);
  }

  private static List<String> examples() throws Exception {
    List<String> examples = new ArrayList<>();
    Matcher block = Pattern.compile("```sql\\n(.*?)\\n```", Pattern.DOTALL).matcher(page());
    while (block.find()) {
      examples.add(block.group(1));
    }
    return examples;
  }

  private static Map<String, List<String>> described() throws Exception {
    Map<String, List<String>> tables = new TreeMap<>();
    Matcher section =
        Pattern.compile(
                "## ([a-z_]+)\\n.*?\\| column \\| holds \\|\\n\\|---\\|---\\|\\n(.*?)\\n\\n",
                Pattern.DOTALL)
            .matcher(page());
    while (section.find()) {
      tables.put(
          section.group(1), section.group(2).lines().map(l -> l.split("\\|")[1].strip()).toList());
    }
    return tables;
  }

  private Map<String, List<String>> tables(Iterable<String> names) throws Exception {
    Map<String, List<String>> tables = new TreeMap<>();
    try (Connection reader = database().reader(Unit.CATALOG, raftDir)) {
      for (String name : names) {
        try (Statement statement = reader.createStatement();
            ResultSet rows = statement.executeQuery("SELECT * FROM " + name)) {
          List<String> columns = new ArrayList<>();
          for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
            columns.add(rows.getMetaData().getColumnName(i));
          }
          tables.put(name, columns);
        }
      }
    }
    return tables;
  }

  @Test
  void thePageDescribesEveryTableAndColumn() throws Exception {
    List<String> names =
        CatalogTables.DDL.stream()
            .map(ddl -> ddl.replaceFirst("CREATE TABLE IF NOT EXISTS (\\w+) .*", "$1"))
            .toList();
    assertThat(described()).isEqualTo(tables(names));
  }

  @Test
  void theExamplesAnswerWhatTheySay() throws Exception {
    fill();
    List<String> answers = new ArrayList<>();
    try (Connection reader = database().reader(Unit.CATALOG, raftDir)) {
      for (String example : examples()) {
        answers.add(String.join(" / ", rows(reader, example)));
      }
    }
    assertThat(answers)
        .containsExactly(
            "N1 10.0.0.1 80 / n2 10.9.9.9 80",
            "n2  Alive warning out 2",
            "jobs/leader " + SESSION + " job N1 1",
            SESSION + " N1 Alive passing",
            "4 1");
  }

  private static List<String> rows(Connection reader, String query) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = reader.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      while (row.next()) {
        List<String> columns = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          columns.add(row.getString(i));
        }
        rows.add(String.join(" ", columns));
      }
    }
    return rows;
  }

  // ---- while the server writes

  /** Every save holds both keys with one value: a reader that saw half of a save would see two. */
  @Test
  void whatIsReadInOneTransactionFitsTogetherWhileTheServerWrites() throws Exception {
    fill();
    writeBoth(0);
    AtomicBoolean enough = new AtomicBoolean();
    CompletableFuture<Integer> writer =
        CompletableFuture.supplyAsync(
            () -> {
              int saves = 0;
              while (!enough.get()) {
                saves++;
                writeBoth(saves);
              }
              return saves;
            });
    try (Connection reader = database().reader(Unit.CATALOG, raftDir)) {
      reader.setAutoCommit(false);
      reader.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      List<Long> seen = new ArrayList<>();
      while (seen.stream().distinct().count() < 20 && !writer.isDone()) {
        seen.add(readBoth(reader));
      }
      enough.set(true);
      assertThat(writer.get()).isGreaterThanOrEqualTo(19);
      assertThat(seen).as("time does not go backwards").isSorted();
    }
  }

  private void writeBoth(int number) {
    byte[] value = Integer.toString(number).getBytes(StandardCharsets.US_ASCII);
    apply(
        new Command.Txn(
            List.of(
                new TxnOp.Kv(KvVerb.SET, "one", value, number, 0, ""),
                new TxnOp.Kv(KvVerb.SET, "two", value, number, 0, ""))));
    try {
      save();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static long readBoth(Connection reader) throws SQLException {
    String one = rows(reader, "SELECT flags, modify_index FROM kv WHERE key = 'one'").get(0);
    String two = rows(reader, "SELECT flags, modify_index FROM kv WHERE key = 'two'").get(0);
    String point = rows(reader, "SELECT applied_index FROM saved_point").get(0);
    reader.commit();
    assertThat(two).isEqualTo(one);
    assertThat(one).endsWith(" " + point);
    return Long.parseLong(point);
  }
}
