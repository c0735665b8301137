package org.comitia.consensus;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** A port's implementation with something that happens before each call. */
final class Wrapped {
  /** What happens first; what it throws is what the caller gets. */
  interface Before {
    void call(Method method, Object[] arguments) throws Throwable;
  }

  private Wrapped() {}

  /** What a call gives, whatever the method. */
  interface Answer {
    Object call(Method method, Object[] arguments) throws Throwable;
  }

  static <T> T of(Class<T> port, Answer answer) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, arguments) -> answer.call(method, arguments)));
  }

  static <T> T before(Class<T> port, T target, Before before) {
    return port.cast(
        Proxy.newProxyInstance(
            port.getClassLoader(),
            new Class<?>[] {port},
            (proxy, method, arguments) -> {
              before.call(method, arguments);
              try {
                return method.invoke(target, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
