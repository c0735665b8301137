package org.comitia.agent.check;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
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

  /** Field 1, a varint. */
  private static final int STATUS = 1 << 3;

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
  private final int limit;
  private final CheckNetwork network;
  private final Timer timer;
  private final long timeoutNanos;

  /**
   * @param target {@code host:port} or {@code host:port/service}
   * @param tls null for plain text
   * @param limit bytes that are kept of what the server says
   */
  GrpcProbe(
      String target, Tls tls, int limit, CheckNetwork network, Timer timer, long timeoutNanos) {
    this.target = target;
    this.tls = tls;
    this.limit = limit;
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
    int length = service.isEmpty() ? 0 : CodedOutputStream.computeStringSize(1, service);
    byte[] frame = new byte[PREFIX + length];
    ByteBuffer.wrap(frame).putInt(1, length);
    if (length > 0) {
      try {
        CodedOutputStream.newInstance(frame, PREFIX, length).writeString(1, service);
      } catch (IOException e) {
        throw new IllegalStateException(e); // it was measured before
      }
    }
    return frame;
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
      return Result.critical(error(codeName(code), message == null ? "" : cut(decoded(message))));
    }
    int status;
    try {
      status = status(exchange.body().bytes());
    } catch (IOException e) {
      return Result.critical(
          error("Internal", "grpc: error unmarshalling the answer: " + e.getMessage()));
    }
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

  /**
   * {@code HealthCheckResponse}: field 1, an enum; left out it is 0.
   *
   * @throws IOException when it is none
   */
  private static int status(byte[] answer) throws IOException {
    if (answer.length < PREFIX
        || answer[0] != 0
        || ByteBuffer.wrap(answer).getInt(1) != answer.length - PREFIX) {
      throw new IOException("no message, or one that is compressed or too long");
    }
    CodedInputStream in = CodedInputStream.newInstance(answer, PREFIX, answer.length - PREFIX);
    int status = 0;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (tag == STATUS) {
        status = in.readEnum();
      } else {
        in.skipField(tag);
      }
    }
    return status;
  }

  /** What a server says is kept as far as any check's output. */
  private String cut(String text) {
    OutputTail tail = new OutputTail(limit);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    tail.write(bytes, 0, bytes.length);
    return tail.textWithCount();
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
