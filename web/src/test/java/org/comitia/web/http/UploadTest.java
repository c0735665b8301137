package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.comitia.files.DiskRoom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A long body on its way into a file. */
class UploadTest {
  private static final long RESERVE = 1L << 20;

  @TempDir Path folder;

  private long usable = 1L << 30;
  private final CompletableFuture<Void> ending = new CompletableFuture<>();
  private final List<Runnable> tasks = new ArrayList<>();
  private final BodyThreads threads = new BodyThreads(1, tasks::add, Runnable::run, ending);
  private final List<String> told = new ArrayList<>();

  private static HttpServletRequest request(long announced, InputStream body) {
    ServletInputStream in =
        new ServletInputStream() {
          @Override
          public int read() throws IOException {
            return body.read();
          }

          @Override
          public int read(byte[] to, int from, int length) throws IOException {
            return body.read(to, from, length);
          }

          @Override
          public boolean isFinished() {
            return false;
          }

          @Override
          public boolean isReady() {
            return true;
          }

          @Override
          public void setReadListener(ReadListener listener) {
            throw new UnsupportedOperationException();
          }
        };
    return (HttpServletRequest)
        Proxy.newProxyInstance(
            UploadTest.class.getClassLoader(),
            new Class<?>[] {HttpServletRequest.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "getContentLengthLong" -> announced;
                  case "getInputStream" -> in;
                  case "getRemoteAddr" -> "127.0.0.1";
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private Path begin(long announced, InputStream body, long most) throws IOException {
    Path file = folder.resolve("body");
    Files.createFile(file);
    Upload.begin(
        request(announced, body),
        threads,
        file,
        most,
        new DiskRoom(() -> usable, () -> RESERVE),
        refusal ->
            told.add(refusal == null ? "whole" : refusal.status() + " " + refusal.getMessage()));
    return file;
  }

  private void run() {
    List<Runnable> all = List.copyOf(tasks);
    tasks.clear();
    all.forEach(Runnable::run);
  }

  private static InputStream bytes(int count) {
    return new ByteArrayInputStream(new byte[count]);
  }

  @Test
  void aBodyIsInTheFile() throws Exception {
    Path file = begin(200_000, bytes(200_000), 200_000);
    assertThat(told).isEmpty();
    run();
    assertThat(told).containsExactly("whole");
    assertThat(file).hasSize(200_000);
  }

  @Test
  void moreThanMayComeIsRefusedWhetherItWasAnnouncedOrNot() throws Exception {
    Path file = begin(200_000, bytes(200_000), 199_999);
    run();
    assertThat(told).hasSize(1).allMatch(t -> t.startsWith("413 COM4052: "));
    assertThat(file).isEmptyFile();
    Files.delete(file);
    begin(-1, bytes(200_000), 199_999);
    run();
    assertThat(told).hasSize(2).allMatch(t -> t.startsWith("413 COM4052: "));
  }

  @Test
  void theReserveOfTheDiskStaysFree() throws Exception {
    String noRoom =
        "413 COM4052: the archive is too large: the disk of the data directory has room";
    usable = RESERVE + 2_000_000 - 1;
    Path file = begin(2_000_000, bytes(2_000_000), 1L << 30);
    run();
    assertThat(told).hasSize(1).allMatch(t -> t.startsWith(noRoom + " for 1999999 more bytes"));
    assertThat(file).isEmptyFile();
    Files.delete(file);
    InputStream whileOthersWrite =
        new FilterInputStream(bytes(20_000_000)) {
          @Override
          public int read(byte[] to, int from, int length) throws IOException {
            int n = super.read(to, from, length);
            usable -= n;
            return n;
          }
        };
    usable = RESERVE + 5_000_000;
    begin(-1, whileOthersWrite, 1L << 30);
    run();
    assertThat(told).hasSize(2).allMatch(t -> t.startsWith(noRoom));
    assertThat(usable).isGreaterThan(RESERVE);
    Files.delete(file);
    usable = 0;
    begin(-1, bytes(1), 1L << 30);
    run();
    assertThat(told)
        .hasSize(3)
        .last()
        .isEqualTo(
            noRoom
                + " for 0 more bytes, beside twice its reserve (comitia.disk-reserve): make room on it");
  }

  @Test
  void aBodyThatEndsTooSoonIsNone() throws Exception {
    begin(200_000, bytes(1_000), 1 << 20);
    run();
    assertThat(told).containsExactly("400 the body ended after 1000 of 200000 bytes");
  }

  @Test
  void whoSendsTooSlowlyIsToldOnce() throws Exception {
    begin(200_000, bytes(200_000), 1 << 20);
    long now = System.nanoTime();
    threads.look();
    assertThat(told).isEmpty();
    Upload[] slow = {null};
    BodyThreads others =
        new BodyThreads(1, task -> {}, Runnable::run, ending) {
          @Override
          void await(Waiting reader, String client) {
            slow[0] = (Upload) reader;
          }
        };
    Upload.begin(
        request(-1, bytes(1)),
        others,
        folder.resolve("slow"),
        1 << 20,
        new DiskRoom(() -> usable, () -> RESERVE),
        refusal -> told.add(refusal.status() + " " + refusal.getMessage()));
    slow[0].look(now + TimeUnit.SECONDS.toNanos(29));
    assertThat(told).isEmpty();
    slow[0].look(now + TimeUnit.SECONDS.toNanos(31));
    slow[0].look(now + TimeUnit.SECONDS.toNanos(32));
    assertThat(told).hasSize(1).allMatch(t -> t.startsWith("408 COM4018: "));
  }

  @Test
  void aStopWaitsForNone() throws Exception {
    begin(200_000, bytes(200_000), 1 << 20);
    ending.complete(null);
    assertThat(told).hasSize(1).allMatch(t -> t.startsWith("503 COM4029: "));
    run();
    assertThat(told).hasSize(1);
  }

  @Test
  void aDiskThatTakesNothingIsSaid() throws Exception {
    Path file = begin(10, bytes(10), 1 << 20);
    Files.delete(file);
    Files.createDirectory(file);
    run();
    assertThat(told).hasSize(1).allMatch(t -> t.startsWith("500 COM4053: "));
  }
}
