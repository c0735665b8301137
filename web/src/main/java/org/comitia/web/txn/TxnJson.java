package org.comitia.web.txn;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.List;
import org.comitia.state.TxnOutcome;
import org.comitia.web.catalog.CatalogJson;
import org.comitia.web.health.CheckJson;
import org.comitia.web.kv.KvJson;

/** What a transaction did, as Consul writes it. */
final class TxnJson {
  private TxnJson() {}

  /** The fields {@code Results} and {@code Errors}: one of them is {@code null}. */
  static void outcome(JsonGenerator out, TxnOutcome outcome) throws IOException {
    out.writeFieldName("Results");
    if (outcome.succeeded()) {
      results(out, outcome.results());
    } else {
      out.writeNull();
    }
    out.writeFieldName("Errors");
    if (outcome.succeeded()) {
      out.writeNull();
    } else {
      errors(out, outcome.errors());
    }
  }

  private static void results(JsonGenerator out, List<TxnOutcome.Row> rows) throws IOException {
    out.writeStartArray();
    for (TxnOutcome.Row row : rows) {
      out.writeStartObject();
      if (row.kv() != null) {
        out.writeFieldName("KV");
        KvJson.element(out, row.kv());
      } else if (row.node() != null) {
        out.writeFieldName("Node");
        CatalogJson.node(out, row.node());
      } else if (row.service() != null) {
        out.writeFieldName("Service");
        CatalogJson.nodeService(out, row.service());
      } else if (row.check() != null) {
        out.writeFieldName("Check");
        CheckJson.check(out, row.check());
      }
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void errors(JsonGenerator out, List<TxnOutcome.Error> errors) throws IOException {
    out.writeStartArray();
    for (TxnOutcome.Error error : errors) {
      out.writeStartObject();
      out.writeNumberField("OpIndex", error.opIndex());
      out.writeStringField("What", error.what());
      out.writeEndObject();
    }
    out.writeEndArray();
  }
}
