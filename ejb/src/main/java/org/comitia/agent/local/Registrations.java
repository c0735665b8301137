package org.comitia.agent.local;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.comitia.agent.check.CheckSpec;
import org.comitia.agent.definition.DefinitionFiles;
import org.comitia.agent.definition.Definitions;
import org.comitia.agent.definition.ServiceRegistration;
import org.comitia.agent.local.LocalServices.Outcome;
import org.comitia.agent.local.LocalState.Source;
import org.comitia.agent.local.RunningChecks.Prepared;
import org.comitia.agent.local.SavedDefinitions.SavedMaintenance;
import org.comitia.agent.local.SavedDefinitions.TtlState;
import org.comitia.config.GoDuration;
import org.comitia.files.LoggedFiles.TooLargeException;
import org.comitia.state.Check;
import org.comitia.state.CheckDefinition;
import org.comitia.state.CheckStatus;
import org.comitia.state.CommandRules;
import org.comitia.state.Names;
import org.comitia.state.Service;

/**
 * Carries out what is registered and deregistered: refused or prepared first, then on the disk,
 * then known and checked, so that a failure leaves all as it was. Blocks on the disk; used by one
 * thread at a time, the registry's.
 */
final class Registrations {
  private static final Logger LOG = Logger.getLogger("agent");

  /** Consul's: a service is not deregistered for a shorter time of being critical. */
  static final Duration MIN_DEREGISTER_AFTER = Duration.ofMinutes(1);

  private final LocalState state;
  private final RunningChecks running;
  private final SavedDefinitions saved;
  private LocalOptions options;

  /**
   * @param saved null: nothing is saved
   */
  Registrations(
      LocalState state, RunningChecks running, SavedDefinitions saved, LocalOptions options) {
    this.state = state;
    this.running = running;
    this.saved = saved;
    this.options = options;
  }

  /** What was acknowledged before the last stop; before anything else. */
  void recoverAtStart() {
    try {
      if (saved != null) {
        saved.recover(() -> {});
      }
    } catch (IOException e) {
      LOG.severe(
          "COM5020: the log of saved definitions cannot be opened; nothing can be registered: error="
              + e);
    }
  }

  /**
   * Before each change, and now and then: what a failure has left open is tried again, and what is
   * known follows it.
   *
   * @return FAILED as long as that fails: what is saved, and is not known, may be anything
   */
  Outcome recover() {
    try {
      if (saved != null) {
        saved.recover(this::restoreLate);
      }
      return Outcome.DONE;
    } catch (IOException e) {
      return Outcome.failed(
          "what was saved before cannot be brought back yet (COM5020), nothing was changed: " + e);
    }
  }

  /** Nothing is saved any more. */
  void close() {
    if (saved != null) {
      saved.close();
    }
  }

  void setOptions(LocalOptions changed) {
    options = changed;
  }

  // ---- services

  /**
   * @param written false at start: the catalog may have it already
   */
  Outcome add(
      ServiceRegistration registration, Source source, boolean written, boolean replaceChecks) {
    Service service = registration.service();
    String refusal = Definitions.addressRefusal(service);
    if (refusal != null) {
      return Outcome.failed(refusal);
    }
    List<Prepared> prepared = new ArrayList<>();
    for (CheckSpec spec : registration.checks()) {
      refusal = prepare(spec, source, prepared);
      if (refusal != null) {
        return Outcome.failed(refusal);
      }
    }
    List<Check> replaced = replaceChecks ? otherChecks(registration) : List.of();
    try {
      keep(registration, source, ids(replaced));
    } catch (IOException e) {
      return notSaved("service " + Names.quote(service.id()), e);
    }
    state.putService(service, source, written);
    state.setServiceSecret(service.id(), registration.secret());
    replaced.forEach(check -> takeOut(check.id()));
    for (Prepared check : prepared) {
      Check before = state.check(check.spec().id());
      if (before == null) {
        start(check, source, written);
      } else {
        start(check, source, written, before.status(), before.output());
      }
    }
    return Outcome.DONE;
  }

  private void keep(ServiceRegistration registration, Source source, List<String> replaced)
      throws IOException {
    if (saved == null) {
      return;
    }
    if (source == Source.API) {
      if (!replaced.isEmpty() || !isSaved(registration)) {
        saved.save(registration, replaced);
      }
    } else {
      List<String> checks = registration.checks().stream().map(CheckSpec::id).toList();
      forget(() -> saved.forgetDefinitions(registration.service().id(), checks));
    }
  }

