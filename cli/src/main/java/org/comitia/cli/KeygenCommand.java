package org.comitia.cli;

import java.util.concurrent.Callable;
import org.comitia.cli.command.HelpOption;
import org.comitia.encryption.EncryptionKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code comitia keygen}: a new key of 32 random bytes. */
@Command(
    name = "keygen",
    description = {
      "Makes a new encryption key.",
      "Prints 32 random bytes, base64, to be set as `encrypt` on every agent of a cluster."
    })
final class KeygenCommand implements Callable<Integer> {
  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().println(EncryptionKey.generate());
    return 0;
  }
}
