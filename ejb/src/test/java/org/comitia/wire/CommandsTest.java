package org.comitia.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.comitia.access.AccessObject;
import org.comitia.access.Policy;
import org.comitia.access.Role;
import org.comitia.access.Token;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Check;
import org.comitia.state.CheckDefinition;
import org.comitia.state.Command;
import org.comitia.state.CommandRules;
import org.comitia.state.Coordinate;
import org.comitia.state.FeatureLevel;
import org.comitia.state.Node;
import org.comitia.state.RandomCommands;
import org.comitia.state.Service;
import org.comitia.state.Session;
import org.comitia.state.Tables;
import org.comitia.state.TxnOp;
import org.comitia.wire.proto.AccessFrame;
import org.comitia.wire.proto.AccessKeyFrame;
import org.comitia.wire.proto.AccessSetFrame;
import org.comitia.wire.proto.CheckDefinitionFrame;
import org.comitia.wire.proto.CheckFrame;
import org.comitia.wire.proto.CommandFrame;
import org.comitia.wire.proto.KvPutFrame;
import org.comitia.wire.proto.NodeFrame;
import org.comitia.wire.proto.RegisterFrame;
import org.comitia.wire.proto.ServiceAddressFrame;
import org.comitia.wire.proto.ServiceFrame;
import org.comitia.wire.proto.ServiceIdentityFrame;
import org.comitia.wire.proto.SessionFrame;
import org.comitia.wire.proto.TextsFrame;
import org.comitia.wire.proto.TokenFrame;
import org.comitia.wire.proto.TxnFrame;
import org.comitia.wire.proto.TxnKvFrame;
import org.comitia.wire.proto.TxnOpFrame;
import org.junit.jupiter.api.Test;

class CommandsTest {
  private static final UnknownFieldSet NEWER =
      UnknownFieldSet.newBuilder()
          .addField(
              99,
              UnknownFieldSet.Field.newBuilder()
                  .addLengthDelimited(ByteString.copyFromUtf8("new"))
                  .build())
          .build();

  private static void comesBack(Command command) throws Exception {
    assertThat(Commands.decode(Commands.encode(command)))
        .usingRecursiveComparison()
        .isEqualTo(command);
  }

  @Test
  void everyCommandComesBackUnchanged() throws Exception {
    comesBack(new Command.KvPut("a\uDCFF/é", new byte[] {0, -1}, -1, null));
    comesBack(new Command.KvPut("", new byte[0], 0, 0L));
    comesBack(new Command.KvPut("k", new byte[CommandRules.MAX_VALUE_BYTES], 5, Long.MAX_VALUE));
    comesBack(new Command.KvDelete("k", null));
    comesBack(new Command.KvDelete("k", 0L));
    comesBack(new Command.KvDeleteTree(""));
    comesBack(new Command.KvDeleteTree("a/\uDCC3"));
    comesBack(new Command.ReapTombstones(12));
    comesBack(new Command.Deregister("n", null, null));
    comesBack(new Command.Deregister("n", "", "c"));
    Node node = new Node("id", "n", "10.0.0.1", "dc1", Map.of("lan", "x"), Map.of("k", ""), 0, 0);
    comesBack(new Command.Register(node, true, null, List.of()));
    Service service =
        new Service(
            "n",
            "i",
            "s",
            List.of("a", "b"),
            "::1",
            Map.of("wan", new Service.ServiceAddress("1.1.1.1", 9)),
            Map.of("m", "n"),
            65535,
            3,
            4,
            true,
            0,
            0);
    Check check =
        new Check("n", "c", "C", "passing", "notes", "out", "i", "s", List.of("a"), "ttl", 0, 0);
    comesBack(new Command.Register(node, false, service, List.of(check, check)));
    CheckDefinition definition =
        new CheckDefinition(
            "http://x",
            Map.of("h", List.of("a", "b")),
            "PUT",
            "body",
            true,
            "server",
            true,
            "tcp",
            "udp",
            "grpc",
            true,
            "h2ping",
            true,
            List.of("sh", "-c"),
            "container",
            "/bin/sh",
            "node",
            "service",
            -1,
            2,
            3,
            4,
            5);
    Check defined =
        new Check(
            "n",
            "c",
            "C",
            "",
            "",
            "",
            "",
            "",
            List.of(),
            "http",
            "10s",
            "1s",
            81,
            definition,
            0,
            0);
    comesBack(new Command.Register(node, false, null, List.of(defined)));
    comesBack(
        new Command.Register(
            node,
            false,
            new Service(
                "n",
                "i",
                "s",
                "mesh-gateway",
                List.of(),
                "",
                Map.of(),
                Map.of(),
                0,
                "/run/s",
                1,
                1,
                false,
                "{}",
                "{\"Native\":true}",
                0,
                0),
            List.of()));
  }

