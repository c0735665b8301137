package org.comitia.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command's help: usage, what it does, its options (with one dash, as Consul's users write them),
 * the options every client command has, the commands below it, and examples.
 */
final class HelpPage extends Help {
  private static final int WIDTH = 80;

  /** The mixins with the options of every client command, by their fields' names. */
  private static final List<String> AGENT_OPTIONS = List.of("http", "scope");

  private final CommandSpec spec;

  HelpPage(CommandSpec spec, ColorScheme colors) {
    super(spec, colors);
    this.spec = spec;
  }

  @Override
  public String synopsis(int headingLength) {
    StringBuilder text = new StringBuilder(spec.qualifiedName());
    if (!spec.subcommands().isEmpty()) {
      text.append(" COMMAND");
    }
    text.append(" [options]");
    for (PositionalParamSpec parameter : spec.positionalParameters()) {
      if (!parameter.hidden()) {
        text.append(' ').append(parameter.paramLabel());
      }
    }
    return text.append('\n').toString();
  }

  @Override
  public String description(Object... params) {
    StringBuilder text = new StringBuilder();
    for (String paragraph : spec.usageMessage().description()) {
      text.append('\n');
      wrap(text, paragraph, 2);
    }
    return text.toString();
  }

  @Override
  public String parameterList() {
    return "";
  }

  @Override
  public String endOfOptionsList() {
    return "";
  }

  @Override
  public String optionList() {
    List<OptionSpec> agent = new ArrayList<>();
    for (String mixin : AGENT_OPTIONS) {
      if (spec.mixins().containsKey(mixin)) {
        agent.addAll(spec.mixins().get(mixin).options());
      }
    }
    Set<String> shared = agent.stream().map(OptionSpec::longestName).collect(Collectors.toSet());
    List<OptionSpec> own =
        spec.options().stream()
            .filter(option -> !option.usageHelp() && !shared.contains(option.longestName()))
            .toList();
    return list("Options", own) + list("Which agent is asked", agent);
  }

  private static String list(String title, List<OptionSpec> options) {
    if (options.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder("\n").append(title).append("\n");
    List<OptionSpec> sorted = new ArrayList<>(options);
    sorted.removeIf(OptionSpec::hidden);
    sorted.sort(Comparator.comparing(option -> option.names()[0]));
    for (OptionSpec option : sorted) {
      text.append("\n  ").append(option.names()[0]);
      if (option.arity().max() > 0) {
        text.append('=').append(option.paramLabel());
      }
      text.append('\n');
      wrap(text, String.join(" ", option.description()), 6);
    }
    return text.toString();
  }

  @Override
  public String commandListHeading(Object... params) {
    return "";
  }

  @Override
  public String commandList() {
    Map<String, CommandLine> below = spec.subcommands();
    if (below.isEmpty()) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    if (spec.parent() == null) {
      Commands.headings().forEach((title, names) -> commands(text, title, names, below));
    } else {
      commands(text, "Commands", List.copyOf(below.keySet()), below);
    }
    return text.toString();
  }

  private static void commands(
      StringBuilder text, String title, List<String> names, Map<String, CommandLine> below) {
    text.append('\n').append(title).append('\n');
    for (String name : names) {
      CommandLine command = below.get(name);
      if (command != null) {
        String line = command.getCommandSpec().usageMessage().description()[0];
        text.append(String.format("  %-12s %s%n", name, line));
      }
    }
  }

  /** The footer's lines as they are: examples are not wrapped. */
  @Override
  public String footer(Object... params) {
    String[] lines = spec.usageMessage().footer();
    if (lines.length == 0) {
      return "";
    }
    StringBuilder text = new StringBuilder("\n");
    if (spec.parent() == null) {
      return text.append(String.join("\n", lines)).append('\n').toString();
    }
    text.append("Examples\n\n");
    for (String line : lines) {
      text.append("  ").append(line).append('\n');
    }
    return text.toString();
  }

  private static void wrap(StringBuilder text, String paragraph, int indent) {
    int column = 0;
    for (String word : paragraph.split(" ")) {
      if (column > 0 && column + 1 + word.length() > WIDTH) {
        text.append('\n');
        column = 0;
      }
      if (column == 0) {
        text.append(" ".repeat(indent));
        column = indent;
      } else {
        text.append(' ');
        column++;
      }
      text.append(word);
      column += word.length();
    }
    text.append('\n');
  }
}
