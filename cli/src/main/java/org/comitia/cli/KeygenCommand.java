package org.comitia.cli;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.concurrent.Callable;
import org.comitia.cli.command.HelpOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code comitia keygen}: a new key of 32 random bytes. */
@Command(
    name = "keygen",
    description = {
      "Makes a new encryption key.",
      "Prints 32 random bytes, base64, fit for Consul's `encrypt`. Comitia itself does not encrypt its traffic yet."
    })
final class KeygenCommand implements Callable<Integer> {
  private static final int KEY_BYTES = 32;

  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    spec.commandLine().getOut().println(Base64.getEncoder().encodeToString(key));
    return 0;
  }
}
