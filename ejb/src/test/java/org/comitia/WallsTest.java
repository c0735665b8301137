package org.comitia;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Duration;
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
                      "java.lang..",
                      "java.util..",
                      "java.nio..",
                      "java.security..",
                      "com.google.re2j..",
                      "org.pcollections..")
                  .or(belongToAnyOf(GoDuration.class, Duration.class)));

  @ArchTest
  static final ArchRule stateHasNoClockOrLog =
      noClasses()
          .that()
          .resideInAPackage("org.comitia.state..")
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
  static final ArchRule jgroupsLivesInMembershipAndTransport =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.comitia.membership..", "org.comitia.transport..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.jgroups..");

  @ArchTest
  static final ArchRule protobufLivesInWireAndMembership =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.comitia.wire..", "org.comitia.membership..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.google.protobuf..");

  @ArchTest
  static final ArchRule theDriverKnowsOnlyPorts =
      noClasses()
          .that()
          .resideInAPackage("org.comitia.consensus..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.comitia.storage..",
              "org.comitia.transport..",
              "org.comitia.membership..",
              "org.comitia.agent..",
              "org.comitia.runtime..",
              "jakarta..");

  @ArchTest
  static final ArchRule theAgentKnowsTheClusterAndItsMembers =
      noClasses()
          .that()
          .resideInAPackage("org.comitia.agent..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.comitia.storage..",
              "org.comitia.transport..",
              "org.comitia.membership..",
              "org.comitia.runtime..",
              "org.comitia.wire..");

  @ArchTest
  static final ArchRule roomsBehindPortsDoNotKnowEachOther =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.comitia.storage..", "org.comitia.transport..", "org.comitia.membership..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.comitia.agent..", "org.comitia.runtime..", "jakarta.ejb..");

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
