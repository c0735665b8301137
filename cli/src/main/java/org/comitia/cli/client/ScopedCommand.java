package org.comitia.cli.client;

import picocli.CommandLine.Mixin;

/** A client command whose question the servers answer: it takes a datacenter and {@code -stale}. */
public abstract class ScopedCommand extends ClientCommand {
  @Mixin private ScopeOptions scope = new ScopeOptions();

  /** The parameters of a read. */
  protected final QueryParameters reading() {
    return writing().flag("stale", scope.stale);
  }

  /** The parameters of a write. */
  protected final QueryParameters writing() {
    return new QueryParameters().add("dc", scope.datacenter);
  }

  /** Null when none was given. */
  protected final String datacenter() {
    return scope.datacenter;
  }

  protected final boolean stale() {
    return scope.stale;
  }
}
