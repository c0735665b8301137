package org.comitia;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Duration;
import java.util.stream.Stream;
import org.comitia.config.GoDuration;

/**
 * The walls between the rooms: what a line of code may touch follows from the package that it is
 * in.
 */
@AnalyzeClasses(packages = "org.comitia", importOptions = ImportOption.DoNotIncludeTests.class)
class WallsTest {
  @ArchTest
  static final ArchRule raftIsAPureFunctionOfItsInputs =
      classes()
          .that()
          .resideInAPackage("org.comitia.raft..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "org.comitia.raft..",
              "java.lang..",
              "java.util..",
              "java.io..",
              "java.nio",
              "java.nio.charset..");

  @ArchTest
  static final ArchRule raftHasNoClockThreadRandomSourceOrLog =
      noClasses()
          .that()
          .resideInAPackage("org.comitia.raft..")
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.util.UUID.class, "randomUUID")
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage("java.util.concurrent..", "java.util.logging..")
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(Thread.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(java.util.Random.class);

  @ArchTest
  static final ArchRule stateIsPure =
      classes()
          .that()
          .resideInAPackage("org.comitia.state..")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                      "org.comitia.state..",
                      "org.comitia.access..",
                      "java.lang..",
                      "java.util..",
                      "java.nio..",
                      "java.security..",
                      "com.google.re2j..",
                      "org.pcollections..")
                  .or(belongToAnyOf(GoDuration.class, Duration.class)));

  @ArchTest
  static final ArchRule accessIsPure =
      classes()
          .that()
          .resideInAPackage("org.comitia.access..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "org.comitia.access..",
              "java.lang..",
              "java.util..",
              "com.google.re2j..",
              "org.pcollections..");

  @ArchTest
  static final ArchRule stateHasNoClockOrLog =
      noClasses()
          .that()
          .resideInAnyPackage("org.comitia.state..", "org.comitia.access..", "org.comitia.guard..")
          .should()
          .callMethod(System.class, "nanoTime")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.util.UUID.class, "randomUUID")
          .orShould()
          .dependOnClassesThat()
          .resideInAnyPackage("java.util.logging..");

  @ArchTest
  static final ArchRule sqlAndJpaLiveInStorage =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.comitia.storage..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jakarta.persistence..", "org.hibernate..", "java.sql..");

  @ArchTest
  static final ArchRule jgroupsLivesInMembership =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.comitia.membership..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.jgroups..");

  @ArchTest
  static final ArchRule protobufLivesWhereItIsSpoken =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.comitia.wire..", "org.comitia.membership..", "org.comitia.agent.check..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.google.protobuf..");

  /** Which rooms a room may touch; docs/design/house.md draws them. */
  @ArchTest static final ArchRule config = room("config", "encryption");

  @ArchTest static final ArchRule encryption = room("encryption", "files");

  @ArchTest static final ArchRule files = room("files");

  @ArchTest static final ArchRule metrics = room("metrics");

  @ArchTest static final ArchRule log = room("log", "config");

  @ArchTest static final ArchRule raft = room("raft");

  @ArchTest static final ArchRule snapshot = room("snapshot");

  @ArchTest static final ArchRule recovery = room("recovery");

  @ArchTest static final ArchRule access = room("access");

  @ArchTest static final ArchRule state = room("state", "access", "config");

  @ArchTest static final ArchRule guard = room("guard", "access", "state");

  @ArchTest static final ArchRule cluster = room("cluster", "access", "config", "raft", "state");

  @ArchTest static final ArchRule wire = room("wire", "access", "cluster", "raft", "state");

  @ArchTest
  static final ArchRule storage = room("storage", "access", "cluster", "files", "raft", "state");

  @ArchTest
  static final ArchRule transport =
      room("transport", "cluster", "config", "encryption", "log", "raft", "wire");

  @ArchTest
  static final ArchRule membership =
      room("membership", "cluster", "config", "encryption", "log", "wire");

  @ArchTest
  static final ArchRule consensus =
      room(
          "consensus",
          "access",
          "cluster",
          "config",
          "guard",
          "log",
          "metrics",
          "raft",
          "snapshot",
          "state",
          "wire");

  @ArchTest
  static final ArchRule agent =
      room(
          "agent",
          "access",
          "cluster",
          "config",
          "consensus",
          "files",
          "guard",
          "log",
          "metrics",
          "raft",
          "state");

  private static ArchRule room(String name, String... others) {
    String[] allowed =
        Stream.concat(Stream.of(name), Stream.of(others))
            .map(other -> "org.comitia." + other + "..")
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage("org.comitia." + name + "..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("org.comitia..").and(not(resideInAnyPackage(allowed))));
  }

  @ArchTest
  static final ArchRule noPackageNeedsItselfThroughAnother =
      slices().matching("org.comitia.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyTheCompositionRootIsASessionBean =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.comitia.runtime..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("jakarta.ejb..");

  @ArchTest
  static final ArchRule nobodySerializesJavaObjects =
      noClasses().should().dependOnClassesThat().areAssignableTo(java.io.ObjectInputStream.class);

  @ArchTest
  static final ArchRule noEmptyNames =
      noClasses()
          .should()
          .haveSimpleNameEndingWith("Manager")
          .orShould()
          .haveSimpleNameEndingWith("Helper")
          .orShould()
          .haveSimpleNameEndingWith("Util")
          .orShould()
          .haveSimpleNameEndingWith("Utils")
          .orShould()
          .haveSimpleNameEndingWith("Impl");
}
