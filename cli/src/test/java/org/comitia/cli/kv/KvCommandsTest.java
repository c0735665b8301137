package org.comitia.cli.kv;

import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.comitia.cli.CommandRun;
import org.comitia.cli.ScriptedAgent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The {@code kv} commands against an HTTP server that answers as the API does. */
class KvCommandsTest {
  private static final String PAIR =
      "{\"LockIndex\":2,\"Key\":\"a/b\",\"Flags\":18446744073709551615,\"Value\":\"aGVsbG8=\","
          + "\"Session\":\"s-1\",\"CreateIndex\":7,\"ModifyIndex\":9}";

  private static final String EMPTY_PAIR =
      "{\"LockIndex\":0,\"Key\":\"a/c\",\"Flags\":0,\"Value\":null,"
          + "\"CreateIndex\":8,\"ModifyIndex\":8}";

  private final CommandRun command = new CommandRun();
  private final ScriptedAgent agent = new ScriptedAgent();

  @AfterEach
  void stop() {
    agent.close();
  }

  /** The options go before the arguments, as in Go. */
  private int kv(String name, String... arguments) {
    String[] all = new String[arguments.length + 4];
    all[0] = "kv";
    all[1] = name;
    all[2] = "-http-addr";
    all[3] = agent.address();
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    return command.run(all);
  }

  @Test
  void getPrintsTheValue() {
    agent.answers("GET /v1/kv/a/b%20c?dc=dc1&stale", "[" + PAIR + "]");

    assertThat(kv("get", "-stale", "-datacenter=dc1", "/a/b c")).isZero();

    assertThat(command.out()).isEqualTo("hello\n");
  }

