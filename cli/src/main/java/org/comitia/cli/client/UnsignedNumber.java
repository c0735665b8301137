package org.comitia.cli.client;

import picocli.CommandLine.ITypeConverter;

/** An option's number from 0 to 2^64 - 1, as the bits of a long. */
public final class UnsignedNumber implements ITypeConverter<Long> {
  @Override
  public Long convert(String text) {
    return text.startsWith("0x") || text.startsWith("0X")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : Long.parseUnsignedLong(text);
  }
}
