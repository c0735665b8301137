package org.comitia.agent.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.comitia.state.CheckStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrpcCheckTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  @TempDir Path folder;

  private final Bench bench = new Bench();
  private final HealthStatusManager health = new HealthStatusManager();
  private Server server;
  private String target;

  @BeforeEach
  void serve() throws Exception {
    server =
        NettyServerBuilder.forAddress(ANY_PORT)
            .addService(health.getHealthService())
            .build()
            .start();
    target = "127.0.0.1:" + server.getPort();
  }

  @AfterEach
  void close() {
    bench.close();
    server.shutdownNow();
  }

  private static SpecBuilder grpc(String target) {
    SpecBuilder spec = new SpecBuilder();
    spec.grpc = target;
    return spec;
  }

  private static SpecBuilder ping(String target) {
    SpecBuilder spec = new SpecBuilder();
    spec.h2ping = target;
    return spec;
  }

  @Test
  void servingPasses() throws Exception {
    assertThat(bench.once(grpc(target)))
        .isEqualTo(new Bench.Update(CheckStatus.PASSING, "gRPC check " + target + ": success"));
    String name = "shop." + "s".repeat(200);
    health.setStatus(name, ServingStatus.SERVING);
    assertThat(bench.once(grpc(target + "/" + name)).output())
        .isEqualTo("gRPC check " + target + "/" + name + ": success");
  }

  @Test
  void notServingIsCritical() throws Exception {
    health.setStatus("shop", ServingStatus.NOT_SERVING);
    assertThat(bench.once(grpc(target + "/shop")))
        .isEqualTo(
            new Bench.Update(
                CheckStatus.CRITICAL, "gRPC " + target + "/shop serving status: NOT_SERVING"));
    Bench.Update unknown = bench.once(grpc(target + "/nobody"));
    assertThat(unknown.status()).isEqualTo(CheckStatus.CRITICAL);
    assertThat(unknown.output()).startsWith("rpc error: code = NotFound desc = ");
  }

  @Test
  void aServerWithoutTheHealthServiceIsCritical() throws Exception {
    Server bare = NettyServerBuilder.forAddress(ANY_PORT).build().start();
    try {
      assertThat(bench.once(grpc("127.0.0.1:" + bare.getPort())).output())
          .startsWith("rpc error: code = Unimplemented desc = ");
    } finally {
      bare.shutdownNow();
    }
  }

  @Test
  void nobodyThereIsCritical() throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    assertThat(bench.once(grpc("127.0.0.1:" + port)).output())
        .isEqualTo(
            "rpc error: code = Unavailable desc = connection error: desc = \"transport: Error"
                + " while dialing dial tcp 127.0.0.1:"
                + port
                + ": connect: connection refused\"");
    assertThat(bench.once(ping("127.0.0.1:" + port)).output())
        .isEqualTo(
            "Failed to dial to 127.0.0.1:"
                + port
                + ": dial tcp 127.0.0.1:"
                + port
                + ": connect: connection refused");
  }

  @Test
  void http2AnswersAPing() throws Exception {
    assertThat(bench.once(ping(target)))
        .isEqualTo(new Bench.Update(CheckStatus.PASSING, "HTTP2 ping was successful"));
  }

  @Test
  void underTlsHttp2IsNegotiated() throws Exception {
    Server secure =
        NettyServerBuilder.forAddress(
                ANY_PORT,
                TlsServerCredentials.newBuilder()
                    .keyManager(SelfSigned.keys("service.example", folder))
                    .build())
            .addService(health.getHealthService())
            .build()
            .start();
    try {
      SpecBuilder call = grpc("127.0.0.1:" + secure.getPort());
      call.useTls = true;
      Bench.Update untrusted = bench.once(call);
      assertThat(untrusted.status()).isEqualTo(CheckStatus.CRITICAL);
      assertThat(untrusted.output()).contains("code = Unavailable", "PKIX");
      call.tlsSkipVerify = true;
      assertThat(bench.once(call).output()).endsWith(": success");
      SpecBuilder ping = ping("127.0.0.1:" + secure.getPort());
      ping.useTls = true;
      ping.tlsSkipVerify = true;
      assertThat(bench.once(ping).output()).isEqualTo("HTTP2 ping was successful");
    } finally {
      secure.shutdownNow();
    }
  }

  @Test
  void silenceIsNoHttp2() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      SpecBuilder spec = ping("127.0.0.1:" + silent.getLocalPort());
      spec.timeout = Duration.ofMillis(300);
      assertThat(bench.once(spec))
          .isEqualTo(
              new Bench.Update(
                  CheckStatus.CRITICAL, "HTTP2 ping failed: context deadline exceeded"));
      spec.grpc = spec.h2ping;
      spec.h2ping = "";
      assertThat(bench.once(spec).output())
          .isEqualTo("rpc error: code = DeadlineExceeded desc = context deadline exceeded");
    }
  }

  /** A health service that answers so. */
  private Server answering(java.util.function.Consumer<StreamObserver<HealthCheckResponse>> answer)
      throws Exception {
    return NettyServerBuilder.forAddress(ANY_PORT)
        .addService(
            new HealthGrpc.HealthImplBase() {
              @Override
              public void check(
                  HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
                answer.accept(observer);
              }
            })
        .build()
        .start();
  }

  @Test
  void whatAServerSaysIsCutAsAnyOutput() throws Exception {
    String longest = "x".repeat(4096);
    for (String text : List.of(longest, longest + "y")) {
      Server failing =
          answering(o -> o.onError(Status.INTERNAL.withDescription(text).asRuntimeException()));
      try {
        String start = "rpc error: code = Internal desc = ";
        assertThat(bench.once(grpc("127.0.0.1:" + failing.getPort())).output())
            .isEqualTo(
                text.equals(longest)
                    ? start + longest
                    : start + "Captured 4096 of 4097 bytes\n...\n" + text.substring(1));
      } finally {
        failing.shutdownNow();
      }
    }
  }

  @Test
  void fieldsThatANewerServerAddsAreReadOver() throws Exception {
    UnknownFieldSet newer =
        UnknownFieldSet.newBuilder()
            .addField(
                2,
                UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFrom(new byte[] {8, 2}))
                    .build())
            .build();
    Server server =
        answering(
            observer -> {
              observer.onNext(
                  HealthCheckResponse.newBuilder()
                      .setStatus(ServingStatus.SERVING)
                      .setUnknownFields(newer)
                      .build());
              observer.onCompleted();
            });
    try {
      assertThat(bench.once(grpc("127.0.0.1:" + server.getPort())).output()).endsWith(": success");
    } finally {
      server.shutdownNow();
    }
  }
}
