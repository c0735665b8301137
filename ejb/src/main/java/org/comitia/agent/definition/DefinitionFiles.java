package org.comitia.agent.definition;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.comitia.agent.check.CheckSpec;
import org.comitia.state.Names;

/**
 * The definitions in Consul's configuration files: the keys {@code service}, {@code services},
 * {@code check} and {@code checks} of JSON files; other keys are for others to read. Of a directory
 * its {@code *.json} files are read in the order of their names.
 */
public final class DefinitionFiles {
  /**
   * What was found.
   *
   * @param services each id once
   * @param checks those that stand alone, each id once
   * @param unknown fields that mean nothing, for example {@code key=service.bogus file=web.json}
   */
  public record Content(
      List<ServiceRegistration> services, List<CheckSpec> checks, List<String> unknown) {
    /** Whether there is a check with this id, in a service or alone. */
    public boolean defines(String checkId) {
      return checks.stream().anyMatch(check -> Names.same(check.id(), checkId))
          || services.stream()
              .flatMap(service -> service.checks().stream())
              .anyMatch(check -> Names.same(check.id(), checkId));
    }
  }

  /** Only access control, which is not there, and Docker checks have a use for these. */
  private static final Set<String> UNUSED = Set.of("token", "shell");

  private final String node;
  private final List<String> unknown = new ArrayList<>();
  private final Map<String, ServiceRegistration> services = new LinkedHashMap<>();
  private final Map<String, CheckSpec> checks = new LinkedHashMap<>();

  private DefinitionFiles(String node) {
    this.node = node;
  }

  /**
   * Reads files and directories, in their order.
   *
   * @param node this node's name
   * @throws InvalidDefinitionException naming the file; nothing was read then
   */
  public static Content read(String node, List<Path> sources) throws InvalidDefinitionException {
    DefinitionFiles files = new DefinitionFiles(node);
    for (Path source : sources) {
      for (Path file : files(source)) {
        files.readFile(file);
      }
    }
    return new Content(
        List.copyOf(files.services.values()),
        List.copyOf(files.checks.values()),
        List.copyOf(files.unknown));
  }

  private static List<Path> files(Path source) throws InvalidDefinitionException {
    if (!Files.isDirectory(source)) {
      return List.of(source);
    }
    try (Stream<Path> listed = Files.list(source)) {
      return listed
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw new InvalidDefinitionException(
          "cannot read directory " + source + ": " + reason(e.getCause()));
    } catch (IOException e) {
      throw new InvalidDefinitionException("cannot read directory " + source + ": " + reason(e));
    }
  }

  private void readFile(Path file) throws InvalidDefinitionException {
    try {
      DefinitionFields content =
          new DefinitionFields("", (Map<?, ?>) unwrapped(DefinitionJson.read(file)));
      for (String key : List.of("service", "services")) {
        for (DefinitionFields one : content.fieldsList(key)) {
          ServiceRegistration registration = Definitions.service(node, one);
          tellUnread(file, one);
          for (CheckSpec check : registration.checks()) {
            refuseDocker(check);
          }
          once(services.put(Names.fold(registration.service().id()), registration), "service");
        }
      }
      for (String key : List.of("check", "checks")) {
        for (DefinitionFields one : content.fieldsList(key)) {
          CheckSpec check = Definitions.check(one);
          tellUnread(file, one);
          refuseDocker(check);
          once(checks.put(Names.fold(check.id()), check), "check");
        }
      }
    } catch (IOException e) {
      throw new InvalidDefinitionException("cannot read " + file + ": " + reason(e));
    } catch (InvalidDefinitionException e) {
      throw new InvalidDefinitionException(file + ": " + e.getMessage());
    }
  }

  /**
   * What converts HCL to JSON writes every block as a list: a list of one object stands for the
   * object. Where a list is due, an object stands for the list, so nothing is lost.
   */
  private static Object unwrapped(Object value) {
    if (value instanceof List<?> list && list.size() == 1 && list.get(0) instanceof Map<?, ?>) {
      return unwrapped(list.get(0));
    } else if (value instanceof List<?> list) {
      return list.stream().map(DefinitionFiles::unwrapped).toList();
    } else if (value instanceof Map<?, ?> map) {
      Map<String, Object> all = new LinkedHashMap<>();
      map.forEach((name, one) -> all.put(String.valueOf(name), unwrapped(one)));
      return all;
    }
    return value;
  }

  private void tellUnread(Path file, DefinitionFields definition) {
    for (String field : definition.unread()) {
      if (!UNUSED.contains(field.substring(field.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT))) {
        unknown.add("key=" + field + " file=" + file);
      }
    }
  }

  private static void refuseDocker(CheckSpec check) throws InvalidDefinitionException {
    if (check.isDocker()) {
      throw new InvalidDefinitionException(Definitions.NO_DOCKER);
    }
  }

  private static void once(Object previous, String what) throws InvalidDefinitionException {
    if (previous instanceof ServiceRegistration service) {
      throw twice(what, service.service().id());
    } else if (previous instanceof CheckSpec check) {
      throw twice(what, check.id());
    }
  }

  private static InvalidDefinitionException twice(String what, String id) {
    return new InvalidDefinitionException(
        "COM5013: " + what + " \"" + id + "\" is defined twice; give one of them another id");
  }

  private static String reason(IOException failure) {
    return failure instanceof NoSuchFileException
        ? "no such file or directory"
        : failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }
}