  /** What a client may send as an index, a flag or a time must not halt the servers. */
  @Test
  void numbersOfAnySizeComeBack() throws Exception {
    Node node = new Node("", "n", "", "dc1", Map.of(), Map.of(), 0, -1);
    Service service =
        new Service("n", "i", "s", List.of(), "", Map.of(), Map.of(), -1, -2, -3, false, 0, -1);
    Check check = new Check("n", "c", "C", "", "", "", "", "", List.of(), "", 0, Long.MIN_VALUE);
    comesBack(
        new Command.Txn(
            List.of(
                new TxnOp.OnNode(TxnOp.Verb.CAS, node),
                new TxnOp.OnService(TxnOp.Verb.DELETE_CAS, service),
                new TxnOp.OnCheck(TxnOp.Verb.SET, check),
                new TxnOp.Kv(TxnOp.KvVerb.CHECK_INDEX, "\uDCFF", new byte[0], -1, -1, ""))));
    comesBack(new Command.EndLockDelays(Map.of("\uDCFF", -1L)));
    comesBack(
        new Command.AutopilotSet(
            new AutopilotConfig(true, -1, Long.MAX_VALUE, -2, Long.MIN_VALUE, "z", true, "v", 0, 0),
            -1L));
    comesBack(
        new Command.SessionCreate(
            new Session(
                "id",
                "name",
                "n",
                Long.MIN_VALUE,
                Session.Behavior.DELETE,
                "x",
                List.of("a"),
                List.of("b", "c"),
                0,
                0)));
    comesBack(
        new Command.CoordinateUpdate(
            List.of(
                new Coordinate("n", "s", List.of(Double.NEGATIVE_INFINITY), 1e308, -0.0, 5e-324))));
  }

  @Test
  void anOperationOfANewerVersionIsUnknown() {
    byte[] verb =
        CommandFrame.newBuilder()
            .setTxn(
                TxnFrame.newBuilder()
                    .addOps(
                        TxnOpFrame.newBuilder().setKv(TxnKvFrame.newBuilder().setVerbValue(99))))
            .build()
            .toByteArray();
    assertThatThrownBy(() -> Commands.decode(verb)).isInstanceOf(UnknownCommandException.class);
    byte[] field =
        CommandFrame.newBuilder()
            .setTxn(
                TxnFrame.newBuilder()
                    .addOps(
                        TxnOpFrame.newBuilder()
                            .setKv(TxnKvFrame.newBuilder().setUnknownFields(NEWER))))
            .build()
            .toByteArray();
    assertThatThrownBy(() -> Commands.decode(field))
        .isInstanceOf(UnknownCommandException.class)
        .hasMessageContaining("TxnKvFrame, field 99");
    byte[] behavior =
        CommandFrame.newBuilder()
            .setSessionCreate(SessionFrame.newBuilder().setBehaviorValue(2))
            .build()
            .toByteArray();
    assertThatThrownBy(() -> Commands.decode(behavior)).isInstanceOf(UnknownCommandException.class);
  }

