package org.comitia.agent.definition;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
   */
  public record Content(List<ServiceRegistration> services, List<CheckSpec> checks) {
    /** Whether there is a check with this id, in a service or alone. */
    public boolean defines(String checkId) {
      return checks.stream().anyMatch(check -> Names.same(check.id(), checkId))
          || services.stream()
              .flatMap(service -> service.checks().stream())
              .anyMatch(check -> Names.same(check.id(), checkId));
    }
  }

  private final String node;
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
    return new Content(List.copyOf(files.services.values()), List.copyOf(files.checks.values()));
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
    } catch (IOException e) {
      throw new InvalidDefinitionException("cannot read directory " + source + ": " + reason(e));
    }
  }

  private void readFile(Path file) throws InvalidDefinitionException {
    try {
      DefinitionFields content = new DefinitionFields("", DefinitionJson.read(file));
      for (String key : List.of("service", "services")) {
        for (DefinitionFields one : content.fieldsList(key)) {
          ServiceRegistration registration = Definitions.service(node, one);
          once(
              file, services.put(Names.fold(registration.service().id()), registration), "service");
        }
      }
      for (String key : List.of("check", "checks")) {
        for (DefinitionFields one : content.fieldsList(key)) {
          CheckSpec check = Definitions.check(one);
          once(file, checks.put(Names.fold(check.id()), check), "check");
        }
      }
    } catch (IOException e) {
      throw new InvalidDefinitionException("cannot read " + file + ": " + reason(e));
    } catch (InvalidDefinitionException e) {
      throw e.getMessage().startsWith(file.toString())
          ? e
          : new InvalidDefinitionException(file + ": " + e.getMessage());
    }
  }

  private static void once(Path file, Object previous, String what)
      throws InvalidDefinitionException {
    if (previous instanceof ServiceRegistration service) {
      throw twice(file, what, service.service().id());
    } else if (previous instanceof CheckSpec check) {
      throw twice(file, what, check.id());
    }
  }

  private static InvalidDefinitionException twice(Path file, String what, String id) {
    return new InvalidDefinitionException(
        file + ": " + what + " \"" + id + "\" is defined twice; give one of them another id");
  }

  private static String reason(IOException failure) {
    return failure instanceof NoSuchFileException
        ? "no such file or directory"
        : failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }
}
