package org.comitia.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A body that is too long for memory, on its way into a file. Read on a thread of {@link
 * BodyThreads}; a client has to send at a pace, since somebody else may wait for its place.
 */
public final class Upload implements BodyThreads.Waiting {
  /** Bytes a second on average that a client sends at least, once its first time is over. */
  static final long LEAST_PACE = 64 << 10;

  private static final long FIRST_MILLIS = 30_000;
  private static final int PIECE = 64 << 10;

  private final HttpServletRequest request;
  private final BodyThreads threads;
  private final Path file;
  private final long most;
  private final Consumer<Refusal> then;
  private final AtomicBoolean over = new AtomicBoolean();
  private final long started = System.nanoTime();
  private volatile long came;

  private Upload(
      HttpServletRequest request,
      BodyThreads threads,
      Path file,
      long most,
      Consumer<Refusal> then) {
    this.request = request;
    this.threads = threads;
    this.file = file;
    this.most = most;
    this.then = then;
  }

  /**
   * Begins to read; returns at once.
   *
   * @param request asynchronous; its body was not touched
   * @param file is there
   * @param most so many bytes are taken
   * @param then gets null when all of it is in the file, else why not; called once, on a thread
   *     that may block
   */
  public static void begin(
      HttpServletRequest request,
      BodyThreads threads,
      Path file,
      long most,
      Consumer<Refusal> then) {
    Upload upload = new Upload(request, threads, file, most, then);
    try {
      threads.await(upload, request.getRemoteAddr());
    } catch (RejectedExecutionException tooMany) {
      upload.tell(
          new Refusal(
              503, "COM4028: too many bodies that come slowly are awaited: send it again later"));
    }
  }

  @Override
  public void run() {
    try {
      tell(read());
    } catch (RuntimeException | Error unexpected) { // nobody else ends the request
      tell(Body.unreadable(unexpected));
    }
  }

  /** Null when all is there. */
  private Refusal read() {
    long announced = request.getContentLengthLong();
    if (announced > most) {
      return tooLarge();
    }
    // Not created: it is gone when this is over.
    try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
      InputStream in = request.getInputStream();
      byte[] piece = new byte[PIECE];
      for (int n = next(in, piece); n >= 0 && !over.get(); n = next(in, piece)) {
        came = came + n; // this thread alone writes it
        if (came > most) {
          return tooLarge();
        }
        out.write(piece, 0, n);
      }
    } catch (Broken broken) {
      return broken.getCause() instanceof SocketTimeoutException
          ? Body.late()
          : Refusal.badRequest("the body broke off after " + came + " bytes");
    } catch (IOException disk) {
      return Refusal.error("COM4053: the archive could not be kept in " + file + ": " + disk);
    }
    return came < announced
        ? Refusal.badRequest("the body ended after " + came + " of " + announced + " bytes")
        : null;
  }

  /** Not the disk. */
  private static final class Broken extends IOException {
    private static final long serialVersionUID = 1L;

    Broken(IOException cause) {
      super(cause);
    }
  }

  private static int next(InputStream in, byte[] piece) throws Broken {
    try {
      return in.read(piece);
    } catch (IOException e) {
      throw new Broken(e);
    }
  }

  private Refusal tooLarge() {
    return new Refusal(
        413,
        "COM4052: the archive is too large: at most "
            + most
            + " bytes are taken here, by comitia.state-limit and by the room on the disk of the data"
            + " directory");
  }

  private void tell(Refusal refusal) {
    if (over.compareAndSet(false, true)) {
      then.accept(refusal);
    }
  }

  @Override
  public void look(long now) {
    long millis = TimeUnit.NANOSECONDS.toMillis(now - started);
    if (millis > FIRST_MILLIS && came < LEAST_PACE * millis / 1_000) {
      end(
          new Refusal(
              408,
              "COM4018: the body did not come in time: %d bytes came in %d s, less than %d bytes a second"
                  .formatted(came, millis / 1_000, LEAST_PACE)));
    }
  }

  @Override
  public void end() {
    end(Body.ending());
  }

  /** On a thread that others wait for. */
  private void end(Refusal refusal) {
    if (over.compareAndSet(false, true)) {
      threads.answer(() -> then.accept(refusal));
    }
  }
}
