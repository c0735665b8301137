package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.comitia.wire.proto.SavedMembers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RosterFileTest {
  @TempDir Path dir;

  private final Queue<Runnable> taken = new ArrayDeque<>();
  private boolean rejecting;

  private RosterFile file() {
    return new RosterFile(
        dir,
        task -> {
          if (rejecting) {
            throw new RejectedExecutionException("too much is under way");
          }
          taken.add(task);
        });
  }

  private static SavedMembers members(long epoch) {
    return SavedMembers.newBuilder().setEpoch(epoch).build();
  }

  @Test
  void ofSeveralInARowTheLastIsSavedByOneTask() {
    RosterFile file = file();
    file.saveSoon(members(1));
    file.saveSoon(members(2));
    assertThat(taken).hasSize(1);
    taken.remove().run();
    assertThat(file().load()).isEqualTo(members(2));
  }

  @Test
  void whatTheExecutorDidNotTakeIsSavedLater() {
    RosterFile file = file();
    rejecting = true;
    file.saveSoon(members(1));
    file.saveDue();
    assertThat(file().load()).isEqualTo(members(0));
    rejecting = false;
    file.saveDue();
    taken.remove().run();
    assertThat(file().load()).isEqualTo(members(1));
    file.saveDue();
    assertThat(taken).as("nothing is due").isEmpty();
  }
}
