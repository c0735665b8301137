package org.comitia.cli.tls;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.security.cert.CertificateEncodingException;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.naming.ldap.Rdn;
import org.comitia.cli.command.HelpOption;
import org.comitia.cli.command.Terminal;
import org.comitia.encryption.PemFiles;
import org.comitia.files.OwnerOnly;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * What the commands that make a certificate share: they write it and its key beside each other into
 * the folder that they were started in, the key for its owner alone, and overwrite nothing.
 */
abstract class CreateCommand implements Callable<Integer> {
  /** A hundred years. */
  private static final int MAX_DAYS = 36_525;

  private static final FileAttribute<?>[] AS_THE_SYSTEM_DOES = {};

  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Override
  public final Integer call() {
    try {
      create();
      return 0;
    } catch (IOException e) {
      PrintStream err = Terminal.of(spec).err();
      err.print(e.getMessage() + "\n");
      err.flush();
      return 1;
    }
  }

  /**
   * @throws IOException whose message is what the person reads
   */
  abstract void create() throws IOException;

  final void print(String line) {
    PrintStream out = Terminal.of(spec).out();
    out.print(line + "\n");
    out.flush();
  }

  static void checkDays(int days) throws IOException {
    if (days < 1 || days > MAX_DAYS) {
      throw new IOException("-days must be between 1 and " + MAX_DAYS);
    }
  }

  static String commonName(String name) {
    return "CN=" + Rdn.escapeValue(name);
  }

  /** Consul's names are relative, and so are ours: to the folder in which the command runs. */
  static boolean exists(String file) {
    return Files.exists(Path.of(file));
  }

  final void save(KeyTool.Pair made, String certificateFile, String keyFile) throws IOException {
    try {
      write(
          certificateFile,
          PemFiles.block("CERTIFICATE", made.certificate().getEncoded()),
          AS_THE_SYSTEM_DOES);
    } catch (CertificateEncodingException e) {
      throw new IOException(e.toString(), e);
    }
    print("==> Saved " + certificateFile);
    write(keyFile, PemFiles.block("PRIVATE KEY", made.key().getEncoded()), OwnerOnly.FILE);
    print("==> Saved " + keyFile);
  }

  private static void write(String file, String text, FileAttribute<?>[] attributes)
      throws IOException {
    Set<StandardOpenOption> fresh = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel channel = FileChannel.open(Path.of(file), fresh, attributes);
        OutputStream out = Channels.newOutputStream(channel)) {
      out.write(text.getBytes(StandardCharsets.US_ASCII));
      channel.force(true);
    } catch (IOException e) {
      throw new IOException("cannot write " + words(file, e), e);
    }
  }

  static String words(String file, IOException failure) {
    if (failure instanceof FileAlreadyExistsException) {
      return file + ": it exists already";
    }
    return failure instanceof NoSuchFileException
        ? "open " + file + ": no such file or directory"
        : file + ": " + failure.getMessage();
  }
}
