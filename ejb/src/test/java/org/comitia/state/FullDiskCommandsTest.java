package org.comitia.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a leader proposes though its disk is nearly full. */
class FullDiskCommandsTest {
  private static final Node NODE = new Node("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 0, 0);

  @Test
  void whatMakesRoomIsADeletion() {
    assertThat(StateLimit.isDeletion(new Command.KvDelete("k", null))).isTrue();
    assertThat(StateLimit.isDeletion(new Command.RestoreAbort("r"))).isTrue(); // logs are cut again
    assertThat(StateLimit.isDeletion(new Command.RestoreBegin("r", 2, 1, 1))).isFalse();
    assertThat(StateLimit.isDeletion(new Command.KvPut("k", new byte[0], 0, null))).isFalse();
  }

  /** As the leader writes members, by transactions. */
  @Test
  void whatTellsHealthIsNeeded() {
    Command.Txn member = new Command.Txn(List.of(new TxnOp.OnNode(TxnOp.Verb.SET, NODE)));
    Command.Txn both =
        new Command.Txn(
            List.of(
                new TxnOp.OnNode(TxnOp.Verb.SET, NODE),
                new TxnOp.Kv(TxnOp.KvVerb.SET, "k", new byte[0], 0, 0, "")));
    assertThat(StateLimit.isNeededOnAFullDisk(member)).isTrue();
    assertThat(StateLimit.isNeededOnAFullDisk(both)).isFalse();
    assertThat(StateLimit.isNeededOnAFullDisk(new Command.Register(NODE, false, null, List.of())))
        .isTrue();
  }
}
