package org.comitia.web;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The HTTP API is written against what the engine shows: never against the engine itself. */
@AnalyzeClasses(packages = "org.comitia.web", importOptions = ImportOption.DoNotIncludeTests.class)
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
                              "org.comitia.web..",
                              "org.comitia.access..",
                              "org.comitia.agent..",
                              "org.comitia.cluster..",
                              "org.comitia.config..",
                              "org.comitia.files..",
                              "org.comitia.guard..",
                              "org.comitia.log..",
                              "org.comitia.metrics..",
                              "org.comitia.state.."))));

  /** {@code web.xml} makes no request scope for keys and values. */
  @ArchTest
  static final ArchRule keysAndValuesNeedNoRequestScope =
      noClasses()
          .that()
          .resideInAnyPackage("org.comitia.web.kv..", "org.comitia.web.http..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("jakarta.enterprise.context.RequestScoped");

  @ArchTest
  static final ArchRule noPackageNeedsItselfThroughAnother =
      slices().matching("org.comitia.web.(**)").should().beFreeOfCycles();
}
