package org.comitia.cli;

import java.time.Duration;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with a command line, in the words of Go's flag package. */
final class GoFlags {
  private GoFlags() {}

  static String explain(ParameterException problem) {
    if (problem instanceof UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().get(0);
      if (first.startsWith("-")) {
        int equals = first.indexOf('=');
        return "flag provided but not defined: "
            + oneDash(equals < 0 ? first : first.substring(0, equals));
      }
      return "unknown command or argument: " + first;
    }
    ArgSpec option = problem.getArgSpec();
    if (problem instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      option = missing.getMissing().get(0);
      if (option instanceof OptionSpec named) {
        return "flag needs an argument: " + oneDash(named.longestName());
      }
    }
    if (option instanceof OptionSpec named && problem.getValue() != null) {
      return "invalid value \""
          + problem.getValue()
          + "\" for flag "
          + oneDash(named.longestName())
          + ": "
          + wrong(named, problem.getValue());
    }
    return problem.getMessage();
  }

  private static String wrong(OptionSpec option, String value) {
    return option.type() == Duration.class && value.matches("-?[0-9]+")
        ? "needs a unit, for example " + value + "s"
        : "parse error";
  }

  /** Whether an argument was taken for a command's name and is none. */
  static boolean namesNoFlag(ParameterException problem) {
    return problem instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().get(0).startsWith("-");
  }

  private static String oneDash(String name) {
    return name.startsWith("--") ? name.substring(1) : name;
  }
}
