package org.comitia.membership;

import java.util.Objects;
import org.jgroups.util.ThreadFactory;

/** JGroups' own thread factory interface over a plain one. */
final class ChannelThreads implements ThreadFactory {
  private final java.util.concurrent.ThreadFactory delegate;

  ChannelThreads(java.util.concurrent.ThreadFactory delegate) {
    this.delegate = Objects.requireNonNull(delegate, "delegate");
  }

  @Override
  public Thread newThread(Runnable task) {
    return newThread(task, "serf");
  }

  @Override
  public Thread newThread(Runnable task, String name) {
    Thread thread = delegate.newThread(task);
    if (thread != null) {
      thread.setName("serf-" + name);
    }
    return thread;
  }

  @Override
  public boolean useVirtualThreads() {
    return false;
  }

  @Override
  public void setPattern(String pattern) {
    // The names are ours.
  }

  @Override
  public void setIncludeClusterName(boolean include) {
    // The names are ours.
  }

  @Override
  public void setClusterName(String name) {
    // The names are ours.
  }

  @Override
  public void setAddress(String address) {
    // The names are ours.
  }

  @Override
  public void renameThread(String base, Thread thread) {
    // The names are ours.
  }
}