  /** Whether it is on the disk as it is here. Tags that others may set are saved as they were. */
  private boolean isSaved(ServiceRegistration registration) {
    return saved.isAsKnown()
        && isKnown(registration, Source.API)
        && !registration.service().enableTagOverride();
  }

  /** Likewise. */
  private boolean isSaved(CheckSpec spec) {
    return saved.isAsKnown() && isKnown(spec, Source.API);
  }

  private static List<String> ids(List<Check> checks) {
    return checks.stream().map(Check::id).toList();
  }

  private static Outcome notSaved(String what, IOException failure) {
    return failure instanceof TooLargeException
        ? Outcome.invalid(
            "COM5021: too large to be saved, register some checks by themselves: "
                + what
                + " takes "
                + failure.getMessage())
        : Outcome.failed(
            "failed to save "
                + what
                + ", not registered; it may be when the disk answers again: "
                + failure);
  }

  /** What deletes from the disk. */
  private interface Deletion {
    void run() throws IOException;
  }

  /**
   * What a file defines is not saved as well: the file would not have the last word. It has it as
   * long as it is there, so a disk that takes nothing does not keep an agent from its definitions.
   */
  private static void forget(Deletion deletion) {
    try {
      deletion.run();
    } catch (IOException e) {
      LOG.log(Level.FINE, "what is defined in a file stays saved until the next start", e);
    }
  }

  private List<Check> otherChecks(ServiceRegistration registration) {
    return state.checksOf(registration.service().id()).stream()
        .filter(
            check -> registration.checks().stream().noneMatch(c -> Names.same(c.id(), check.id())))
        .toList();
  }

  Outcome removeService(String id) {
    List<Check> checks = state.checksOf(id);
    try {
      if (saved != null) {
        saved.delete(id, ids(checks));
      }
    } catch (IOException e) {
      return notRemoved("service", id, e);
    }
    takeOut(id, checks);
    return Outcome.DONE;
  }

  private void takeOut(String serviceId, List<Check> itsChecks) {
    itsChecks.forEach(check -> takeOut(check.id()));
    state.removeService(serviceId);
    LOG.fine(() -> "removed service: service=" + serviceId);
  }

  private static Outcome notRemoved(String kind, String id, IOException e) {
    if (e instanceof TooLargeException) {
      return Outcome.invalid(
          "COM5022: too large to be removed at once, deregister some of its checks first: "
              + kind
              + " "
              + Names.quote(id)
              + " takes "
              + e.getMessage());
    }
    LOG.warning("COM5009: failed to remove what is saved: " + kind + "=" + id + " error=" + e);
    return Outcome.failed(
        "failed to remove the saved "
            + kind
            + " "
            + Names.quote(id)
            + "; it may be removed when the disk answers again: "
            + e);
  }

  // ---- checks

  Outcome add(CheckSpec spec, Source source, boolean written) {
    if (!spec.serviceId().isEmpty() && state.service(spec.serviceId()) == null) {
      return Outcome.failed("ServiceID " + Names.quote(spec.serviceId()) + " does not exist");
    }
    List<Prepared> prepared = new ArrayList<>();
    String refusal = prepare(spec, source, prepared);
    if (refusal != null) {
      return Outcome.failed(refusal);
    }
    try {
      if (saved != null && source == Source.API) {
        if (!isSaved(spec)) {
          saved.save(spec);
        }
      } else if (saved != null) {
        forget(() -> saved.forgetDefinition(spec.id()));
      }
    } catch (IOException e) {
      return notSaved("check " + Names.quote(spec.id()), e);
    }
    start(prepared.get(0), source, written);
    return Outcome.DONE;
  }

  /** Why it cannot be carried out here; null when it can: then it was added to the list. */
  private String prepare(CheckSpec spec, Source source, List<Prepared> prepared) {
    if (spec.isScript() && source == Source.FILE && !options.localScripts()) {
      return "Scripts are disabled on this agent; to enable, configure 'enable_script_checks' or"
          + " 'enable_local_script_checks' to true";
    }
    if (spec.isScript() && source == Source.API && !options.remoteScripts()) {
      return "Scripts are disabled on this agent from remote calls; to enable, configure"
          + " 'enable_script_checks' to true";
    }
    if (spec.isDocker()) {
      return Definitions.NO_DOCKER;
    }
    try {
      prepared.add(running.prepare(spec));
      return null;
    } catch (IllegalArgumentException e) {
      return "Check is not valid: " + e.getMessage();
    }
  }

