package org.comitia.cli.tls;

import java.nio.file.Files;
import java.nio.file.Path;
import org.comitia.encryption.PemFiles;

/** Authorities and certificates for tests of other rooms, as PEM files. */
public final class TestCertificates {
  private final Path folder;
  private final KeyTool.Pair authority;

  /** A new authority, whose certificate is {@code ca.pem} in this folder. */
  public TestCertificates(Path folder) throws Exception {
    this.folder = folder;
    this.authority =
        KeyTool.make("CN=test", 2, new Extensions().and("BasicConstraints:critical=ca:true"), null);
    write("ca.pem", "CERTIFICATE", authority.certificate().getEncoded());
  }

  /** {@code NAME.pem}, the authority's own certificate behind it, and {@code NAME-key.pem}. */
  public void add(String name) throws Exception {
    KeyTool.Pair made = KeyTool.make("CN=" + name, 2, new Extensions().dnsName(name), authority);
    String chain =
        PemFiles.block("CERTIFICATE", made.certificate().getEncoded())
            + PemFiles.block("CERTIFICATE", authority.certificate().getEncoded());
    Files.writeString(folder.resolve(name + ".pem"), chain);
    write(name + "-key.pem", "PRIVATE KEY", made.key().getEncoded());
  }

  private void write(String file, String type, byte[] der) throws Exception {
    Files.writeString(folder.resolve(file), PemFiles.block(type, der));
  }
}
