package org.comitia.consensus;

import java.nio.file.Path;
import org.comitia.access.Access;

/**
 * How a server keeps access.
 *
 * @param enabled whether anybody is asked for a token
 * @param defaultPolicy what counts where no rule of a token fits
 * @param keyListPolicy whether reading below a prefix needs {@code list}
 * @param initialManagement the secret of a management token that the leader makes if the cluster
 *     was never bootstrapped; empty for none
 * @param resetFile allows one more bootstrap, see {@link BootstrapReset}; null for none
 */
public record AclOptions(
    boolean enabled,
    Access defaultPolicy,
    boolean keyListPolicy,
    String initialManagement,
    Path resetFile) {
  /** Everybody may everything. */
  public static final AclOptions OFF = new AclOptions(false, Access.WRITE, false, "", null);

  /** Without the secret, since it may end in a log. */
  @Override
  public String toString() {
    return "AclOptions[enabled=" + enabled + ", defaultPolicy=" + defaultPolicy + "]";
  }
}
