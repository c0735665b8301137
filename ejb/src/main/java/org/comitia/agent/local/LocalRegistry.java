package org.comitia.agent.local;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.agent.check.CheckRunner;
import org.comitia.agent.check.CheckSink;
import org.comitia.agent.check.CheckSpec;
import org.comitia.agent.check.LocalChecks;
import org.comitia.agent.check.TtlCheck;
import org.comitia.agent.definition.DefinitionFiles;
import org.comitia.agent.definition.Definitions;
import org.comitia.agent.definition.InvalidDefinitionException;
import org.comitia.agent.definition.ServiceRegistration;
import org.comitia.agent.local.LocalState.Source;
import org.comitia.guard.Demand;
import org.comitia.guard.Demands;
import org.comitia.state.Check;
import org.comitia.state.CheckStatus;
import org.comitia.state.Names;
import org.comitia.state.Service;

/**
 * The services and checks of this agent: registered, saved, their checks carried out. Every change
 * is one task of one serial executor, the disk included, so that no lock is held and no request
 * waits on a thread; what others read is an immutable view.
 */
public final class LocalRegistry implements LocalServices, LocalChecks {
  private static final Logger LOG = Logger.getLogger("agent");

  /** How long an end waits for a disk that does not answer. */
  private static final long CLOSE_SECONDS = 5;

  private final SerialExecutor serial;
  private final LongSupplier clock;
  private final String node;
  private final LocalState state;
  private final LocalDemands demands;
  private final SavedDefinitions saved;
  private RunningChecks running;
  private Registrations registrations;
  private LocalOptions options;
  private Runnable catalogToFollow = () -> {};
  private boolean publishing;
  private long published = -1;
  private boolean closed;
  private volatile View view;
  private volatile CompletableFuture<Void> change = new CompletableFuture<>();

  /**
   * @param dataDir null: nothing is saved
   * @param executor for short work, the disk's included
   */
  public LocalRegistry(LocalOptions options, Path dataDir, Executor executor) {
    this(options, dataDir, new SerialExecutor(executor), System::nanoTime);
  }

  /**
   * @param clock monotonic nanoseconds
   */
  LocalRegistry(LocalOptions options, Path dataDir, SerialExecutor serial, LongSupplier clock) {
    this.clock = clock;
    this.options = options;
    this.node = options.node().name();
    this.state = new LocalState(options.node());
    this.demands = new LocalDemands(state);
    this.view = new View(state.shownServices(), state.shownChecks());
    this.saved = dataDir == null ? null : new SavedDefinitions(node, dataDir);
    this.serial = serial;
  }

  /**
   * Brings back what the files define and what was saved, and begins to check. Blocks on the disk.
   *
   * @param runners makes what carries a check out, not started
   * @throws InvalidDefinitionException when a file of definitions is wrong; names it
   */
  public void start(BiFunction<CheckSpec, CheckSink, CheckRunner> runners)
      throws InvalidDefinitionException {
    DefinitionFiles.Content files = DefinitionFiles.read(node, options.definitions());
    Outcome outcome =
        change(
                () -> {
                  running = new RunningChecks(runners, serial, this::result);
                  registrations = new Registrations(state, running, saved, options);
                  registrations.recoverAtStart();
                  Outcome applied = registrations.apply(files, true);
                  if (applied == Outcome.DONE) {
                    registrations.restore();
                  }
                  return applied;
                })
            .toCompletableFuture()
            .join();
    if (outcome != Outcome.DONE) {
      throw new InvalidDefinitionException(outcome.message());
    }
  }

  /** Ends all checks; changes are refused from now on. What was registered stays saved. */
  public void close() throws InterruptedException {
    CompletionStage<Outcome> done =
        change(
            () -> {
              closed = true;
              if (running != null) {
                running.close();
                registrations.close();
              }
              return Outcome.DONE;
            });
    try {
      done.toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.warning("COM5012: the local services did not end in " + CLOSE_SECONDS + "s: error=" + e);
    }
  }

  /** The executor on which {@link #state()} may be used. */
  SerialExecutor serial() {
    return serial;
  }

  LocalState state() {
    return state;
  }

  /** Called, on any thread, when the catalog has something to follow. */
  void onChange(Runnable follow) {
    serial.execute(() -> catalogToFollow = follow);
  }

  // ---- what others see

  @Override
  public View view() {
    return view;
  }

  @Override
  public CompletionStage<Void> changed() {
    return change.minimalCompletionStage();
  }

