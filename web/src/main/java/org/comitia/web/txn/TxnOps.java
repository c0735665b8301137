package org.comitia.web.txn;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.comitia.state.Check;
import org.comitia.state.Keys;
import org.comitia.state.Names;
import org.comitia.state.Node;
import org.comitia.state.Service;
import org.comitia.state.TxnOp;
import org.comitia.state.TxnOutcome;
import org.comitia.web.catalog.Registration;
import org.comitia.web.http.Bodies;
import org.comitia.web.http.Fields;
import org.comitia.web.http.Refusal;

/**
 * The operations of a body, or why they cannot be carried out.
 *
 * @param errors what is wrong with single operations whatever the state is, told as Consul tells
 *     it: among the operations
 */
record TxnOps(List<TxnOp> ops, List<TxnOutcome.Error> errors) {
  /** As Consul since 1.14. */
  static final int MAX_OPS = 128;

  /** What a service weighs in a transaction that says nothing about it, as in Consul. */
  private static final int UNWEIGHTED = 0;

  private static final String UNKNOWN_KV = "unknown KV verb ";

  private static final String PROBLEM = "Failed to parse body: ";

  /**
   * @throws Refusal 400 when it is no list of operations, 413 when there are too many
   */
  static TxnOps of(byte[] body, String datacenter) {
    List<Fields> given = Fields.listOf(body, Bodies.TXN_OP, PROBLEM, TxnOps::bound);
    TxnOps read = new TxnOps(new ArrayList<>(), new ArrayList<>());
    for (Fields op : given) {
      read.add(op, datacenter);
    }
    return read;
  }

  private static void bound(int ops) {
    if (ops > MAX_OPS) {
      throw new Refusal(
          413, "Transaction contains too many operations (" + ops + " > " + MAX_OPS + ")");
    }
  }

  /** An operation on a key whose verb is not known counts as a read, as in Consul. */
  boolean readOnly() {
    return ops.stream().allMatch(TxnOp::readOnly)
        && errors.stream().allMatch(error -> error.what().startsWith(UNKNOWN_KV));
  }

  /** An object that holds none of the four is skipped. */
  private void add(Fields op, String datacenter) {
    Fields kv = op.fields("KV");
    Fields node = op.fields("Node");
    Fields service = op.fields("Service");
    Fields check = op.fields("Check");
    if (kv != null) {
      addKv(kv);
    } else if (node != null) {
      TxnOp.Verb verb = verb(node, "Node");
      if (verb != null) {
        ops.add(new TxnOp.OnNode(verb, node(part(node, "Node"), datacenter)));
      }
    } else if (service != null) {
      TxnOp.Verb verb = verb(service, "Service");
      if (verb != null) {
        Fields part = part(service, "Service");
        Service given = Registration.service(part, service.text("Node"), UNWEIGHTED);
        String refusal = writes(verb) ? Registration.metaRefusal(given) : null;
        if (refusal == null) {
          ops.add(new TxnOp.OnService(verb, given.at(0, part.unsigned("ModifyIndex"))));
        } else {
          refuse(refusal);
        }
      }
    } else if (check != null) {
      TxnOp.Verb verb = verb(check, "Check");
      if (verb != null) {
        Fields part = part(check, "Check");
        Check given = Registration.check(part, "");
        ops.add(new TxnOp.OnCheck(verb, given.at(0, part.unsigned("ModifyIndex"))));
      }
    }
  }

  private void addKv(Fields kv) {
    String text = kv.text("Verb");
    for (TxnOp.KvVerb verb : TxnOp.KvVerb.values()) {
      if (spelt(verb).equals(text)) {
        ops.add(
            new TxnOp.Kv(
                verb,
                Keys.fromBytes(kv.text("Key").getBytes(StandardCharsets.UTF_8)),
                kv.octets("Value"),
                kv.unsigned("Flags"),
                kv.unsigned("Index"),
                kv.text("Session").toLowerCase(Locale.ROOT)));
        return;
      }
    }
    refuse(UNKNOWN_KV + Names.quote(text));
  }

  private TxnOp.Verb verb(Fields op, String kind) {
    String text = op.text("Verb");
    for (TxnOp.Verb verb : TxnOp.Verb.values()) {
      if (spelt(verb).equals(text)) {
        return verb;
      }
    }
    unknown(kind, text);
    return null;
  }

  private static boolean writes(TxnOp.Verb verb) {
    return verb == TxnOp.Verb.SET || verb == TxnOp.Verb.CAS;
  }

  private static String spelt(Enum<?> verb) {
    return verb.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private void unknown(String kind, String verb) {
    refuse("unknown " + kind + " verb " + Names.quote(verb));
  }

  private void refuse(String what) {
    errors.add(new TxnOutcome.Error(ops.size() + errors.size(), what));
  }

  private static Fields part(Fields op, String name) {
    Fields part = op.fields(name);
    return part == null ? Fields.NONE : part;
  }

  private static Node node(Fields fields, String datacenter) {
    return new Node(
        fields.text("ID"),
        fields.text("Node"),
        fields.text("Address"),
        datacenter,
        fields.textMap("TaggedAddresses"),
        fields.textMap("Meta"),
        0,
        fields.unsigned("ModifyIndex"));
  }
}
