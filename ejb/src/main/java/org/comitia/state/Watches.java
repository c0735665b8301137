package org.comitia.state;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.pcollections.TreePMap;

/**
 * Where blocking queries wait for the state to change. A watch is registered under what its query
 * looks at, and is woken once, by the first change to that; whoever still wants to wait registers
 * anew. A waiting watch is a few small objects: it holds no thread. Safe for any thread.
 *
 * <p>To miss nothing, register first and evaluate the query afterwards, against a version that is
 * read after registering.
 */
public final class Watches {
  private final Supplier<StateVersion> version;
  private final int limit;
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentHashMap<Topic, Set<Watch>> byTopic = new ConcurrentHashMap<>();

  /** How many topics there are for prefixes of each length, so that a key tries only these. */
  private final ConcurrentSkipListMap<Integer, Integer> prefixLengths =
      new ConcurrentSkipListMap<>();

  Watches(Supplier<StateVersion> version, int limit) {
    this.version = version;
    this.limit = limit;
  }

  /** One wait. Cancelling is safe at any time and from any thread, also after it was woken. */
  public final class Watch {
    private final Runnable wake;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile Set<Topic> topics = Set.of();

    private Watch(Runnable wake) {
      this.wake = wake;
    }

    /** Ends the wait without a wake-up; a wake-up that is under way may still arrive. */
    public void cancel() {
      finish();
    }

    private boolean finish() {
      if (!over.compareAndSet(false, true)) {
        return false;
      }
      topics.forEach(topic -> remove(topic, this));
      open.decrementAndGet();
      return true;
    }
  }

  /**
   * Waits for a change to what the query looks at.
   *
   * @param wake called at most once, on the apply thread or within this call: it must return at
   *     once and not throw; hand the work to an executor
   * @return empty when the limit is reached: refuse the request, see {@link #refusal()}
   */
  public Optional<Watch> register(Query<?> query, Runnable wake) {
    if (open.incrementAndGet() > limit) {
      open.decrementAndGet();
      return Optional.empty();
    }
    Watch watch = new Watch(wake);
    Set<Topic> topics = Topics.of(query, version.get());
    enter(watch, topics);
    // what a node's id means may have changed before the watch was in place
    for (Set<Topic> now = Topics.of(query, version.get());
        !now.equals(topics);
        now = Topics.of(query, version.get())) {
      topics = now;
      enter(watch, topics);
    }
    return Optional.of(watch);
  }

  /** Wakes everybody, as if all had changed. On any thread. */
  public void wakeAll() {
    Set<Watch> all = new HashSet<>();
    byTopic.values().forEach(all::addAll);
    for (Watch watch : all) {
      if (watch.finish()) {
        run(watch.wake);
      }
    }
  }

  /** How many watches are open. */
  public int open() {
    return open.get();
  }

  /** The text for a request that found no room. */
  public String refusal() {
    return "COM4022: too many blocking queries: " + limit + " are waiting on this server already";
  }

  /**
   * Wakes whoever watches one of these, and nobody else.
   *
   * @param removedTrees keys that were removed together: costs a step a key or a step a watched
   *     topic, whichever are fewer
   */
  void publish(Set<Topic> changed, List<TreePMap<String, KvEntry>> removedTrees) {
    if (open.get() == 0) {
      return;
    }
    Set<Watch> woken = new HashSet<>();
    for (Topic topic : changed) {
      collect(topic, woken);
      if (topic instanceof Topic.Key key) {
        collectPrefixesOf(key.key(), woken);
      }
    }
    removedTrees.forEach(tree -> collectTree(tree, woken));
    for (Watch watch : woken) {
      if (watch.finish()) {
        run(watch.wake);
      }
    }
  }

  private void collectTree(TreePMap<String, KvEntry> removed, Set<Watch> woken) {
    if (removed.size() < byTopic.size()) {
      for (String key : removed.keySet()) {
        collect(new Topic.Key(key), woken);
        collectPrefixesOf(key, woken);
      }
    } else {
      for (Topic topic : byTopic.keySet()) {
        if (isAmong(topic, removed)) {
          collect(topic, woken);
        }
      }
    }
  }

  private static boolean isAmong(Topic topic, TreePMap<String, KvEntry> keys) {
    return topic instanceof Topic.Key key
        ? keys.containsKey(key.key())
        : topic instanceof Topic.Prefix prefix && !Ranges.under(keys, prefix.prefix()).isEmpty();
  }

  private void collectPrefixesOf(String key, Set<Watch> woken) {
    for (int length : prefixLengths.headMap(key.length(), true).keySet()) {
      collect(new Topic.Prefix(key.substring(0, length)), woken);
    }
  }

  private void collect(Topic topic, Set<Watch> woken) {
    byTopic.computeIfPresent(
        topic,
        (t, waiting) -> {
          woken.addAll(waiting);
          return waiting;
        });
  }

  /** One faulty callback must neither halt the applier nor keep the others asleep. */
  private static void run(Runnable wake) {
    try {
      wake.run();
    } catch (RuntimeException fault) {
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, fault);
    }
  }

  private void enter(Watch watch, Set<Topic> topics) {
    List<Topic> added = new ArrayList<>(topics);
    added.removeAll(watch.topics);
    Set<Topic> all = new HashSet<>(watch.topics);
    all.addAll(topics);
    watch.topics = all;
    added.forEach(topic -> add(topic, watch));
    if (watch.over.get()) {
      // woken while it was being entered
      all.forEach(topic -> remove(topic, watch));
    }
  }

  private void add(Topic topic, Watch watch) {
    byTopic.compute(
        topic,
        (t, waiting) -> {
          Set<Watch> watches = waiting;
          if (watches == null) {
            watches = new HashSet<>(2);
            if (t instanceof Topic.Prefix prefix) {
              prefixLengths.merge(prefix.prefix().length(), 1, Integer::sum);
            }
          }
          watches.add(watch);
          return watches;
        });
  }

  private void remove(Topic topic, Watch watch) {
    byTopic.computeIfPresent(
        topic,
        (t, waiting) -> {
          waiting.remove(watch);
          if (!waiting.isEmpty()) {
            return waiting;
          }
          if (t instanceof Topic.Prefix prefix) {
            prefixLengths.compute(
                prefix.prefix().length(), (l, count) -> count == 1 ? null : count - 1);
          }
          return null;
        });
  }

  /** For tests: whether nothing is left behind. */
  Map<Topic, Set<Watch>> registered() {
    return byTopic;
  }
}
