package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class KvTest {
  private final StateMachine machine = new StateMachine(StateVersion.EMPTY);
  private long index;

  private CommandResult apply(Command command) {
    return machine.apply(++index, command);
  }

  private boolean done(Command command) {
    return ((CommandResult.Done) apply(command)).value();
  }

  private boolean put(String key, String value) {
    return done(put(key, value, 0, null));
  }

  private static Command put(String key, String value, long flags, Long cas) {
    return new Command.KvPut(key, value.getBytes(StandardCharsets.UTF_8), flags, cas);
  }

  private boolean delete(String key) {
    return done(new Command.KvDelete(key, null));
  }

  private KvEntry get(String key) {
    return ((QueryResult.KvEntryResult) ask(new Query.KvGet(key))).entry();
  }

  private QueryResult ask(Query<?> query) {
    return Queries.evaluate(query, machine.version());
  }

  private List<String> list(String prefix) {
    return ((QueryResult.KvEntries) ask(new Query.KvList(prefix)))
        .entries().stream().map(KvEntry::key).toList();
  }

  private List<String> keys(String prefix, String separator) {
    return ((QueryResult.KvKeyList) ask(new Query.KvKeys(prefix, separator))).keys();
  }

  @Test
  void aNewKeyHasItsEntrysIndexes() {
    assertThat(put("a", "1")).isTrue();
    assertThat(get("a").createIndex()).isEqualTo(1);
    assertThat(get("a").modifyIndex()).isEqualTo(1);
    assertThat(get("a").lockIndex()).isZero();
    assertThat(get("a").session()).isNull();
    assertThat(ask(new Query.KvGet("a")).index()).isEqualTo(1);
  }

  @Test
  void anUpdateKeepsTheCreateIndex() {
    put("a", "1");
    put("a", "2");
    assertThat(get("a").createIndex()).isEqualTo(1);
    assertThat(get("a").modifyIndex()).isEqualTo(2);
    assertThat(get("a").value()).isEqualTo(new byte[] {'2'});
  }

  @Test
  void writingTheSameAgainKeepsTheModifyIndex() {
    put("a", "1");
    machine.drainTouched();
    assertThat(put("a", "1")).isTrue();
    assertThat(get("a").modifyIndex()).isEqualTo(1);
    assertThat(machine.drainTouched().isEmpty()).isTrue();
    apply(put("a", "1", 7, null));
    assertThat(get("a").modifyIndex()).isEqualTo(3);
  }

  @Test
  void flagsAreUnsigned() {
    apply(put("a", "1", -1, null));
    assertThat(Long.toUnsignedString(get("a").flags())).isEqualTo("18446744073709551615");
  }

  @Test
  void casZeroOnlyCreates() {
    assertThat(done(put("a", "1", 0, 0L))).isTrue();
    assertThat(done(put("a", "2", 0, 0L))).isFalse();
    assertThat(get("a").value()).isEqualTo(new byte[] {'1'});
  }

  @Test
  void casOnlyReplacesWhatItHasSeen() {
    assertThat(done(put("a", "1", 0, 5L))).isFalse();
    assertThat(get("a")).isNull();
    put("a", "1");
    assertThat(done(put("a", "2", 0, 1L))).isFalse();
    assertThat(done(put("a", "2", 0, 2L))).isTrue();
    assertThat(get("a").modifyIndex()).isEqualTo(4);
  }

  @Test
  void casDeleteOnlyDeletesWhatItHasSeen() {
    put("a", "1");
    assertThat(done(new Command.KvDelete("a", 0L))).isFalse();
    assertThat(done(new Command.KvDelete("a", 9L))).isFalse();
    assertThat(get("a")).isNotNull();
    assertThat(done(new Command.KvDelete("a", 1L))).isTrue();
    assertThat(get("a")).isNull();
    assertThat(done(new Command.KvDelete("a", 1L))).as("an absent key is deleted").isTrue();
  }

  @Test
  void anAbsentKeyHasTheTablesIndex() {
    assertThat(ask(new Query.KvGet("none")).index()).isEqualTo(1);
    put("a", "1");
    put("b", "1");
    assertThat(ask(new Query.KvGet("none")).index()).isEqualTo(2);
    delete("b");
    assertThat(ask(new Query.KvGet("b")).index()).isEqualTo(3);
  }

  @Test
  void aPrefixHasTheHighestIndexUnderItTombstonesIncluded() {
    put("a/1", "x");
    put("a/2", "x");
    put("b/1", "x");
    assertThat(ask(new Query.KvList("a/")).index()).isEqualTo(2);
    delete("a/2");
    put("b/2", "x");
    assertThat(ask(new Query.KvList("a/")).index()).isEqualTo(4);
    assertThat(ask(new Query.KvList("c")).index()).as("nothing there").isEqualTo(5);
  }

  @Test
  void aPrefixsIndexDoesNotGoBackWhenTombstonesAreReaped() {
    put("a/1", "x");
    put("a/2", "x");
    delete("a/2");
    apply(new Command.ReapTombstones(2));
    assertThat(machine.version().tombstones()).hasSize(1);
    apply(new Command.ReapTombstones(3));
    assertThat(machine.version().tombstones()).isEmpty();
    assertThat(ask(new Query.KvList("a/")).index()).isEqualTo(3);
    assertThat(ask(new Query.KvGet("a/2")).index()).isEqualTo(5);
  }

  @Test
  void deletesATree() {
    for (String key : List.of("a", "a/1", "a/2", "ab", "b")) {
      put(key, "x");
    }
    assertThat(done(new Command.KvDeleteTree("a/"))).isTrue();
    assertThat(list("")).containsExactly("a", "ab", "b");
    assertThat(machine.version().tombstones()).containsOnlyKeys("a/");
    assertThat(ask(new Query.KvList("a/")).index()).isEqualTo(6);
    apply(new Command.KvDeleteTree(""));
    assertThat(list("")).isEmpty();
    assertThat(machine.version().tombstones()).isEmpty();
    assertThat(ask(new Query.KvList("a/")).index()).isEqualTo(7);
  }

  @Test
  void deletingATreeWithoutKeysChangesNothing() {
    put("a", "1");
    String before = StateDigest.of(machine.version());
    assertThat(done(new Command.KvDeleteTree("zz"))).isTrue();
    assertThat(machine.version().indexes()).containsOnlyKeys(Indexes.KV);
    assertThat(StateDigest.of(machine.version()))
        .as("the index is part of it")
        .isNotEqualTo(before);
  }

  @Test
  void listsInByteOrder() {
    List<String> ordered = List.of("a", "é", "\uE000", "\uFFFF", "\uD83D\uDE00", "\uDCFF");
    ordered.stream().sorted().forEach(key -> put(key, "x"));
    assertThat(list("")).isEqualTo(ordered);
    assertThat(keys("", "")).isEqualTo(ordered);
  }

  @Test
  void aPrefixMayEndWithinACharacter() {
    put("é", "x");
    put("ê", "x");
    put("b", "x");
    assertThat(list("\uDCC3")).containsExactly("é", "ê");
    apply(new Command.KvDeleteTree("\uDCC3"));
    assertThat(list("")).containsExactly("b");
  }

  @Test
  void keysAreCutAtTheSeparator() {
    for (String key : List.of("a", "a/", "a/b", "a/b/c", "a/d/e", "a/d/f", "b")) {
      put(key, "x");
    }
    assertThat(keys("", "/")).containsExactly("a", "a/", "b");
    assertThat(keys("a/", "/")).containsExactly("a/", "a/b", "a/b/", "a/d/");
    assertThat(keys("zz", "/")).isEmpty();
  }

  @Test
  void refusesWhatConsulRefuses() {
    assertThat(apply(put("", "x", 0, null)))
        .isEqualTo(new CommandResult.Failed("Must provide key"));
    assertThat(apply(new Command.KvDelete("", null)))
        .isEqualTo(new CommandResult.Failed("Must provide key"));
    byte[] large = new byte[CommandRules.MAX_VALUE_BYTES + 1];
    assertThat(apply(new Command.KvPut("a", large, 0, null)))
        .isEqualTo(
            new CommandResult.Failed("Value for key \"a\" is too large (524289 > 524288 bytes)"));
    assertThat(machine.version().appliedIndex()).isEqualTo(3);
    assertThat(machine.version().kv()).isEmpty();
  }

  @Test
  void aCommandThatMakesTheCodeThrowIsARecordedFailure() {
    put("a", "1");
    machine.drainTouched();
    assertThat(apply(new Command.KvPut("\uD800", new byte[0], 0, null)))
        .isInstanceOf(CommandResult.Failed.class);
    assertThat(apply(new Command.KvPut("b", null, 0, null)))
        .isEqualTo(new CommandResult.Failed("command not applied: NullPointerException"));
    assertThat(list("")).containsExactly("a");
    assertThat(machine.version().appliedIndex()).isEqualTo(3);
    assertThat(machine.drainTouched().isEmpty()).isTrue();
  }

  @Test
  void anEntryIsAppliedOnce() {
    put("a", "1");
    assertThatThrownBy(() -> machine.apply(1, put("a", "2", 0, null)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> machine.skip(1)).isInstanceOf(IllegalArgumentException.class);
    machine.skip(2);
    assertThat(machine.version().appliedIndex()).isEqualTo(2);
  }

  @Test
  void touchedRowsAreTakenOnce() {
    put("a", "1");
    delete("a");
    Touched touched = machine.drainTouched();
    assertThat(touched.keys()).containsExactly("a");
    assertThat(touched.tombstones()).containsExactly("a");
    assertThat(touched.indexes()).containsExactly(Indexes.KV);
    assertThat(machine.drainTouched().isEmpty()).isTrue();
  }

  @Test
  void aVersionDoesNotChange() {
    put("a", "1");
    StateVersion before = machine.version();
    put("b", "1");
    assertThat(before.kv()).containsOnlyKeys("a");
    assertThat(before.appliedIndex()).isEqualTo(1);
  }
}
