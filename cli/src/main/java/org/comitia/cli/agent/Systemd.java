package org.comitia.cli.agent;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Tells the service manager that started this process how far it is, as {@code Type=notify} waits
 * for (sd_notify(3)). The manager listens on a unix datagram socket, which Java does not know, and
 * believes only the main process itself: a helper such as {@code systemd-notify} is another one. So
 * this calls the C library. Safe for any thread.
 */
final class Systemd {
  /** The agent serves. */
  static final String READY = "READY=1\n";

  /** The agent is ending. */
  static final String STOPPING = "STOPPING=1\n";

  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final int NO_SIGNAL = 0x4000;

  /** What the kernel takes: {@code sun_path} of {@code sockaddr_un}. */
  private static final int MAX_PATH = 108;

  /** JNA's option: a call that failed throws, with the system's reason. */
  private static final int THROW_LAST_ERROR = 0x40;

  private final String socket;

  private Systemd(String socket) {
    this.socket = socket;
  }

  /** The manager that the environment names in {@code NOTIFY_SOCKET}, if any. */
  static Systemd of(Map<String, String> environment) {
    return new Systemd(environment.getOrDefault("NOTIFY_SOCKET", ""));
  }

  /**
   * Sends a state; does nothing when nobody wants to know.
   *
   * @return "" when it was sent, or nobody waits; else why not
   */
  String tell(String state) {
    if (socket.isEmpty()) {
      return "";
    }
    byte[] path = socket.getBytes(StandardCharsets.UTF_8);
    boolean supported = socket.startsWith("/") || socket.startsWith("@");
    if (!supported || path.length < 2 || path.length >= MAX_PATH) {
      return "systemd is not told " + state.strip() + ": unsupported NOTIFY_SOCKET " + socket;
    }
    if (path[0] == '@') {
      path[0] = 0; // a name in Linux's abstract space
    }
    try {
      send(path, state.getBytes(StandardCharsets.US_ASCII));
      return "";
    } catch (ReflectiveOperationException | LinkageError e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return "systemd is not told " + state.strip() + " at " + socket + ": " + cause;
    }
  }

  private static void send(byte[] path, byte[] message) throws ReflectiveOperationException {
    byte[] address =
        ByteBuffer.allocate(2 + path.length)
            .order(ByteOrder.nativeOrder())
            .putShort((short) AF_UNIX)
            .put(path)
            .array();
    int socket = call("socket", AF_UNIX, SOCK_DGRAM | CLOSE_ON_EXEC, 0);
    try {
      call("sendto", socket, message, (long) message.length, NO_SIGNAL, address, address.length);
    } finally {
      call("close", socket);
    }
  }

  /** By its name, so that JNA is looked for only where there is somebody to tell. */
  static int call(String function, Object... arguments) throws ReflectiveOperationException {
    Class<?> type = Class.forName("com.sun.jna.Function");
    Object found =
        type.getMethod("getFunction", String.class, String.class, int.class)
            .invoke(null, "c", function, THROW_LAST_ERROR);
    return (Integer) type.getMethod("invokeInt", Object[].class).invoke(found, (Object) arguments);
  }
}
