package org.comitia.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The command asks the HTTP API; of the engine it shares the reading of configuration and
 * definitions.
 */
@AnalyzeClasses(packages = "org.comitia.cli", importOptions = ImportOption.DoNotIncludeTests.class)
class WallsTest {
  @ArchTest
  static final ArchRule itTouchesOnlyTheseRooms =
      noClasses()
          .should()
          .dependOnClassesThat(
              resideInAPackage("org.comitia..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "org.comitia.cli..",
                              "org.comitia.boot..",
                              "org.comitia.agent.check..",
                              "org.comitia.agent.definition..",
                              "org.comitia.config..",
                              "org.comitia.encryption..",
                              "org.comitia.files..",
                              "org.comitia.log..",
                              "org.comitia.recovery..",
                              "org.comitia.snapshot..",
                              "org.comitia.state..",
                              "org.comitia.storage..",
                              "org.comitia.raft..",
                              "org.comitia.cluster.."))));

  /** {@code operator raft recover} reads the files of a server that does not run. */
  @ArchTest
  static final ArchRule onlyTheOperatorsCommandsReadAStore =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.comitia.cli.operator..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.comitia.storage..", "org.comitia.raft..", "org.comitia.cluster..");

  @ArchTest
  static final ArchRule noPackageNeedsItselfThroughAnother =
      slices().matching("org.comitia.cli.(**)").should().beFreeOfCycles();
}
