package org.comitia.wire;

import java.util.ArrayList;
import java.util.List;
import org.comitia.state.Check;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.state.TxnOp;
import org.comitia.state.TxnOutcome;
import org.comitia.wire.proto.TxnCheckFrame;
import org.comitia.wire.proto.TxnErrorFrame;
import org.comitia.wire.proto.TxnFrame;
import org.comitia.wire.proto.TxnKvFrame;
import org.comitia.wire.proto.TxnNodeFrame;
import org.comitia.wire.proto.TxnOpFrame;
import org.comitia.wire.proto.TxnOutcomeFrame;
import org.comitia.wire.proto.TxnRowFrame;
import org.comitia.wire.proto.TxnServiceFrame;
import org.comitia.wire.proto.TxnVerb;

/**
 * Transactions, their outcomes, and their frames. An operation's index is any number that a client
 * chose: a row's own indexes are left out, since they are checked where rows are read.
 */
final class TxnFrames {
  private TxnFrames() {}

  // ---- operations

  static TxnFrame frame(List<TxnOp> ops) {
    TxnFrame.Builder frame = TxnFrame.newBuilder();
    ops.forEach(op -> frame.addOps(frame(op)));
    return frame.build();
  }

  private static TxnOpFrame frame(TxnOp op) {
    TxnOpFrame.Builder frame = TxnOpFrame.newBuilder();
    if (op instanceof TxnOp.Kv kv) {
      frame.setKv(
          TxnKvFrame.newBuilder()
              .setVerb(TxnKvFrame.Verb.valueOf(kv.verb().name()))
              .setKey(Rows.key(kv.key()))
              .setValue(Rows.bytes(kv.value()))
              .setFlags(kv.flags())
              .setIndex(kv.index())
              .setSession(kv.session()));
    } else if (op instanceof TxnOp.OnNode on) {
      frame.setNode(
          TxnNodeFrame.newBuilder()
              .setVerb(verb(on.verb()))
              .setNode(Rows.frame(on.node().at(0, 0)))
              .setIndex(on.node().modifyIndex()));
    } else if (op instanceof TxnOp.OnService on) {
      frame.setService(
          TxnServiceFrame.newBuilder()
              .setVerb(verb(on.verb()))
              .setService(Rows.frame(on.service().at(0, 0)))
              .setIndex(on.service().modifyIndex()));
    } else if (op instanceof TxnOp.OnCheck on) {
      frame.setCheck(
          TxnCheckFrame.newBuilder()
              .setVerb(verb(on.verb()))
              .setCheck(Rows.frame(on.check().at(0, 0)))
              .setIndex(on.check().modifyIndex()));
    }
    return frame.build();
  }

  private static TxnVerb verb(TxnOp.Verb verb) {
    return switch (verb) {
      case GET -> TxnVerb.TXN_GET;
      case SET -> TxnVerb.TXN_SET;
      case CAS -> TxnVerb.TXN_CAS;
      case DELETE -> TxnVerb.TXN_DELETE;
      case DELETE_CAS -> TxnVerb.TXN_DELETE_CAS;
    };
  }

  static List<TxnOp> ops(TxnFrame frame) throws UnknownCommandException, MalformedFrameException {
    List<TxnOp> ops = new ArrayList<>();
    for (TxnOpFrame op : frame.getOpsList()) {
      ops.add(op(op));
    }
    return List.copyOf(ops);
  }

  private static TxnOp op(TxnOpFrame frame)
      throws UnknownCommandException, MalformedFrameException {
    switch (frame.getOpCase()) {
      case KV:
        return kv(frame.getKv());
      case NODE:
        Node node = Rows.node(frame.getNode().getNode()).at(0, frame.getNode().getIndex());
        return new TxnOp.OnNode(verb(frame.getNode().getVerb()), node);
      case SERVICE:
        Service service =
            Rows.service(frame.getService().getService()).at(0, frame.getService().getIndex());
        return new TxnOp.OnService(verb(frame.getService().getVerb()), service);
      case CHECK:
        Check check = Rows.check(frame.getCheck().getCheck()).at(0, frame.getCheck().getIndex());
        return new TxnOp.OnCheck(verb(frame.getCheck().getVerb()), check);
      default:
        throw new MalformedFrameException("an operation without a kind");
    }
  }

  private static TxnOp kv(TxnKvFrame frame) throws UnknownCommandException {
    if (frame.getVerb() == TxnKvFrame.Verb.UNRECOGNIZED) {
      throw Commands.newer("an operation on a key");
    }
    return new TxnOp.Kv(
        TxnOp.KvVerb.valueOf(frame.getVerb().name()),
        Rows.key(frame.getKey()),
        frame.getValue().toByteArray(),
        frame.getFlags(),
        frame.getIndex(),
        frame.getSession());
  }

  private static TxnOp.Verb verb(TxnVerb verb) throws UnknownCommandException {
    return switch (verb) {
      case TXN_GET -> TxnOp.Verb.GET;
      case TXN_SET -> TxnOp.Verb.SET;
      case TXN_CAS -> TxnOp.Verb.CAS;
      case TXN_DELETE -> TxnOp.Verb.DELETE;
      case TXN_DELETE_CAS -> TxnOp.Verb.DELETE_CAS;
      case UNRECOGNIZED -> throw Commands.newer("an operation of a transaction");
    };
  }

  // ---- outcomes

  static TxnOutcomeFrame frame(TxnOutcome outcome) {
    TxnOutcomeFrame.Builder frame = TxnOutcomeFrame.newBuilder();
    outcome.results().forEach(row -> frame.addResults(frame(row)));
    for (TxnOutcome.Error error : outcome.errors()) {
      frame.addErrors(TxnErrorFrame.newBuilder().setOpIndex(error.opIndex()).setWhat(error.what()));
    }
    return frame.build();
  }

  private static TxnRowFrame frame(TxnOutcome.Row row) {
    TxnRowFrame.Builder frame = TxnRowFrame.newBuilder();
    if (row.kv() != null) {
      frame.setKv(Rows.frame(row.kv()));
    } else if (row.node() != null) {
      frame.setNode(Rows.frame(row.node()));
    } else if (row.service() != null) {
      frame.setService(Rows.frame(row.service()));
    } else {
      frame.setCheck(Rows.frame(row.check()));
    }
    return frame.build();
  }

  static TxnOutcome outcome(TxnOutcomeFrame frame) throws MalformedFrameException {
    List<TxnOutcome.Row> results = new ArrayList<>();
    for (TxnRowFrame row : frame.getResultsList()) {
      results.add(row(row));
    }
    return new TxnOutcome(
        results,
        frame.getErrorsList().stream()
            .map(error -> new TxnOutcome.Error(error.getOpIndex(), error.getWhat()))
            .toList());
  }

  private static TxnOutcome.Row row(TxnRowFrame frame) throws MalformedFrameException {
    switch (frame.getRowCase()) {
      case KV:
        return new TxnOutcome.Row(Rows.entry(frame.getKv()), null, null, null);
      case NODE:
        return new TxnOutcome.Row(null, Rows.node(frame.getNode()), null, null);
      case SERVICE:
        return new TxnOutcome.Row(null, null, Rows.service(frame.getService()), null);
      case CHECK:
        return new TxnOutcome.Row(null, null, null, Rows.check(frame.getCheck()));
      default:
        throw new MalformedFrameException("a row without a kind");
    }
  }
}