  @Override
  public List<Entry> entries() {
    return view.checks().values().stream()
        .map(
            check ->
                new Entry(
                    check.id(),
                    check.name(),
                    check.serviceId(),
                    check.type(),
                    CheckStatus.valueOf(check.status().toUpperCase(Locale.ROOT)),
                    check.output()))
        .toList();
  }

  @Override
  public boolean hasService(String serviceId) {
    return view.services().keySet().stream().anyMatch(id -> Names.same(id, serviceId));
  }

  private void publish() {
    if (published == state.version()) {
      return;
    }
    published = state.version();
    View next = new View(state.shownServices(), state.shownChecks());
    if (next.services() != view.services() || next.checks() != view.checks()) {
      view = next;
      CompletableFuture<Void> told = change;
      change = new CompletableFuture<>();
      told.complete(null);
    }
  }

  /** One task, answered when its change is seen by all: whoever has the answer may look at once. */
  private CompletionStage<Outcome> change(Supplier<Outcome> work) {
    CompletableFuture<Outcome> done = new CompletableFuture<>();
    serial.execute(
        () -> {
          long before = state.version();
          Outcome outcome = Outcome.failed("the agent is shutting down");
          try {
            outcome = closed ? outcome : work.get();
          } catch (RuntimeException | Error e) { // whoever asked waits for an answer
            LOG.log(Level.SEVERE, "COM5004: a change of the local services failed: error=" + e, e);
            outcome = Outcome.failed("internal error: " + e);
          }
          publish();
          if (state.version() != before) {
            catalogToFollow.run();
          }
          done.complete(outcome);
        });
    return done;
  }

  /** The same, of what is saved. */
  private CompletionStage<Outcome> changeSaved(Supplier<Outcome> work) {
    return change(
        () -> {
          Outcome recovered = registrations.recover();
          return recovered == Outcome.DONE ? work.get() : recovered;
        });
  }

  /** The same for somebody, who is asked what is demanded by then. */
  private CompletionStage<Outcome> changeSaved(
      Asker asker, Supplier<List<Demand>> demanded, Supplier<Outcome> work) {
    return changeSaved(
        () -> {
          Outcome denied = denial(asker, demanded.get());
          return denied == null ? work.get() : denied;
        });
  }

  /** null when nothing is missing. */
  private static Outcome denial(Asker asker, List<Demand> demanded) {
    Demand missing = Demands.missing(demanded, asker.authorizer());
    return missing == null ? null : Outcome.denied(missing.denial(asker.authorizer()));
  }

  // ---- services

  @Override
  public CompletionStage<Outcome> registerService(
      Asker asker, Map<?, ?> definition, boolean replaceExistingChecks) {
    try {
      ServiceRegistration registration =
          Definitions.service(node, definition).orSecret(asker.secret());
      return changeSaved(
          asker,
          () -> demands.register(registration),
          () -> registrations.add(registration, Source.API, true, replaceExistingChecks));
    } catch (InvalidDefinitionException e) {
      return CompletableFuture.completedFuture(Outcome.invalid(e.getMessage()));
    }
  }

  @Override
  public CompletionStage<Outcome> deregisterService(Asker asker, String id) {
    return changeSaved(
        asker,
        () -> demands.ofService(id),
        () -> {
          if (state.service(id) == null) {
            LOG.warning("Failed to deregister service: service=" + id + " error=unknown service");
            return Outcome.DONE;
          }
          return registrations.removeService(id);
        });
  }

  // ---- checks

  @Override
  public CompletionStage<Outcome> registerCheck(Asker asker, Map<?, ?> definition) {
    try {
      CheckSpec spec = Definitions.check(definition);
      return changeSaved(
          asker,
          () -> demands.register(spec),
          () -> {
            Outcome added = registrations.add(spec, Source.API, true);
            if (added == Outcome.DONE) {
              state.setCheckSecret(spec.id(), asker.secret());
            }
            return added;
          });
    } catch (InvalidDefinitionException e) {
      return CompletableFuture.completedFuture(Outcome.invalid(e.getMessage()));
    }
  }

  @Override
  public CompletionStage<Outcome> deregisterCheck(Asker asker, String id) {
    return changeSaved(
        asker,
        () -> demands.ofCheck(id),
        () -> state.check(id) != null ? registrations.removeCheck(id) : unknownCheck(id));
  }

  private static Outcome unknownCheck(String id) {
    return Outcome.unknown(
        "Unknown check ID "
            + Names.quote(id)
            + ". Ensure that the check ID is passed, not the check name.");
  }

