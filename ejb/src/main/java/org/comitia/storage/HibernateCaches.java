package org.comitia.storage;

import jakarta.persistence.EntityManagerFactory;
import jakarta.persistence.metamodel.Attribute;
import jakarta.persistence.metamodel.ManagedType;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Hibernate 6.6 keeps what it found out about a class in that class itself ({@link ClassValue}),
 * for classes of the JDK and of the server's own API too. After an undeploy these would keep
 * Hibernate's copy, and with it our class loader, in memory as long as the process.
 */
final class HibernateCaches {
  private static final Logger LOG = Logger.getLogger("storage");

  private static final List<String> HOLDERS =
      List.of(
          "org.hibernate.boot.model.internal.BinderHelper",
          "org.hibernate.engine.internal.ManagedTypeHelper");

  private static final List<Class<?>> COMMON =
      List.of(
          Object.class,
          Class.class,
          String.class,
          Number.class,
          Long.class,
          Integer.class,
          Boolean.class,
          Double.class,
          byte[].class,
          Object[].class);

  private HibernateCaches() {}

  /** Takes it out of every class that the factory's entities touch; for the factory's close. */
  static void forget(EntityManagerFactory factory) {
    Set<Class<?>> touched = new HashSet<>(COMMON);
    for (ManagedType<?> type : factory.getMetamodel().getManagedTypes()) {
      addType(type.getJavaType(), touched);
      for (Attribute<?, ?> attribute : type.getAttributes()) {
        addType(attribute.getJavaType(), touched);
      }
    }
    for (String holder : HOLDERS) {
      try {
        forget(Class.forName(holder), touched);
      } catch (ReflectiveOperationException | RuntimeException e) {
        LOG.log(Level.FINE, "this Hibernate caches elsewhere: holder=" + holder, e);
      }
    }
  }

  private static void addType(Class<?> type, Set<Class<?>> touched) {
    for (Class<?> at = type; at != null; at = at.getSuperclass()) {
      touched.add(at);
      touched.addAll(List.of(at.getInterfaces()));
      addAnnotations(at, touched);
      for (Field field : at.getDeclaredFields()) {
        addAnnotations(field, touched);
      }
      for (Method method : at.getDeclaredMethods()) {
        addAnnotations(method, touched);
      }
    }
  }

  private static void addAnnotations(AnnotatedElement element, Set<Class<?>> touched) {
    for (Annotation annotation : element.getAnnotations()) {
      if (touched.add(annotation.annotationType())) {
        addAnnotations(annotation.annotationType(), touched);
      }
    }
  }

  private static void forget(Class<?> holder, Set<Class<?>> touched)
      throws ReflectiveOperationException {
    for (Field field : holder.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == ClassValue.class) {
        field.setAccessible(true);
        ClassValue<?> cache = (ClassValue<?>) field.get(null);
        touched.forEach(cache::remove);
      }
    }
  }
}
