package org.comitia.storage;

import org.hibernate.type.descriptor.WrapperOptions;
import org.hibernate.type.descriptor.java.JavaType;
import org.hibernate.type.format.FormatMapper;

/**
 * No column is mapped as JSON or XML by Hibernate. Saying so keeps it from starting JSON-B and JAXB
 * at every boot.
 */
final class NoFormat implements FormatMapper {
  @Override
  public <T> T fromString(CharSequence text, JavaType<T> type, WrapperOptions options) {
    throw new UnsupportedOperationException("no column is mapped as JSON or XML");
  }

  @Override
  public <T> String toString(T value, JavaType<T> type, WrapperOptions options) {
    throw new UnsupportedOperationException("no column is mapped as JSON or XML");
  }
}
