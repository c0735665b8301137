package org.comitia.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version that this was built as; the build writes it. */
public final class Version {
  /** Whose API this is: what answers as Consul does, answers as this version of it. */
  public static final String CONSUL = "1.10.11";

  /** For example {@code 0.1.0}. */
  public static final String TEXT = read();

  /**
   * What is told to tools that compare it with the versions of Consul that they need, for example
   * {@code 1.10.11+comitia.0.1.0}.
   */
  public static final String ANNOUNCED = CONSUL + "+comitia." + TEXT;

  private Version() {}

  private static String read() {
    Properties properties = new Properties();
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }
}
