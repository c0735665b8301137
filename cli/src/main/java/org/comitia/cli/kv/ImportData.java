package org.comitia.cli.kv;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.comitia.cli.client.Arguments;

/**
 * What an argument of {@code kv import} stands for, as {@link Arguments#data}, but to be read
 * several times and never in memory as a whole: it may be larger than that.
 */
final class ImportData implements Closeable {
  private interface Source {
    InputStream open() throws IOException;
  }

  private final Source source;
  private final Path copy;

  /**
   * @param copy to be deleted at the end; null when there is none
   */
  private ImportData(Source source, Path copy) {
    this.source = source;
    this.copy = copy;
  }

  /**
   * @throws IOException saying which could not be read
   */
  static ImportData of(String argument, InputStream in) throws IOException {
    if (argument.startsWith("@")) {
      return ofFile(argument.substring(1));
    }
    if (argument.equals("-")) {
      try {
        return ofCopy(in);
      } catch (IOException e) {
        throw new IOException("Failed to read stdin: " + e.getMessage());
      }
    }
    byte[] data = Arguments.data(argument, in);
    return new ImportData(() -> new ByteArrayInputStream(data), null);
  }

  private static ImportData ofFile(String name) throws IOException {
    try {
      Path file = Path.of(name);
      try (InputStream in = Files.newInputStream(file)) {
        return Files.isRegularFile(file) // a pipe can be read only once
            ? new ImportData(() -> Files.newInputStream(file), null)
            : ofCopy(in);
      }
    } catch (NoSuchFileException | InvalidPathException e) {
      throw new IOException("Failed to read file: open " + name + ": no such file or directory");
    } catch (IOException e) {
      throw new IOException("Failed to read file: " + e);
    }
  }

  /** In a temporary file that is its user's alone. */
  private static ImportData ofCopy(InputStream in) throws IOException {
    Path copy = Files.createTempFile("comitia-import-", ".json");
    copy.toFile().deleteOnExit(); // when the command is interrupted
    ImportData data = new ImportData(() -> Files.newInputStream(copy), copy);
    try (OutputStream out = Files.newOutputStream(copy)) {
      in.transferTo(out);
      return data;
    } catch (IOException | RuntimeException | Error e) {
      data.close();
      throw e;
    }
  }

  /** From its beginning; to be closed. */
  InputStream open() throws IOException {
    return source.open();
  }

  @Override
  public void close() throws IOException {
    if (copy != null) {
      Files.deleteIfExists(copy);
    }
  }
}