  /** Auth methods, for example: none may be passed over. */
  @Test
  void anObjectOfAccessControlOfANewerVersionIsUnknown() throws Exception {
    CommandFrame.Builder frame = CommandFrame.newBuilder();
    byte[] kind =
        frame
            .setAccessSet(
                AccessSetFrame.newBuilder()
                    .setObject(AccessFrame.newBuilder().setUnknownFields(NEWER)))
            .build()
            .toByteArray();
    assertThatThrownBy(() -> Commands.decode(kind)).isInstanceOf(UnknownCommandException.class);
    byte[] field =
        frame
            .setAccessSet(
                AccessSetFrame.newBuilder()
                    .setObject(
                        AccessFrame.newBuilder()
                            .setToken(
                                TokenFrame.newBuilder()
                                    .addServiceIdentities(
                                        ServiceIdentityFrame.newBuilder()
                                            .setUnknownFields(NEWER)))))
            .build()
            .toByteArray();
    assertThatThrownBy(() -> Commands.decode(field)).isInstanceOf(UnknownCommandException.class);
    byte[] deleted =
        frame.setAccessDelete(AccessKeyFrame.newBuilder().setKindValue(3)).build().toByteArray();
    assertThatThrownBy(() -> Commands.decode(deleted)).isInstanceOf(UnknownCommandException.class);
    byte[] none = frame.setAccessSet(AccessSetFrame.getDefaultInstance()).build().toByteArray();
    assertThatThrownBy(() -> Commands.decode(none)).isInstanceOf(MalformedFrameException.class);
  }

  /** What is larger than a command could not be proposed: the bounds keep everything below. */
  @Test
  void theLargestTokenRoleAndPolicyAreCommands() throws Exception {
    String link = "l".repeat(256);
    List<String> links = Collections.nCopies(1_000, link);
    String text = "\u20AC".repeat(341);
    AccessObject token =
        new Token(
            "i", text, text, links, List.of(), List.of(), List.of(), true, link, -1, -1, 0, 0);
    AccessObject role = new Role("i", text, text, links, List.of(), List.of(), 0, 0);
    AccessObject policy = new Policy("i", text, text, "\u20AC".repeat(65_536), links, 0, 0);
    for (AccessObject object : List.of(token, role, policy)) {
      Command command = new Command.AccessSet(object, true);
      assertThat(CommandRules.excess(command)).isNull();
      comesBack(command);
    }
  }

  @Test
  void aFeatureLevelThatAServerDoesNotKnowIsACommandThatItDoesNotKnow() throws Exception {
    comesBack(new Command.RestoreBegin("r", 2, 3, 1L << 40));
    comesBack(new Command.RestoreRows("r", 1L << 33, Tables.EMPTY));
    comesBack(new Command.RestoreCommit("r"));
    comesBack(new Command.RestoreAbort("r"));
    comesBack(new Command.RaiseLevel(FeatureLevel.KNOWN));
    comesBack(new Command.CompareDigest(0, 0));
    comesBack(new Command.CompareDigest(7, -1));
    byte[] known = Commands.encode(new Command.RaiseLevel(FeatureLevel.KNOWN));
    assertThatThrownBy(() -> Commands.decode(known, FeatureLevel.KNOWN - 1))
        .isInstanceOf(UnknownCommandException.class)
        .hasMessageStartingWith("COM3017: the log holds feature level " + FeatureLevel.KNOWN)
        .hasMessageContaining("install the version that the other servers run");
    for (int newer : new int[] {FeatureLevel.KNOWN + 1, Integer.MAX_VALUE, -1}) {
      byte[] bytes = Commands.encode(new Command.RaiseLevel(newer));
      assertThatThrownBy(() -> Commands.decode(bytes)).isInstanceOf(UnknownCommandException.class);
    }
  }

  @Test
  void randomCommandsComeBackUnchanged() throws Exception {
    RandomCommands random = new RandomCommands(3);
    for (int i = 0; i < 2_000; i++) {
      comesBack(random.next(i));
    }
  }

  @Test
  void indexesOfPartsAreLeftOut() throws Exception {
    Node node = new Node("", "n", "10.0.0.1", "dc1", Map.of(), Map.of(), 8, 9);
    Command decoded =
        Commands.decode(Commands.encode(new Command.Register(node, false, null, List.of())));
    assertThat(((Command.Register) decoded).node().modifyIndex()).isZero();
    assertThat(((Command.Register) decoded).node().createIndex()).isZero();
  }

