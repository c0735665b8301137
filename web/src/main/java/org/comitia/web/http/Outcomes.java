package org.comitia.web.http;

import java.util.concurrent.CompletionException;
import org.comitia.cluster.Failure;
import org.comitia.cluster.WriteOutcome;

/**
 * What the cluster says, as status code and text. 429 and 503 tell that the request was certainly
 * not carried out and may be sent again; an unknown outcome is a 500 that says so.
 */
public final class Outcomes {
  private static final String UNKNOWN = "outcome unknown";

  private Outcomes() {}

  /** A request that was not carried out. */
  public static Reply failed(Call call, Failure failure, String message) {
    String text = message == null || message.isBlank() ? defaultText(failure) : message;
    RequestLog.error(call, text);
    if (failure == Failure.DENIED) {
      AuditLog.denied(call, text);
    }
    return switch (failure) {
      case OVERLOADED -> Reply.text(429, text).retryLater();
      case UNAVAILABLE -> Reply.text(503, text).retryLater();
      case DENIED -> Reply.text(403, text);
      case NO_LEADER, NO_SERVERS, REFUSED -> Reply.text(500, text);
    };
  }

  private static String defaultText(Failure failure) {
    return switch (failure) {
      case NO_LEADER -> "No cluster leader";
      case NO_SERVERS -> "No known Consul servers";
      case OVERLOADED -> "COM4007: too many requests under way, not applied: send it again later";
      case UNAVAILABLE ->
          "COM4011: this node cannot serve at the moment, not applied: send it again later";
      case REFUSED -> "refused";
      case DENIED -> "Permission denied";
    };
  }

  /** A write that may or may not be applied. */
  public static Reply unknown(Call call, WriteOutcome.Unknown unknown) {
    String message = unknown.message() == null ? "" : unknown.message();
    String text =
        message.contains(UNKNOWN)
            ? message
            : "COM4004: outcome unknown, the write may or may not be applied: " + message;
    RequestLog.error(call, text);
    return Reply.text(500, text);
  }

  /** A request that we refuse ourselves. */
  public static Reply refused(Call call, Refusal refusal) {
    RequestLog.error(call, refusal.getMessage());
    if (refusal.status() == 403) {
      AuditLog.denied(call, refusal.getMessage());
    }
    Reply reply = Reply.text(refusal.status(), refusal.getMessage());
    return refusal.status() == 503 ? reply.retryLater() : reply;
  }

  /** What was thrown, or what a stage ended with, instead of an answer. */
  public static Reply thrown(Call call, Throwable problem) {
    Throwable cause = problem instanceof CompletionException ? problem.getCause() : problem;
    return cause instanceof Refusal refusal ? refused(call, refusal) : broken(call, cause);
  }

  /** An exception that nobody expected: what it is stands in the log, with its stack. */
  public static Reply broken(Call call, Throwable problem) {
    RequestLog.unexpected(
        "COM4013: request failed: method=" + call.method() + " url=" + call.url(), problem);
    return Reply.text(500, "COM4012: internal error: the log of this agent says what it is");
  }
}