  @Override
  public CompletionStage<Outcome> updateCheck(
      Asker asker, String id, CheckStatus status, String output) {
    return change(
        () -> {
          Outcome recovered =
              state.check(id) == null ? registrations.recover() : Outcome.DONE; // it may be saved
          if (recovered != Outcome.DONE) {
            return recovered;
          }
          Outcome denied = denial(asker, demands.ofCheck(id));
          if (denied != null) {
            return denied;
          }
          Optional<TtlCheck> ttl = running.ttl(id);
          if (state.check(id) == null && !id.isEmpty()) {
            return unknownCheck(id);
          }
          if (ttl.isEmpty()) {
            return Outcome.failed("CheckID " + Names.quote(id) + " does not have associated TTL");
          }
          result(id, status, ttl.get().heartbeat(status, output));
          return registrations.saveTtl(id);
        });
  }

  private void result(String id, CheckStatus status, String output) {
    Check before = state.check(id);
    if (before == null) {
      return;
    }
    long delay = outputDelay();
    String kept = options.discardOutput() ? "" : output;
    if (state.update(id, status.text(), kept, clock.getAsLong(), delay)) {
      publishSoon();
      if (delay == 0 || !before.status().equals(status.text())) {
        catalogToFollow.run();
      }
    }
  }

  /** Consul's: half of the interval to one and a half. */
  private long outputDelay() {
    long interval = options.checkUpdateInterval().toNanos();
    return interval == 0 ? 0 : interval / 2 + ThreadLocalRandom.current().nextLong(interval);
  }

  /** One view for all the results that are waiting by now. */
  void publishSoon() {
    if (!publishing) {
      publishing = true;
      serial.execute(
          () -> {
            publishing = false;
            publish();
          });
    }
  }

  /** To be called every second: lets outputs that waited long enough go to the catalog. */
  public void passOutputs() {
    serial.execute(
        () -> {
          if (state.releaseOutputs(clock.getAsLong())) {
            catalogToFollow.run();
          }
        });
  }

  /**
   * To be called every 30 s: deregisters services that have been critical for too long, and tries
   * again what a disk did not take.
   */
  public void reap() {
    changeSaved(
        () -> {
          for (Check check : state.overdue(clock.getAsLong(), Registrations.MIN_DEREGISTER_AFTER)) {
            if (state.service(check.serviceId())
                != null) { // else another of its checks was overdue
              reap(check);
            }
          }
          return Outcome.DONE;
        });
  }

  private void reap(Check check) {
    Outcome outcome = registrations.removeService(check.serviceId());
    String what = ": service=" + check.serviceId() + " check=" + check.id();
    if (outcome == Outcome.DONE) {
      LOG.info("Check for service has been critical for too long; deregistered service" + what);
    } else {
      LOG.severe(
          "COM5005: failed to deregister a service that has been critical for too long" + what);
    }
  }

  // ---- maintenance

  @Override
  public CompletionStage<Outcome> serviceMaintenance(
      Asker asker, String id, boolean enable, String reason) {
    return changeSaved(
        asker,
        () -> demands.ofService(id),
        () -> {
          Service service = state.service(id);
          if (service == null) {
            return Outcome.unknown("No service registered with ID " + Names.quote(id));
          }
          LOG.info(
              "Service "
                  + (enable ? "entered" : "left")
                  + " maintenance mode: service="
                  + service.id());
          return registrations.maintain(enable, Maintenance.of(service, reason));
        });
  }

  @Override
  public CompletionStage<Outcome> nodeMaintenance(Asker asker, boolean enable, String reason) {
    return changeSaved(
        asker,
        () -> List.of(demands.node()),
        () -> {
          LOG.info("Node " + (enable ? "entered" : "left") + " maintenance mode");
          return registrations.maintain(enable, Maintenance.ofNode(node, reason));
        });
  }

  // ---- reload

  /**
   * Takes over changed settings and files; what was registered by the API stays.
   *
   * @return FAILED with the reason when a file is wrong: nothing has changed then
   */
  public CompletionStage<Outcome> reload(LocalOptions changed) {
    return change(
        () -> {
          try {
            DefinitionFiles.Content files = DefinitionFiles.read(node, changed.definitions());
            options = changed;
            registrations.setOptions(changed);
            state.setNode(changed.node());
            registrations.recover(); // the files have the last word, whatever the disk says
            return registrations.apply(files, false);
          } catch (InvalidDefinitionException e) {
            return Outcome.failed(e.getMessage());
          }
        });
  }
}
