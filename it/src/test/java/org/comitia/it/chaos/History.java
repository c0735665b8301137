package org.comitia.it.chaos;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What all clients saw, in memory by object and as JSON lines in a file. Safe for any thread. */
final class History implements AutoCloseable {
  private final long origin = System.nanoTime();
  private final Map<String, List<Operation>> objects = new LinkedHashMap<>();
  private final List<String> violations = new ArrayList<>();
  private final BufferedWriter file;
  private long operations;
  private long unknown;

  History(Path path) throws IOException {
    this.file = Files.newBufferedWriter(path);
  }

  synchronized void add(Operation operation) {
    objects.computeIfAbsent(operation.object(), object -> new ArrayList<>()).add(operation);
    operations++;
    if (!operation.known()) {
      unknown++;
    }
    line(operation.line(origin));
  }

  /** A line of another kind, e.g. a fault. */
  synchronized void line(String line) {
    try {
      file.write(line);
      file.newLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nanoseconds since the beginning. */
  long at(long time) {
    return time - origin;
  }

  synchronized void violation(String what) {
    violations.add(what);
  }

  synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  synchronized long operations() {
    return operations;
  }

  synchronized long unknown() {
    return unknown;
  }

  synchronized List<String> objects() {
    return List.copyOf(objects.keySet());
  }

  /** Judges every object; what is not linearizable becomes a violation. */
  synchronized void check() {
    objects.forEach(
        (object, all) -> {
          Model<?> model =
              all.get(0).kind() == Operation.Kind.KEYS ? new KeysModel() : new LockModel();
          Linearizability.Result result = Linearizability.check(model, all);
          if (result.verdict() != Linearizability.Verdict.LINEARIZABLE) {
            violations.add(object + " " + result.verdict() + ": " + result.reason());
          }
        });
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