  private void start(Prepared prepared, Source source, boolean written) {
    String status = prepared.spec().status();
    start(prepared, source, written, status.isEmpty() ? CheckStatus.CRITICAL.text() : status, "");
  }

  /** With what it says until the first result, unless what a TTL check was told still counts. */
  private void start(
      Prepared prepared, Source source, boolean written, String status, String output) {
    CheckSpec spec = prepared.spec();
    Check check =
        new Check(
            state.node().name(),
            spec.id(),
            spec.name(),
            status,
            spec.notes(),
            output,
            spec.serviceId(),
            "",
            List.of(),
            spec.type(),
            spec.shownInterval(),
            spec.shownTimeout(),
            0,
            CheckDefinition.NONE,
            0,
            0);
    Optional<TtlState> told =
        spec.isTtl() && saved != null
            ? saved.ttlState(spec.id(), System.currentTimeMillis())
            : Optional.empty();
    state.putCheck(
        told.map(t -> CatalogRows.withResult(check, t.status(), t.output())).orElse(check),
        spec,
        source,
        written);
    Duration after = spec.deregisterCriticalServiceAfter();
    if (after.compareTo(Duration.ZERO) > 0 && after.compareTo(MIN_DEREGISTER_AFTER) < 0) {
      LOG.warning(
          "check has deregister interval below minimum: check="
              + spec.id()
              + " minimum_interval="
              + GoDuration.format(MIN_DEREGISTER_AFTER));
    }
    running.start(prepared);
  }

  Outcome removeCheck(String id) {
    try {
      if (saved != null) {
        saved.deleteCheck(id);
      }
    } catch (IOException e) {
      return notRemoved("check", id, e);
    }
    takeOut(id);
    return Outcome.DONE;
  }

  private void takeOut(String checkId) {
    running.stop(checkId);
    state.removeCheck(checkId);
    LOG.fine(() -> "removed check: check=" + checkId);
  }

  /** What a TTL check was told is there again after a restart, while its time lasts. */
  Outcome saveTtl(String id) {
    CheckSpec spec = state.spec(id);
    Check check = state.check(id);
    if (saved == null || spec == null) {
      return Outcome.DONE;
    }
    try {
      saved.save(
          new TtlState(
              check.id(),
              check.status(),
              check.output(),
              System.currentTimeMillis() + spec.ttl().toMillis()));
      return Outcome.DONE;
    } catch (IOException e) {
      return Outcome.failed("failed persisting state for check " + Names.quote(id) + ": " + e);
    }
  }

  // ---- maintenance

  Outcome maintain(boolean enable, Check check) {
    boolean present = state.check(check.id()) != null;
    if (present == enable) {
      return Outcome.DONE;
    }
    if (!enable) {
      return removeCheck(check.id());
    }
    String excess = CommandRules.checkExcess(check.name(), check.id());
    if (excess != null) {
      return Outcome.invalid(excess);
    }
    try {
      if (saved != null) {
        saved.save(check.id(), new SavedMaintenance(check.serviceId(), check.notes()));
      }
    } catch (IOException e) {
      return notSaved("the maintenance mode", e);
    }
    state.putCheck(check, null, Source.API, true);
    return Outcome.DONE;
  }

  // ---- files and saved definitions

  /** Brings back what was saved, unless a file has defined it. */
  void restore() {
    if (saved != null) {
      restore(saved.load(), false);
    }
  }

  /** After a failure: what is known may be older than what is saved. */
  private void restoreLate() throws IOException {
    SavedDefinitions.Content content = saved.loadAll();
    for (Service service : state.services()) {
      if (state.serviceSource(service.id()) == Source.API && saved.lacksService(service.id())) {
        takeOut(service.id(), state.checksOf(service.id()));
      }
    }
    for (Check check : state.checks()) {
      if (state.checkSource(check.id()) == Source.API && saved.lacksCheck(check.id())) {
        takeOut(check.id());
      }
    }
    restore(content, true);
    LOG.info("the saved definitions are in force again, after a failure of the disk");
  }

