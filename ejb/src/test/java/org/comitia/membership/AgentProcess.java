package org.comitia.membership;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.comitia.encryption.EncryptionKey;
import org.comitia.encryption.KeyedTls;

/** A member in a process of its own, to be stopped, continued and killed as a whole. */
final class AgentProcess implements AutoCloseable {
  final String address;
  final UUID id;
  final List<String> listening;
  private final Process process;

  private AgentProcess(Process process, String address, UUID id, List<String> listening) {
    this.process = process;
    this.address = address;
    this.id = id;
    this.listening = listening;
  }

  static AgentProcess start(String name, String ip) throws IOException {
    return start(name, ip, "");
  }

  /**
   * @param key in base64; empty for none
   */
  static AgentProcess start(String name, String ip, String key) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                AgentProcess.class.getName(),
                name,
                ip,
                key)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream()));
    String address = out.readLine();
    UUID id = UUID.fromString(out.readLine());
    return new AgentProcess(process, address, id, List.of(out.readLine().split(" ")));
  }

  void signal(String signal) throws IOException, InterruptedException {
    int rc =
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();
    if (rc != 0) {
      throw new IOException("kill -" + signal + " failed");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Prints the address, the node id and what this process listens on, and runs until killed. */
  public static void main(String[] args) throws Exception {
    InetAddress ip = InetAddress.getByName(args[1]);
    KeyedTls encryption =
        args[2].isEmpty() ? null : new KeyedTls(List.of(EncryptionKey.parse(args[2])));
    Agent agent = Agent.encrypted(args[0], args[1], args[1], Agent.freePort(args[1]), encryption);
    agent.start();
    System.out.println(ip.getHostAddress() + ":" + agent.port);
    System.out.println(agent.id);
    System.out.println(String.join(" ", listening()));
    Thread.currentThread().join();
  }

  /** The local addresses of this process's listening sockets and bound datagram sockets. */
  private static List<String> listening() throws IOException {
    List<String> inodes = new ArrayList<>();
    try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : fds.toList()) {
        if (Files.isSymbolicLink(fd)) {
          inodes.add(Files.readSymbolicLink(fd).toString());
        }
      }
    }
    List<String> found = new ArrayList<>();
    for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
      for (String line : Files.readAllLines(Path.of("/proc/self/net/" + table))) {
        String[] field = line.trim().split("\\s+");
        boolean bound = table.startsWith("udp") || "0A".equals(field[3]);
        if (bound && field.length > 9 && inodes.contains("socket:[" + field[9] + "]")) {
          found.add(
              table + "/" + Integer.parseInt(field[1].substring(field[1].indexOf(':') + 1), 16));
        }
      }
    }
    return found;
  }
}
