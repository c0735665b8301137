package org.comitia.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.comitia.state.Command;
import org.comitia.wire.Commands;
import org.junit.jupiter.api.Test;

class ClientClusterTest {
  private final ClientCluster cluster =
      new ClientCluster(List::of, null, Runnable::run, Duration.ZERO);

  @Test
  void aCommandThatIsTooLargeIsRefusedBeforeAnyServerIsAsked() {
    Command large = new Command.KvPut("k", new byte[Commands.MAX_BYTES], 0, null);
    WriteOutcome outcome = cluster.write(large).toCompletableFuture().join();
    assertThat(outcome).isInstanceOf(WriteOutcome.NotApplied.class);
    WriteOutcome.NotApplied refused = (WriteOutcome.NotApplied) outcome;
    assertThat(refused.failure()).isEqualTo(Failure.REFUSED);
    assertThat(refused.message()).startsWith("the request is too large: ");
  }
}