  /**
   * @param written true when the catalog may have lost it meanwhile
   */
  private void restore(SavedDefinitions.Content content, boolean written) {
    for (Service service : content.services()) {
      Service known = state.service(service.id());
      // Tags that others may set are theirs, and saved nowhere.
      Service due =
          known != null && service.enableTagOverride()
              ? CatalogRows.withTags(service, known.tags())
              : service;
      if (isOld(known, state.serviceSource(service.id()), due)) {
        state.putService(due, Source.API, written);
        state.setServiceSecret(due.id(), content.secrets().getOrDefault(due.id(), ""));
      }
    }
    for (CheckSpec check : content.checks()) {
      if (isOld(state.spec(check.id()), state.checkSource(check.id()), check)) {
        restore(check, written);
      }
    }
    for (SavedMaintenance maintenance : content.maintenances()) {
      restore(maintenance, written);
    }
  }

  /** Whether what is saved takes the place of what is known: never of what a file defines. */
  private static boolean isOld(Object known, Source source, Object saved) {
    return source == null || source == Source.API && !saved.equals(known);
  }

  private void restore(SavedMaintenance maintenance, boolean written) {
    Service service = state.service(maintenance.serviceId());
    if (service == null && !maintenance.serviceId().isEmpty()) {
      return;
    }
    Check check =
        service == null
            ? Maintenance.ofNode(state.node().name(), maintenance.reason())
            : Maintenance.of(service, maintenance.reason());
    Check known = state.check(check.id());
    if (known == null || !known.notes().equals(check.notes())) {
      state.putCheck(check, null, Source.API, written);
    }
  }

  /** It begins critical, whatever it began with once: only passing it may serve again. */
  private void restore(CheckSpec check, boolean written) {
    List<Prepared> prepared = new ArrayList<>();
    String refusal =
        !check.serviceId().isEmpty() && state.service(check.serviceId()) == null
            ? "its service " + Names.quote(check.serviceId()) + " is not registered"
            : prepare(check, Source.API, prepared);
    if (refusal != null) {
      LOG.warning(
          "COM5010: failed to restore check: check=" + check.id() + " error=\"" + refusal + "\"");
      saved.passedOver();
      return;
    }
    start(prepared.get(0), Source.API, written, CheckStatus.CRITICAL.text(), "");
  }

  /** What files no longer define goes, and what they define is known, whatever the disk says. */
  Outcome apply(DefinitionFiles.Content files, boolean starting) {
    for (Service service : state.services()) {
      if (state.serviceSource(service.id()) == Source.FILE
          && files.services().stream().noneMatch(s -> Names.same(s.service().id(), service.id()))) {
        List<Check> checks = state.checksOf(service.id());
        if (removeService(service.id()) != Outcome.DONE) {
          takeOut(service.id(), checks);
        }
      }
    }
    for (Check check : state.checks()) {
      if (state.checkSource(check.id()) == Source.FILE && !files.defines(check.id())) {
        if (removeCheck(check.id()) != Outcome.DONE) {
          takeOut(check.id());
        }
      }
    }
    Outcome outcome = Outcome.DONE;
    for (ServiceRegistration registration : files.services()) {
      if (!isKnown(registration, Source.FILE)) {
        outcome = worse(outcome, add(registration, Source.FILE, !starting, false));
      }
    }
    for (CheckSpec check : files.checks()) {
      if (!isKnown(check, Source.FILE)) {
        outcome = worse(outcome, add(check, Source.FILE, !starting));
      }
    }
    return outcome;
  }

  private boolean isKnown(ServiceRegistration registration, Source from) {
    Service service = registration.service();
    return service.equals(state.service(service.id()))
        && registration.secret().equals(state.serviceSecret(service.id()))
        && state.serviceSource(service.id()) == from
        && registration.checks().stream().allMatch(check -> isKnown(check, from));
  }

  private boolean isKnown(CheckSpec check, Source from) {
    return check.equals(state.spec(check.id())) && state.checkSource(check.id()) == from;
  }

  /** The first failure is told; the others are carried out all the same. */
  private static Outcome worse(Outcome first, Outcome second) {
    if (first != Outcome.DONE || second == Outcome.DONE) {
      return first;
    }
    LOG.severe(
        "COM5008: Failed to register a definition of a file: error=\"" + second.message() + "\"");
    return Outcome.failed("Failed to register: " + second.message());
  }
}
