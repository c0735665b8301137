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
import org.comitia.files.DiskRoom;

/**
 * A body that is too long for memory, on its way into a file. Read on a thread of {@link
 * BodyThreads}; a client has to send at a pace, and after ten minutes makes way for whoever waits
 * for its place.
 */
public final class Upload implements BodyThreads.Waiting {
  /** Bytes a second on average that a client sends at least, once its first time is over. */
  static final long LEAST_PACE = 64 << 10;

  private static final long FIRST_MILLIS = 30_000;

  /** Nobody takes its place before. */
  private static final long SAFE_NANOS = TimeUnit.MINUTES.toNanos(10);

  /** After so many bytes the disk is looked at again: others write to it as well. */
  private static final long STRIDE = 1 << 20;

  private static final int PIECE = 64 << 10;

  private final HttpServletRequest request;
  private final BodyThreads threads;
  private final Path file;
  private final long most;
  private final DiskRoom room;
  private final Consumer<Refusal> then;
  private final AtomicBoolean over = new AtomicBoolean();
  private final long started = System.nanoTime();
  private volatile long came;

  private Upload(
      HttpServletRequest request,
      BodyThreads threads,
      Path file,
      long most,
      DiskRoom room,
      Consumer<Refusal> then) {
    this.request = request;
    this.threads = threads;
    this.file = file;
    this.most = most;
    this.room = room;
    this.then = then;
  }

  /**
   * Begins to read; returns at once.
   *
   * @param request asynchronous; its body was not touched
   * @param file is there
   * @param most so many bytes are taken
   * @param room of the file's disk
   * @param then gets null when all of it is in the file, else why not; called once, on a thread
   *     that may block
   */
  public static Upload begin(
      HttpServletRequest request,
      BodyThreads threads,
      Path file,
      long most,
      DiskRoom room,
      Consumer<Refusal> then) {
    Upload upload = new Upload(request, threads, file, most, room, then);
    try {
      threads.await(upload, request.getRemoteAddr());
    } catch (RejectedExecutionException tooMany) {
      upload.tell(
          new Refusal(
              503, "COM4028: too many bodies that come slowly are awaited: send it again later"));
    }
    return upload;
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
      long left = room.left();
      if (left < (announced < 0 ? STRIDE : announced)) {
        return noRoom(left);
      }
      long looked = 0;
      InputStream in = request.getInputStream();
      byte[] piece = new byte[PIECE];
      for (int n = next(in, piece); n >= 0 && !over.get(); n = next(in, piece)) {
        came = came + n; // this thread alone writes it
        if (came > most) {
          return tooLarge();
        }
        if (came - looked >= STRIDE) {
          looked = came;
          left = room.left();
          if (left < STRIDE) {
            return noRoom(left);
          }
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
            + " bytes are taken here, by comitia.state-limit");
  }

  private static Refusal noRoom(long left) {
    return new Refusal(
        413,
        "COM4052: the archive is too large: the disk of the data directory has room for "
            + Math.max(0, left)
            + " more bytes, beside twice its reserve (comitia.disk-reserve): make room on it");
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

  /**
   * Somebody else wants its place.
   *
   * @param now the monotonic clock, nanoseconds
   * @return whether it ends for that: it has been coming for more than ten minutes
   */
  public boolean makeWay(long now) {
    return now - started > SAFE_NANOS
        && end(
            new Refusal(
                408,
                "COM4055: the archive came for more than ten minutes, "
                    + came
                    + " bytes so far, and another one is to be restored: nothing was changed; send"
                    + " it again from nearby"));
  }

  @Override
  public void end() {
    end(Body.ending());
  }

  /** On a thread that others wait for. */
  private boolean end(Refusal refusal) {
    boolean ends = over.compareAndSet(false, true);
    if (ends) {
      threads.answer(() -> then.accept(refusal));
    }
    return ends;
  }
}
