package org.comitia.wire;

import com.google.protobuf.UnsafeByteOperations;
import org.comitia.state.Command;
import org.comitia.wire.proto.RestorationFrame;
import org.comitia.wire.proto.RestoreBeginFrame;
import org.comitia.wire.proto.RestoreEndFrame;
import org.comitia.wire.proto.RestoreRowsFrame;

/** The commands that restore an archived state. */
final class RestorationFrames {
  private RestorationFrames() {}

  static RestorationFrame frame(Command.Restoration step) {
    RestorationFrame.Builder frame = RestorationFrame.newBuilder().setId(step.id());
    if (step instanceof Command.RestoreBegin begin) {
      frame.setBegin(
          RestoreBeginFrame.newBuilder()
              .setLevel(begin.level())
              .setParts(begin.parts())
              .setBytes(begin.bytes()));
    } else if (step instanceof Command.RestoreRows part) {
      frame.setRows(
          RestoreRowsFrame.newBuilder()
              .setSequence(part.sequence())
              .setRows(UnsafeByteOperations.unsafeWrap(SnapshotChunks.chunk(part.rows()))));
    } else if (step instanceof Command.RestoreCommit) {
      frame.setCommit(RestoreEndFrame.getDefaultInstance());
    } else {
      frame.setAbort(RestoreEndFrame.getDefaultInstance());
    }
    return frame.build();
  }

  /** Of a frame without unknown fields; rows have none either. */
  static Command.Restoration step(RestorationFrame frame) throws MalformedFrameException {
    String id = frame.getId();
    switch (frame.getStepCase()) {
      case BEGIN:
        RestoreBeginFrame begin = frame.getBegin();
        return new Command.RestoreBegin(id, begin.getLevel(), begin.getParts(), begin.getBytes());
      case ROWS:
        return new Command.RestoreRows(
            id,
            frame.getRows().getSequence(),
            SnapshotAssembly.rows(frame.getRows().getRows().toByteArray()));
      case COMMIT:
        return new Command.RestoreCommit(id);
      case ABORT:
        return new Command.RestoreAbort(id);
      default:
        throw new MalformedFrameException("a step of a restoration without a kind");
    }
  }
}
