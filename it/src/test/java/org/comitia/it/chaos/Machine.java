package org.comitia.it.chaos;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.comitia.it.AgentProcess;

/**
 * A server in a network namespace of its own, with its data directory on a disk of its own (ext4 in
 * a file, mounted by a loop device) and with {@code it/chaos/shim.c} in its process, by which its
 * syncs stall and fail and its wall clock jumps.
 */
final class Machine implements AutoCloseable {
  /** Enough for Liberty's files and a run; the file is sparse. */
  private static final String DISK = "1G";

  private static final int CLOCK = 0;
  private static final int STALL = 8;
  private static final int FAIL = 12;
  private static final int CONTROL_BYTES = 16;

  final int number;
  final AgentProcess agent;
  private final Network network;
  private final Path disk;
  private final Path mount;
  private final Path control;
  private List<String> flags = List.of();

  Machine(int number, Network network, Path folder, Path shim) {
    this.number = number;
    this.network = network;
    String name = "s" + number;
    this.disk = folder.resolve(name + ".disk");
    this.mount = folder.resolve(name);
    this.control = folder.resolve(name + ".control");
    this.agent =
        new AgentProcess(
            name,
            network.address(number),
            folder,
            network.launcher(number),
            Map.of("LD_PRELOAD", shim.toString(), "CHAOS_CONTROL", control.toString()));
    try {
      Files.createDirectories(mount);
      Files.write(control, new byte[CONTROL_BYTES]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    network.add(number);
    Shell.run("truncate", "-s", DISK, disk.toString());
    Shell.run("mkfs.ext4", "-q", "-F", "-m", "0", disk.toString());
    Shell.run("mount", "-o", "loop", disk.toString(), mount.toString());
    Shell.run("chmod", "700", mount.toString());
  }

  String name() {
    return agent.name;
  }

  /** The flags of this and each later start. */
  void start(List<String> startFlags) {
    flags = List.copyOf(startFlags);
    start();
  }

  void start() {
    agent.start(flags.toArray(String[]::new));
  }

  /** SIGTERM, and waits for the end. */
  void stop() {
    agent.signal("TERM");
    agent.awaitExit(AgentProcess.STOP);
  }

  void stallSyncs(boolean stall) {
    set(STALL, 4, stall ? 1 : 0);
  }

  void failSyncs(boolean fail) {
    set(FAIL, 4, fail ? 1 : 0);
  }

  /** How far the wall clock is from the host's. */
  void setClock(Duration offset) {
    set(CLOCK, 8, offset.toNanos());
  }

  private void set(int at, int bytes, long value) {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    if (bytes == 8) {
      buffer.putLong(value);
    } else {
      buffer.putInt((int) value);
    }
    try (RandomAccessFile file = new RandomAccessFile(control.toFile(), "rw")) {
      file.seek(at);
      file.write(buffer.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whatever writes to the disk waits, until it is thawed. */
  void freezeDisk() {
    Shell.run("fsfreeze", "-f", mount.toString());
  }

  void thawDisk() {
    Shell.run("fsfreeze", "-u", mount.toString());
  }

  /** Takes all free space of the disk. */
  void fillDisk() {
    Path filler = mount.resolve("filler");
    for (long size = mount.toFile().getUsableSpace(); size >= 4096; size /= 2) {
      Path part = filler.resolveSibling("filler" + size);
      Shell.attempt("fallocate", "-l", Long.toString(size), part.toString());
    }
  }

  void emptyDisk() {
    Shell.run("sh", "-c", "rm -f " + mount + "/filler*");
  }

  @Override
  public void close() {
    stallSyncs(false);
    Shell.attempt("fsfreeze", "-u", mount.toString());
    agent.end();
    network.remove(number);
    if (Shell.attempt("umount", mount.toString()) != null) {
      Shell.attempt("umount", "-l", mount.toString());
    }
    try {
      Files.deleteIfExists(disk);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
