package org.comitia.cli.command;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where a command reads and writes. Text is UTF-8 whatever the locale says, as in Consul; bytes
 * pass unchanged.
 */
public record Terminal(InputStream in, PrintStream out, PrintStream err) {
  /** The root of the commands, which was made for a terminal. */
  public interface Holder {
    Terminal terminal();
  }

  /** What a command reads and writes. */
  public static Terminal of(CommandSpec command) {
    return ((Holder) command.root().userObject()).terminal();
  }

  /**
   * The process's own streams. Standard input is {@link System#in}: a {@link
   * java.io.FileInputStream} asks for its length before it reads everything, which a pipe has not.
   */
  public static Terminal ofProcess() {
    return new Terminal(System.in, stream(FileDescriptor.out), stream(FileDescriptor.err));
  }

  private static PrintStream stream(FileDescriptor to) {
    return new PrintStream(
        new BufferedOutputStream(new FileOutputStream(to)), false, StandardCharsets.UTF_8);
  }
}
