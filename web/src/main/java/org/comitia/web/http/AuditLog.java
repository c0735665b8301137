package org.comitia.web.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.logging.Logger;
import org.comitia.access.AccessObject;
import org.comitia.access.Token;
import org.comitia.log.LogLine;
import org.comitia.state.Command;

/**
 * Who was denied what, and who changed what others may: one JSON object a line, in the field names
 * of Consul's audit log, told to the logger {@code audit} ({@link AuditFile} says where it goes).
 * Holds accessors, never a secret. Nothing is left out, however many a client makes: the file is
 * bounded by its rotation. Safe for any thread.
 */
public final class AuditLog {
  /** Held, or the handler that is attached to it is lost. */
  static final Logger LOG = Logger.getLogger("audit");

  /** UTF-16 units: a denial names what was asked for, which may be as long as a body. */
  private static final int MAX_TEXT = 1_024;

  private static final JsonFactory JSON = new JsonFactory();

  private AuditLog() {}

  /** What a command changes of access, in words without secrets; null for nothing. */
  static String change(Command command) {
    if (command instanceof Command.AccessSet set) {
      AccessObject object = set.object();
      return (set.create() ? "created " : "updated ") + object.kind().text() + " " + object.id();
    } else if (command instanceof Command.AccessDelete gone) {
      return "deleted " + gone.kind().text() + " " + gone.id();
    } else if (command instanceof Command.AclBootstrap first) {
      return "bootstrapped: created token " + first.token().id();
    }
    return null;
  }

  /**
   * A request that was not carried out, or for the most part not.
   *
   * @param why its answer's text, which names the accessor
   */
  public static void denied(Call call, String why) {
    write(call, "denied", "", why);
  }

  /**
   * A change of access that is in force.
   *
   * @param accessor of who changed it
   * @param what in words, without secrets
   */
  public static void changed(Call call, String accessor, String what) {
    write(call, "changed", accessor, what);
  }

  private static void write(Call call, String type, String accessor, String text) {
    StringWriter line = new StringWriter(256);
    try (JsonGenerator out = JSON.createGenerator(line)) {
      out.writeStartObject();
      out.writeStringField("created_at", Instant.now().toString());
      out.writeStringField("event_type", "audit");
      out.writeObjectFieldStart("payload");
      out.writeStringField("type", type);
      out.writeObjectFieldStart("auth");
      out.writeStringField("accessor_id", accessor.isEmpty() ? accessorIn(text) : accessor);
      out.writeEndObject();
      out.writeObjectFieldStart("request");
      out.writeStringField("operation", call.method());
      out.writeStringField("endpoint", call.url());
      out.writeStringField("remote_addr", call.source());
      out.writeEndObject();
      out.writeStringField("text", LogLine.cut(text, MAX_TEXT));
      out.writeEndObject();
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringWriter throws none
    }
    LOG.info(line.toString());
  }

  /** Empty for an unknown token, which has none. */
  private static String accessorIn(String denial) {
    // At its beginning only: behind it stands what the caller has asked for.
    String before = "Permission denied: token with AccessorID '";
    if (denial.startsWith(before)) {
      return denial.substring(
          before.length(), Math.max(before.length(), denial.indexOf('\'', before.length())));
    }
    return denial.startsWith("Permission denied: anonymous token") ? Token.ANONYMOUS : "";
  }
}
