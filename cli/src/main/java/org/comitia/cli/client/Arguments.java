package org.comitia.cli.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** What arguments of several commands have in common. */
public final class Arguments {
  private Arguments() {}

  /** Null, or what to say when there are more arguments than a command takes. */
  public static String tooMany(List<String> arguments, int expected) {
    return arguments.size() <= expected
        ? null
        : "Too many arguments (expected " + expected + ", got " + arguments.size() + ")";
  }

  /** Null, or what to say when there is not exactly one argument. */
  public static String notOne(List<String> arguments, String label) {
    return arguments.isEmpty() ? "Missing " + label + " argument" : tooMany(arguments, 1);
  }

  /** The only argument, without the slash that keys never start with; "" when there is none. */
  public static String key(List<String> arguments) {
    String key = arguments.isEmpty() ? "" : arguments.get(0);
    return key.startsWith("/") ? key.substring(1) : key;
  }

  /**
   * The bytes an argument stands for: {@code @FILE} the file's, {@code -} those of standard input,
   * anything else its own.
   *
   * @throws IOException saying which could not be read
   */
  public static byte[] data(String argument, InputStream in) throws IOException {
    if (argument.startsWith("@")) {
      String file = argument.substring(1);
      try {
        return Files.readAllBytes(Path.of(file));
      } catch (NoSuchFileException | InvalidPathException e) {
        throw new IOException("Failed to read file: open " + file + ": no such file or directory");
      } catch (IOException e) {
        throw new IOException("Failed to read file: " + e);
      }
    }
    if (argument.equals("-")) {
      try {
        return in.readAllBytes();
      } catch (IOException e) {
        throw new IOException("Failed to read stdin: " + e.getMessage());
      }
    }
    return argument.getBytes(StandardCharsets.UTF_8);
  }

  /** Whether Go would take the text for a boolean. */
  public static boolean isBoolean(String text) {
    return isTrue(text) || List.of("0", "f", "F", "false", "False", "FALSE").contains(text);
  }

  /** Whether Go would take the text for true. */
  public static boolean isTrue(String text) {
    return List.of("1", "t", "T", "true", "True", "TRUE").contains(text);
  }

  /** A text in quotation marks, as Go's {@code %q} writes a plain one. */
  public static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
