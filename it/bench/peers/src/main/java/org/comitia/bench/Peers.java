package org.comitia.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Txn;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;

/**
 * {@code Peers etcd|zookeeper WORK ADDRESS CONNECTIONS SECONDS}: a closed loop on each connection,
 * by the peer's own client. WORK is {@code write}, {@code write1k}, {@code write16k}, {@code read}
 * (linearizable), {@code stale}, {@code mixed} (one write in ten) or {@code txn} (64 writes).
 * Prints one line, as {@code report.lua} does for wrk.
 */
public final class Peers {
  private static final int KEYS = 10_000;
  private static final int OPERATIONS = 64;

  /** This client is a JVM that has just begun: so long its load does not count. */
  private static final long WARM_NANOS = TimeUnit.SECONDS.toNanos(4);

  private Peers() {}

  /** One connection of a peer's client; used by one thread. */
  private interface Connection extends AutoCloseable {
    void write(int key, byte[] value) throws Exception;

    /** Linearizable. */
    void read(int key) throws Exception;

    void stale(int key) throws Exception;

    void txn(int key, byte[] value) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    String peer = arguments[0];
    String work = arguments[1];
    String address = arguments[2];
    int connections = Integer.parseInt(arguments[3]);
    long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(arguments[4]));
    List<Worker> workers = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      Connection connection = peer.equals("etcd") ? new Etcd(address) : new Zoo(address);
      workers.add(new Worker(connection, work, i));
    }
    long begin = System.nanoTime() + WARM_NANOS;
    for (Worker worker : workers) {
      worker.from = begin;
      worker.until = begin + nanos;
      worker.start();
    }
    for (Worker worker : workers) {
      worker.join();
    }
    report(workers, nanos);
    System.exit(0); // the clients' threads need not be waited for
  }

  private static void report(List<Worker> workers, long nanos) {
    long[] times =
        workers.stream().flatMapToLong(w -> Arrays.stream(w.times, 0, w.count)).sorted().toArray();
    System.out.printf(
        Locale.ROOT,
        "rate=%.0f/s p50=%.2fms p99=%.2fms max=%.1fms requests=%d errors=%d%n",
        times.length / (nanos / 1e9),
        at(times, 0.5),
        at(times, 0.99),
        at(times, 1),
        times.length,
        workers.stream().mapToInt(w -> w.errors).sum());
  }

  private static double at(long[] sorted, double share) {
    return sorted.length == 0 ? 0 : sorted[(int) (share * (sorted.length - 1))] / 1e6;
  }

  private static final class Worker extends Thread {
    private final Connection connection;
    private final String work;
    private final byte[] value;
    private int key;
    private long from;
    private long until;
    private long[] times = new long[1 << 16];
    private int count;
    private int errors;

    Worker(Connection connection, String work, int number) {
      this.connection = connection;
      this.work = work;
      this.value =
          new byte[work.equals("write1k") ? 1 << 10 : work.equals("write16k") ? 16 << 10 : 64];
      Arrays.fill(value, (byte) 'v');
      this.key = number * 997;
    }

    @Override
    public void run() {
      while (System.nanoTime() < until) {
        long begin = System.nanoTime();
        try {
          once();
        } catch (Exception e) {
          errors++;
          continue;
        }
        if (begin < from) {
          continue;
        }
        if (count == times.length) {
          times = Arrays.copyOf(times, 2 * count);
        }
        times[count++] = System.nanoTime() - begin;
      }
    }

    private void once() throws Exception {
      int at = key++ % KEYS;
      switch (work) {
        case "read" -> connection.read(at);
        case "stale" -> connection.stale(at);
        case "txn" -> connection.txn(at, value);
        case "mixed" -> {
          if (at % 10 == 0) {
            connection.write(at, value);
          } else {
            connection.read(at);
          }
        }
        default -> connection.write(at, value);
      }
    }
  }

  private static final class Etcd implements Connection {
    private static final GetOption SERIALIZABLE =
        GetOption.builder().withSerializable(true).build();

    private final Client client;
    private final KV kv;

    Etcd(String address) {
      client = Client.builder().endpoints("http://" + address).build();
      kv = client.getKVClient();
    }

    private static ByteSequence key(int number) {
      return ByteSequence.from("bench/" + number, UTF_8);
    }

    @Override
    public void write(int key, byte[] value) throws Exception {
      kv.put(key(key), ByteSequence.from(value)).get();
    }

    @Override
    public void read(int key) throws Exception {
      kv.get(key(key)).get();
    }

    @Override
    public void stale(int key) throws Exception {
      kv.get(key(key), SERIALIZABLE).get();
    }

    @Override
    public void txn(int key, byte[] value) throws Exception {
      Op[] puts = new Op[OPERATIONS];
      for (int i = 0; i < puts.length; i++) {
        puts[i] = Op.put(key((key + i) % KEYS), ByteSequence.from(value), PutOption.DEFAULT);
      }
      Txn txn = kv.txn();
      txn.Then(puts).commit().get();
    }

    @Override
    public void close() {
      client.close();
    }
  }

  private static final class Zoo implements Connection {
    private final ZooKeeper client;

    Zoo(String address) throws Exception {
      CountDownLatch connected = new CountDownLatch(1);
      client =
          new ZooKeeper(
              address,
              30_000,
              event -> {
                if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                  connected.countDown();
                }
              });
      if (!connected.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("no session with " + address + " in 30 s");
      }
      make("/bench", new byte[0]);
    }

    private static String path(int key) {
      return "/bench/" + key;
    }

    private void make(String path, byte[] value) throws Exception {
      try {
        client.create(path, value, ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      } catch (KeeperException.NodeExistsException there) {
        // another connection has made it
      }
    }

    @Override
    public void write(int key, byte[] value) throws Exception {
      try {
        client.setData(path(key), value, -1);
      } catch (KeeperException.NoNodeException first) {
        make(path(key), value);
      }
    }

    @Override
    public void read(int key) throws Exception {
      CountDownLatch synced = new CountDownLatch(1);
      client.sync(path(key), (rc, path, context) -> synced.countDown(), null);
      synced.await();
      stale(key);
    }

    @Override
    public void stale(int key) throws Exception {
      try {
        client.getData(path(key), false, null);
      } catch (KeeperException.NoNodeException none) {
        // an answer as well
      }
    }

    @Override
    public void txn(int key, byte[] value) throws Exception {
      List<org.apache.zookeeper.Op> sets = new ArrayList<>();
      for (int i = 0; i < OPERATIONS; i++) {
        sets.add(org.apache.zookeeper.Op.setData(path((key + i) % KEYS), value, -1));
      }
      client.multi(sets);
    }

    @Override
    public void close() throws Exception {
      client.close();
    }
  }
}