  @Test
  void getPrintsBytesAsTheyAre() {
    agent.answers("GET /v1/kv/bin", "[" + PAIR.replace("aGVsbG8=", "AP/+gA==") + "]");

    assertThat(kv("get", "bin")).isZero();
    assertThat(kv("get", "-base64", "bin")).isZero();

    assertThat(command.outBytes())
        .startsWith(0x00, 0xff, 0xfe, 0x80, '\n')
        .endsWith("AP/+gA==\n".getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void getTellsDetails() {
    agent.answers("GET /v1/kv/a/b", "[" + PAIR + "]");

    assertThat(kv("get", "-detailed", "a/b")).isZero();

    assertThat(command.out())
        .isEqualTo(
            """
            CreateIndex      7
            Flags            18446744073709551615
            Key              a/b
            LockIndex        2
            ModifyIndex      9
            Session          s-1
            Value            hello
            """);
  }

  @Test
  void getOfAMissingKeyFails() {
    agent.answers("GET /v1/kv/onb", 404, "", 3).fails("GET /v1/kv/x", "No cluster leader");

    assertThat(kv("get", "onb")).isEqualTo(1);
    assertThat(kv("get", "x")).isEqualTo(1);
    assertThat(kv("get")).isEqualTo(1);
    assertThat(kv("get", "a", "b")).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo(
            "Error! No key exists at: onb\n"
                + "Error querying Consul agent: Unexpected response code: 500 (No cluster leader)\n"
                + "Error! Missing KEY argument\n"
                + "Too many arguments (expected 1, got 2)\n");
  }

  @Test
  void getListsATree() {
    agent.answers("GET /v1/kv/a?recurse", "[" + PAIR + "," + EMPTY_PAIR + "]");
    agent.answers("GET /v1/kv/none?recurse", 404, "", 3);

    assertThat(kv("get", "-recurse", "a")).isZero();
    assertThat(kv("get", "-recurse", "-base64", "a")).isZero();
    assertThat(kv("get", "-recurse", "none")).isZero();
    assertThat(kv("get", "-recurse", "-detailed", "a")).isZero();

    assertThat(command.out())
        .startsWith("a/b:hello\na/c:\na/b:aGVsbG8=\na/c:\nCreateIndex      7\n")
        .contains("Value            hello\n\nCreateIndex      8\n")
        .endsWith("Session          -\nValue            \n");
  }

  @Test
  void getListsKeys() {
    agent.answers("GET /v1/kv/?keys&separator=%2F", "[\"a/\",\"b\"]");

    assertThat(kv("get", "-keys")).isZero();

    assertThat(command.out()).isEqualTo("a/\nb\n");
  }

  @Test
  void putWritesItsArgumentAFileOrStandardInput(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("value"), "from a file\n");
    agent
        .answers("PUT /v1/kv/k", "true")
        .answers("PUT /v1/kv/k?flags=42", "true")
        .answers("PUT /v1/kv/k?flags=18446744073709551615", "true");

    assertThat(kv("put", "k", "-5")).isZero();
    assertThat(kv("put", "k", "@" + file)).isZero();
    command.input("from stdin");
    assertThat(kv("put", "-flags=42", "k", "-")).isZero();
    assertThat(kv("put", "k")).isZero();
    assertThat(kv("put", "-base64", "-flags=18446744073709551615", "k", "aGVsbG8=")).isZero();

    assertThat(agent.bodies()).containsExactly("-5", "from a file\n", "from stdin", "", "hello");
    assertThat(command.out()).isEqualTo("Success! Data written to: k\n".repeat(5));
  }

  @Test
  void putTakesAndGivesLocks() {
    agent
        .answers("PUT /v1/kv/k?acquire=s", 200, "true", 0)
        .answers("PUT /v1/kv/k?acquire=s", 200, "false", 0)
        .answers("PUT /v1/kv/k?release=s", 200, "true", 0)
        .answers("PUT /v1/kv/k?release=s", 200, "false", 0);

    assertThat(kv("put", "-acquire", "-session=s", "k", "v")).isZero();
    assertThat(kv("put", "-acquire", "-session=s", "k", "v")).isEqualTo(1);
    assertThat(kv("put", "-release", "-session=s", "k", "v")).isZero();
    assertThat(kv("put", "-release", "-session=s", "k", "v")).isEqualTo(1);
    assertThat(kv("put", "-acquire", "k", "v")).isEqualTo(1);

    assertThat(command.out())
        .isEqualTo("Success! Lock acquired on: k\nSuccess! Lock released on: k\n");
    assertThat(command.err())
        .isEqualTo(
            "Error! Did not acquire lock\nError! Did not release lock\n"
                + "Error! Missing -session (required with -acquire and -release)\n");
  }

  @Test
  void putComparesAndSets() {
    agent
        .answers("PUT /v1/kv/k?cas=9", 200, "true", 0)
        .answers("PUT /v1/kv/k?cas=9", 200, "false", 0);

    assertThat(kv("put", "-cas", "-modify-index=9", "k", "v")).isZero();
    assertThat(kv("put", "-cas", "-modify-index=9", "k", "v")).isEqualTo(1);

    assertThat(command.out()).isEqualTo("Success! Data written to: k\n");
    assertThat(command.err()).isEqualTo("Error! Did not write to k: CAS failed\n");
  }

  @Test
  void putWithIndexZeroOnlyCreates() {
    agent
        .answers("PUT /v1/kv/new?cas=0", 200, "true", 0)
        .answers("PUT /v1/kv/new?cas=0", 200, "false", 0);

    assertThat(kv("put", "-cas", "-modify-index=0", "new", "v")).isZero();
    assertThat(kv("put", "-cas", "-modify-index", "0", "new", "v")).isEqualTo(1);
    assertThat(kv("put", "-cas", "new", "v")).isEqualTo(1);

    assertThat(command.out()).isEqualTo("Success! Data written to: new\n");
    assertThat(command.err()).isEqualTo("Error! Did not write to new: CAS failed\n".repeat(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "put|Error! Missing KEY argument",
        "put a b c|Error! Too many arguments (expected 1 or 2, got 3)",
        "put a @/no/such/file|Error! Failed to read file: open /no/such/file: no such file or directory",
        "put -flags=x a b|invalid value \"x\" for flag -flags: parse error",
        "put -flags=-1 a b|invalid value \"-1\" for flag -flags: parse error",
        "import|Error! Missing DATA argument",
        "import a b|Error! Too many arguments (expected 1, got 2)",
        "import {|Cannot unmarshal data: ",
        "import [1]|Cannot unmarshal data: ",
        "import [{\"key\":\"k\"},1]|Cannot unmarshal data: ",
        "import [{\"key\":\"k\"}|Cannot unmarshal data: ",
        "import [{\"key\":\"k\"}]]|Cannot unmarshal data: ",
        "import [{\"key\":\"k\",\"flags\":-1}]|Cannot unmarshal data: ",
        "import 1|Cannot unmarshal data: ",
        "delete|Error! Missing KEY argument",
        "delete -cas a|Cannot delete a key that does not exist. Provide a -modify-index greater than than 0.",
        "delete -modify-index=1 a|Cannot specify -modify-index without -cas!",
        "delete -cas -modify-index=1 -recurse a|Cannot specify both -cas and -recurse!",
        "export a b|Too many arguments (expected 1, got 2)",
      })
  void mistakesAreTold(String line, String message) {
    String[] words = line.split(" ");
    String[] rest = new String[words.length - 1];
    System.arraycopy(words, 1, rest, 0, rest.length);

    assertThat(kv(words[0], rest)).isEqualTo(1);

    assertThat(command.err()).startsWith(message);
    assertThat(agent.requests()).isEmpty();
  }

  @Test
  void putOfBadBase64WritesNothing() {
    assertThat(kv("put", "-base64", "k", "%%%")).isEqualTo(1);

    assertThat(command.err()).startsWith("Error! Cannot base 64 decode data: ");
    assertThat(agent.requests()).isEmpty();
  }

  @Test
  void deletes() {
    agent
        .answers("DELETE /v1/kv/k", "true")
        .answers("DELETE /v1/kv/k?recurse", "true")
        .answers("DELETE /v1/kv/k?cas=4", 200, "true", 0)
        .answers("DELETE /v1/kv/k?cas=4", 200, "false", 0)
        .fails("DELETE /v1/kv/x", "No cluster leader");

    assertThat(kv("delete", "k")).isZero();
    assertThat(kv("delete", "-recurse", "/k")).isZero();
    assertThat(kv("delete", "-cas", "-modify-index=4", "k")).isZero();
    assertThat(kv("delete", "-cas", "-modify-index=4", "k")).isEqualTo(1);
    assertThat(kv("delete", "x")).isEqualTo(1);

    assertThat(command.out())
        .isEqualTo(
            "Success! Deleted key: k\n"
                + "Success! Deleted keys with prefix: k\n"
                + "Success! Deleted key: k\n");
    assertThat(command.err())
        .isEqualTo(
            "Error! Did not delete key k: CAS failed\n"
                + "Error deleting key x: Unexpected response code: 500 (No cluster leader)\n");
  }

  @Test
  void whatWasExportedIsImported() {
    agent.answers("GET /v1/agent/self", self(16 << 20));
    agent.answers("GET /v1/kv/a?recurse", "[" + PAIR + "," + EMPTY_PAIR + "]");
    agent.answers("GET /v1/kv/none?recurse", 404, "", 3);
    agent.answers("PUT /v1/kv/a/b?flags=18446744073709551615", "true");
    agent.answers("PUT /v1/kv/a/c", "true");
    agent.answers("PUT /v1/kv/copy/a/c", "true");

    assertThat(kv("export", "a")).isZero();

    String exported = command.out();
    assertThat(exported)
        .isEqualTo(
            """
            [
            \t{
            \t\t"key": "a/b",
            \t\t"flags": 18446744073709551615,
            \t\t"value": "aGVsbG8="
            \t},
            \t{
            \t\t"key": "a/c",
            \t\t"flags": 0,
            \t\t"value": ""
            \t}
            ]
            """);
    assertThat(kv("export", "none")).isZero();
    assertThat(command.out()).isEqualTo(exported + "[]\n");
    command.input(exported);
    assertThat(kv("import", "-")).isZero();
    assertThat(kv("import", "-prefix=copy", "[{\"key\":\"a/c\",\"flags\":0,\"value\":\"eA==\"}]"))
        .isZero();
    assertThat(kv("import", "[{\"key\":\"k\",\"value\":\"%\"}]")).isEqualTo(1);

    assertThat(command.out()).endsWith("[]\nImported: a/b\nImported: a/c\nImported: copy/a/c\n");
    assertThat(agent.bodies()).endsWith("hello", "", "x");
    assertThat(command.err()).startsWith("Error base 64 decoding value for key k: ");
  }

  /** What follows the mistake is a hole of more bytes than an array has. */
  @Test
  void aFileOfAnySizeIsImportedWithoutBeingKept(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("large.json"), "[1]");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {' '}), 3L << 30);
    }

    assertThat(kv("import", "@" + file)).isEqualTo(1);

    assertThat(command.err()).startsWith("Cannot unmarshal data: ");
    assertThat(agent.requests()).isEmpty();
  }

  @Test
  void standardInputIsKeptInAFileOfItsUsersAlone() throws Exception {
    agent.answers("PUT /v1/kv/k", "true");
    Set<Path> before = copies();
    Set<Path> during = new HashSet<>();
    byte[] data = "[{\"key\":\"k\",\"value\":\"eA==\"}]".getBytes(StandardCharsets.UTF_8);
    command.input(
        new FilterInputStream(new ByteArrayInputStream(data)) {
          @Override
          public int read(byte[] into, int from, int length) throws IOException {
            during.addAll(copies());
            during.removeAll(before);
            for (Path copy : during) {
              assertThat(Files.getPosixFilePermissions(copy))
                  .containsExactlyInAnyOrder(OWNER_READ, OWNER_WRITE);
            }
            return super.read(into, from, length);
          }
        });

    assertThat(kv("import", "-")).isZero();

    assertThat(agent.bodies()).containsExactly("x");
    assertThat(during).hasSize(1);
    assertThat(copies()).doesNotContainAnyElementsOf(during);
  }

  private static Set<Path> copies() throws IOException {
    Path folder = Path.of(System.getProperty("java.io.tmpdir"));
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("comitia-import-"))
          .collect(Collectors.toSet());
    }
  }

  private static String self(long stateBytes) {
    return "{\"Stats\":{\"raft\":{\"state_bytes\":\"" + stateBytes + "\"}}}";
  }

  private static String page(String... pairs) {
    return "{\"Results\":[{\"KV\":" + String.join("},{\"KV\":", pairs) + "}],\"Errors\":null}";
  }

  private static String gets(String... keys) {
    return "[{\"KV\":{\"Verb\":\"get\",\"Key\":\""
        + String.join("\"}},{\"KV\":{\"Verb\":\"get\",\"Key\":\"", keys)
        + "\"}}]";
  }

  @Test
  void aLargeStateIsExportedBitByBit() {
    String[] names = IntStream.range(0, 17).mapToObj(i -> "a/" + i).toArray(String[]::new);
    String[] pairs = Stream.of(names).map(name -> PAIR.replace("a/b", name)).toArray(String[]::new);
    agent
        .answers("GET /v1/agent/self", self((16 << 20) + 1))
        .answers("GET /v1/kv/a?recurse", 500, "no memory", 0)
        .answers("GET /v1/kv/a?stale&keys", "[\"" + String.join("\",\"", names) + "\"]")
        .answers("PUT /v1/txn?stale", 200, page(Arrays.copyOf(pairs, 16)), 0)
        .answers("PUT /v1/txn?stale", 200, page(pairs[16]), 0);

    assertThat(kv("export", "-stale", "a")).isZero();

    assertThat(agent.bodies().subList(2, 4))
        .containsExactly(gets(Arrays.copyOf(names, 16)), gets(names[16]));
    assertThat(command.out())
        .startsWith("[\n\t{\n\t\t\"key\": \"a/0\",\n\t\t\"flags\": 18446744073709551615,\n")
        .contains("\n\t},\n\t{\n\t\t\"key\": \"a/16\",")
        .endsWith("\"value\": \"aGVsbG8=\"\n\t}\n]\n");
  }

  @Test
  void whatVanishesDuringAnExportIsLeftOut() {
    agent
        .fails("GET /v1/agent/self", "blocked")
        .answers("GET /v1/kv/?keys", "[\"a/b\",\"gone\",\"not\uFFFDutf8\"]")
        .answers("PUT /v1/txn", 409, "{\"Results\":null,\"Errors\":[]}", 0)
        .answers("PUT /v1/txn", 200, page(PAIR), 0)
        .answers("PUT /v1/txn", 409, "{\"Results\":null,\"Errors\":[]}", 0);

    assertThat(kv("export")).isEqualTo(1);

    assertThat(command.out())
        .startsWith("[\n\t{\n\t\t\"key\": \"a/b\",\n")
        .endsWith("\n\t}\n]\n")
        .doesNotContain("gone");
    assertThat(command.err())
        .isEqualTo("Error! Left out, since their names are not UTF-8: not\uFFFDutf8\n");
  }

  @Test
  void aNameThatMayBeAnotherMakesAnExportFail() {
    agent
        .answers("GET /v1/agent/self", self(1))
        .answers("GET /v1/kv/?recurse", "[" + PAIR + "," + PAIR.replace("a/b", "\uFFFD") + "]");

    assertThat(kv("export")).isEqualTo(1);

    assertThat(command.out()).contains("\"key\": \"a/b\"").endsWith("\n\t}\n]\n");
    assertThat(command.err())
        .isEqualTo("Error! U+FFFD may stand for what is not UTF-8 in these names: \uFFFD\n");
  }

  @Test
  void ofTwoNamesThatAreListedAlikeOneIsLeftOut() {
    agent
        .fails("GET /v1/agent/self", "blocked")
        .answers("GET /v1/kv/?keys", "[\"\uFFFD\",\"a/b\",\"\uFFFD\"]")
        .answers("PUT /v1/txn", 200, page(PAIR.replace("a/b", "\uFFFD"), PAIR), 0);

    assertThat(kv("export")).isEqualTo(1);

    assertThat(agent.bodies()).endsWith(gets("\uFFFD", "a/b"));
    assertThat(command.err())
        .isEqualTo("Error! Left out, since their names are not UTF-8: \uFFFD\n");
  }

  @Test
  void anExportThatFailsSaysSo() {
    agent
        .answers("GET /v1/agent/self", "{}")
        .answers("GET /v1/kv/?keys", "[\"a/b\"]")
        .answers("PUT /v1/txn", 403, "Access is restricted", 0);

    assertThat(kv("export")).isEqualTo(1);

    assertThat(command.err())
        .isEqualTo(
            "Error querying Consul agent: Unexpected response code: 403 (Access is restricted)\n");
  }
}