  @Test
  void aCommandOfANewerVersionIsUnknownNotMalformed() {
    byte[] newKind = CommandFrame.newBuilder().setUnknownFields(NEWER).build().toByteArray();
    assertThatThrownBy(() -> Commands.decode(newKind))
        .isInstanceOf(UnknownCommandException.class)
        .hasMessageContaining("CommandFrame, field 99");
    byte[] newField =
        CommandFrame.newBuilder()
            .setKvPut(KvPutFrame.newBuilder().setUnknownFields(NEWER))
            .build()
            .toByteArray();
    assertThatThrownBy(() -> Commands.decode(newField))
        .isInstanceOf(UnknownCommandException.class)
        .hasMessageContaining("KvPutFrame, field 99");
  }

  @Test
  void aFieldOfANewerVersionIsFoundWhereverItIsInARegistration() {
    assertUnknown(
        RegisterFrame.newBuilder().setNode(NodeFrame.newBuilder().setUnknownFields(NEWER)));
    assertUnknown(
        RegisterFrame.newBuilder().setService(ServiceFrame.newBuilder().setUnknownFields(NEWER)));
    assertUnknown(
        RegisterFrame.newBuilder()
            .addChecks(CheckFrame.getDefaultInstance())
            .addChecks(CheckFrame.newBuilder().setUnknownFields(NEWER)));
    assertUnknown(
        RegisterFrame.newBuilder()
            .setService(
                ServiceFrame.newBuilder()
                    .putTaggedAddresses("lan", ServiceAddressFrame.getDefaultInstance())
                    .putTaggedAddresses(
                        "wan", ServiceAddressFrame.newBuilder().setUnknownFields(NEWER).build())));
    assertUnknown(
        RegisterFrame.newBuilder()
            .addChecks(
                CheckFrame.newBuilder()
                    .setDefinition(CheckDefinitionFrame.newBuilder().setUnknownFields(NEWER))));
    assertUnknown(
        RegisterFrame.newBuilder()
            .addChecks(
                CheckFrame.newBuilder()
                    .setDefinition(
                        CheckDefinitionFrame.newBuilder()
                            .putHeader(
                                "h", TextsFrame.newBuilder().setUnknownFields(NEWER).build()))));
  }

  private static void assertUnknown(RegisterFrame.Builder register) {
    byte[] bytes = CommandFrame.newBuilder().setRegister(register).build().toByteArray();
    assertThatThrownBy(() -> Commands.decode(bytes))
        .isInstanceOf(UnknownCommandException.class)
        .hasMessageContaining("field 99");
  }

  @Test
  void refusesWhatIsTooLarge() {
    byte[] value = new byte[Commands.MAX_BYTES];
    assertThatThrownBy(() -> Commands.encode(new Command.KvPut("k", value, 0, null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the request is too large");
    assertThatThrownBy(() -> Commands.decode(new byte[Commands.MAX_BYTES + 1]))
        .isInstanceOf(MalformedFrameException.class);
  }

  @Test
  void whateverIsEncodedCanBeDecoded() throws Exception {
    comesBack(new Command.KvPut("k", new byte[CommandRules.MAX_VALUE_BYTES + 1], 0, -1L));
    comesBack(new Command.ReapTombstones(-1));
  }

  @Test
  void bytesThatNoVersionWroteAreMalformed() {
    assertThatThrownBy(() -> Commands.decode(new byte[0]))
        .isInstanceOf(MalformedFrameException.class);
    assertThatThrownBy(() -> Commands.decode(new byte[] {-1, -1, -1}))
        .isInstanceOf(MalformedFrameException.class);
  }

  @Test
  void spoiltBytesThrowOnlyTheTypedExceptions() {
    Random random = new Random(5);
    RandomCommands commands = new RandomCommands(6);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = Spoilt.bytes(Commands.encode(commands.next(i)), random);
      try {
        assertThat(Commands.decode(bytes)).isNotNull();
      } catch (UnknownCommandException | MalformedFrameException expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(1_000);
  }
}
