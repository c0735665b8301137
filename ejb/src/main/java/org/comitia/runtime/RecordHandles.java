package org.comitia.runtime;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.runtime.ObjectMethods;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Up to JDK 18, the method handles behind every record's {@code equals}, {@code hashCode} and
 * {@code toString} remember, strongly and in the JDK's own class, the last record type that they
 * were adapted to. After an undeploy that would be one of ours, and with it our class loader and
 * everything that it loaded.
 */
final class RecordHandles {
  private RecordHandles() {}

  /** Adapts them to a type of the JDK instead. Harmless where they do not remember. */
  static void forget() {
    try {
      adapt("equals", MethodType.methodType(boolean.class, String.class, Object.class));
      adapt("hashCode", MethodType.methodType(int.class, String.class));
      adapt("toString", MethodType.methodType(String.class, String.class));
    } catch (Throwable e) {
      Logger.getLogger("agent").log(Level.FINE, "record handles were not reset", e);
    }
  }

  private static void adapt(String method, MethodType type) throws Throwable {
    MethodHandle component = MethodHandles.identity(String.class);
    ObjectMethods.bootstrap(
        MethodHandles.lookup(), method, type, String.class, "component", component);
  }
}
