package org.comitia.cli.client;

import java.time.Duration;
import org.comitia.config.GoDuration;
import picocli.CommandLine.ITypeConverter;

/** An option's duration as in Go: {@code 30s}, {@code 1m30s}. */
public final class DurationOption implements ITypeConverter<Duration> {
  @Override
  public Duration convert(String text) {
    return GoDuration.parse(text);
  }
}
