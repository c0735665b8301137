package org.comitia.agent.check;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.hc.core5.http.message.BasicHttpRequest;
import org.apache.hc.core5.http.nio.command.RequestExecutionCommand;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.net.URIAuthority;
import org.apache.hc.core5.reactor.Command;

/**
 * {@code grpc.health.v1.Health/Check} of a server or of one of its services: SERVING is passing,
 * all else critical. It is one unary call over HTTP/2 with a message of one field each way, so it
 * is spoken here instead of by a gRPC library of several megabytes.
 */
final class GrpcProbe implements Probe {
  private static final String PATH = "/grpc.health.v1.Health/Check";
  private static final int MAX_ANSWER = 4096;

  /** A message's frame: not compressed, four bytes of length. */
  private static final int PREFIX = 5;

  private static final int SERVING = 1;
  private static final String[] SERVING_STATUS = {
    "UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"
  };
  private static final String[] CODES = {
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated"
  };

  private final String target;
  private final Tls tls;
  private final CheckNetwork network;
  private final Timer timer;
  private final long timeoutNanos;

  /**
   * @param target {@code host:port} or {@code host:port/service}
   * @param tls null for plain text
   */
  GrpcProbe(String target, Tls tls, CheckNetwork network, Timer timer, long timeoutNanos) {
    this.target = target;
    this.tls = tls;
    this.network = network;
    this.timer = timer;
    this.timeoutNanos = timeoutNanos;
  }

  @Override
  public CompletionStage<Result> begin() {
    int slash = target.indexOf('/');
    String server = slash < 0 ? target : target.substring(0, slash);
    String service = slash < 0 ? "" : target.substring(slash + 1);
    Endpoint endpoint;
    try {
      endpoint = Endpoint.parse(server, tls);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(unavailable(e.getMessage()));
    }
    Attempt attempt =
        new Attempt(
            timer,
            timeoutNanos,
            () -> Result.critical(error("DeadlineExceeded", "context deadline exceeded")));
    network
        .connect(endpoint, CheckNetwork.Protocol.HTTP_2, timeoutNanos)
        .whenComplete(
            (session, problem) -> {
              if (problem != null) {
                attempt.end(unavailable(problem.getMessage()));
                return;
              }
              Exchange exchange =
                  new Exchange(
                      request(endpoint),
                      message(service),
                      MAX_ANSWER,
                      (done, failure) -> attempt.end(result(done, failure)));
              attempt.closeAtEnd(session);
              session.enqueue(
                  new RequestExecutionCommand(exchange, HttpCoreContext.create()),
                  Command.Priority.NORMAL);
            });
    return attempt.result();
  }

  private BasicHttpRequest request(Endpoint endpoint) {
    BasicHttpRequest request =
        new BasicHttpRequest(
            "POST",
            tls == null ? "http" : "https",
            new URIAuthority(endpoint.named().getHostName(), endpoint.port()),
            PATH);
    request.setHeader("content-type", "application/grpc");
    request.setHeader("te", "trailers");
    request.setHeader("user-agent", "Consul Health Check");
    return request;
  }

  /** {@code HealthCheckRequest}: field 1 is the service's name; left out when it is empty. */
  private static byte[] message(String service) {
    byte[] name = service.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    if (name.length > 0) {
      message.write(1 << 3 | 2);
      int length = name.length;
      for (; length > 0x7f; length >>>= 7) {
        message.write(length & 0x7f | 0x80);
      }
      message.write(length);
      message.writeBytes(name);
    }
    int size = message.size();
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(
        new byte[] {0, (byte) (size >> 24), (byte) (size >> 16), (byte) (size >> 8), (byte) size});
    frame.writeBytes(message.toByteArray());
    return frame.toByteArray();
  }

  private Result result(Exchange exchange, Exception failure) {
    if (failure != null) {
      return unavailable(failure.getMessage());
    }
    String code = exchange.trailer("grpc-status");
    if (code == null) {
      return Result.critical(
          error(
              "Unknown",
              "unexpected HTTP status code received from server: " + exchange.head().getCode()));
    }
    if (!code.equals("0")) {
      String message = exchange.trailer("grpc-message");
      return Result.critical(error(codeName(code), message == null ? "" : decoded(message)));
    }
    int status = status(exchange.body().bytes());
    if (status == SERVING) {
      return Result.passing("gRPC check " + target + ": success");
    }
    String name =
        status >= 0 && status < SERVING_STATUS.length
            ? SERVING_STATUS[status]
            : String.valueOf(status);
    return Result.critical("gRPC " + target + " serving status: " + name);
  }

  private static String codeName(String code) {
    try {
      int number = Integer.parseInt(code);
      return number >= 0 && number < CODES.length ? CODES[number] : "Code(" + code + ")";
    } catch (NumberFormatException e) {
      return "Unknown";
    }
  }

  /** {@code grpc-message} is percent-encoded. */
  private static String decoded(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < text.length(); i++) {
      int octet = -1;
      if (text.charAt(i) == '%' && i + 2 < text.length()) {
        octet =
            Character.digit(text.charAt(i + 1), 16) * 16 + Character.digit(text.charAt(i + 2), 16);
      }
      if (octet >= 0) {
        bytes.write(octet);
        i += 2;
      } else {
        bytes.write(text.charAt(i));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** {@code HealthCheckResponse}: field 1, a varint; left out it is 0. */
  private static int status(byte[] answer) {
    int status = 0;
    for (int i = PREFIX; i + 1 < answer.length; i += 2) {
      if (answer[i] == 1 << 3) {
        status = answer[i + 1];
      }
    }
    return status;
  }

  private static Result unavailable(String why) {
    return Result.critical(
        error(
            "Unavailable",
            "connection error: desc = \"transport: Error while dialing " + why + "\""));
  }

  private static String error(String code, String text) {
    return "rpc error: code = " + code + " desc = " + text;
  }
}
