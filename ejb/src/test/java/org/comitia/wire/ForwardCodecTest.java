package org.comitia.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.comitia.access.Access;
import org.comitia.access.Resource;
import org.comitia.access.Rule;
import org.comitia.cluster.Caller;
import org.comitia.cluster.Cluster;
import org.comitia.cluster.Failure;
import org.comitia.cluster.Forwarded;
import org.comitia.cluster.Member;
import org.comitia.cluster.Read;
import org.comitia.cluster.ReadOutcome;
import org.comitia.cluster.Reply;
import org.comitia.cluster.ServerHealth;
import org.comitia.cluster.WriteOutcome;
import org.comitia.raft.ServerId;
import org.comitia.state.AutopilotConfig;
import org.comitia.state.Command;
import org.comitia.state.CommandResult;
import org.comitia.state.KvEntry;
import org.comitia.state.Queries;
import org.comitia.state.Query;
import org.comitia.state.QueryResult;
import org.comitia.state.RandomCommands;
import org.comitia.state.StateMachine;
import org.comitia.state.StateVersion;
import org.comitia.state.TxnOp;
import org.comitia.state.TxnOutcome;
import org.junit.jupiter.api.Test;

class ForwardCodecTest {
  private static List<Forwarded<?>> requests() {
    List<Forwarded<?>> requests = new ArrayList<>();
    requests.add(new Forwarded.ReadIndex(1));
    requests.add(new Forwarded.StatusRequest(0));
    requests.add(new Forwarded.ConfigurationRequest(0, Caller.ANONYMOUS, true));
    requests.add(new Forwarded.ConfigurationRequest(2, Caller.ANONYMOUS, false));
    ServerId server = new ServerId(UUID.randomUUID(), UUID.randomUUID());
    requests.add(new Forwarded.Leave(0, Caller.of("s"), server, "n1", server.node().toString()));
    requests.add(new Forwarded.Leave(0, Caller.ANONYMOUS, null, "client", ""));
    requests.add(new Forwarded.Renew(1, Caller.ANONYMOUS, "40e4a748-2192-161a-0510-9bf59fe950b5"));
    requests.add(new Forwarded.RemovePeer(1, Caller.ANONYMOUS, "id", ""));
    requests.add(new Forwarded.AutopilotRequest(1, Caller.ANONYMOUS));
    requests.add(new Forwarded.ResolveToken(0, Caller.of("secret")));
    requests.add(new Forwarded.RemovePeer(0, Caller.ANONYMOUS, "", "10.0.0.1:8300"));
    RandomCommands random = new RandomCommands(1);
    for (int i = 0; i < 300; i++) {
      requests.add(new Forwarded.Write(i % 2, Caller.ANONYMOUS, Commands.encode(random.next(i))));
      Read.Consistency consistency = Read.Consistency.values()[i % 3];
      Duration stale = i % 2 == 0 ? null : Duration.ofMillis(i);
      requests.add(
          new Forwarded.ReadRequest<>(
              0,
              new Read<>(
                  Caller.ANONYMOUS, random.query(), consistency, i, Duration.ofSeconds(i), stale)));
      Query<?> momentary =
          i % 2 == 0 ? random.reads(i) : new Query.PreparedQueryExecute("web-" + i, false);
      requests.add(
          new Forwarded.ReadRequest<>(
              0, new Read<>(Caller.ANONYMOUS, momentary, consistency, 0, Duration.ZERO, stale)));
    }
    return requests;
  }

  private static List<Forwarded.Answer> answers() {
    List<Forwarded.Answer> answers = new ArrayList<>();
    answers.add(Forwarded.TokenReply.unknown());
    answers.add(
        new Forwarded.TokenReply(
            "accessor",
            List.of(
                new Rule(Resource.KEY, "é", true, Access.LIST),
                new Rule(Resource.OPERATOR, "", false, Access.DENY)),
            Access.WRITE,
            7));
    for (Failure failure : Failure.values()) {
      answers.add(new Forwarded.WriteAnswer(new WriteOutcome.NotApplied(failure, "because")));
      answers.add(new Forwarded.ReadAnswer<>(new ReadOutcome.Failed<>(failure, "because")));
      answers.add(
          new Forwarded.StatusReply(
              new Cluster.StatusAnswer(Optional.empty(), List.of(), failure)));
      answers.add(
          new Forwarded.ConfigurationReply(
              new Cluster.ConfigurationAnswer(List.of(), 0, failure, "because")));
      answers.add(new Forwarded.AutopilotReply(Cluster.AutopilotAnswer.failed(failure, "because")));
    }
    answers.add(
        new Forwarded.WriteAnswer(new WriteOutcome.Applied(7, new CommandResult.Done(true))));
    answers.add(
        new Forwarded.WriteAnswer(new WriteOutcome.Applied(7, new CommandResult.Done(false))));
    answers.add(
        new Forwarded.WriteAnswer(
            new WriteOutcome.Applied(7, new CommandResult.Failed("Must provide node"))));
    answers.add(new Forwarded.WriteAnswer(new WriteOutcome.Unknown("the leader was lost")));
    answers.add(new Forwarded.ReadIndexAnswer(-1));
    answers.add(new Forwarded.ReadIndexAnswer(12));
    answers.add(
        new Forwarded.StatusReply(
            new Cluster.StatusAnswer(Optional.of("a:1"), List.of("a:1", "b:2"), null)));
    Cluster.Peer peer = new Cluster.Peer("id", "n1", "a:1", true, false, 7);
    answers.add(
        new Forwarded.ConfigurationReply(
            new Cluster.ConfigurationAnswer(List.of(peer, peer), 9, null, null)));
    for (Member.Status serf : new Member.Status[] {null, Member.Status.FAILED}) {
      ServerHealth server =
          new ServerHealth("id", "n1", "a:1", serf, "1.2", true, true, 3, 4, 5, serf == null, 6);
      answers.add(
          new Forwarded.AutopilotReply(
              new Cluster.AutopilotAnswer(AutopilotConfig.DEFAULT, List.of(server), null, "")));
    }
    answers.add(new Forwarded.LeaveAnswer(55, null));
    answers.add(new Forwarded.LeaveAnswer(-1, "the last voter"));
    answers.addAll(readAnswers());
    return answers;
  }

  private static List<Forwarded.Answer> readAnswers() {
    List<Forwarded.Answer> answers = new ArrayList<>();
    StateMachine machine = new StateMachine(StateVersion.EMPTY);
    RandomCommands random = new RandomCommands(2);
    for (int i = 1; i < 400; i++) {
      CommandResult result = machine.apply(i, random.next(i));
      answers.add(new Forwarded.WriteAnswer(new WriteOutcome.Applied(i, result)));
      answers.add(answer(Queries.evaluate(random.query(), machine.version())));
      answers.add(answer(Queries.evaluate(random.reads(i), machine.version())));
      Query<?> execute = new Query.PreparedQueryExecute(i % 2 == 0 ? "web" : "web-" + i, false);
      answers.add(answer(Queries.evaluate(execute, machine.version())));
    }
    return answers;
  }

  private static Forwarded.ReadAnswer<?> answer(QueryResult result) {
    return new Forwarded.ReadAnswer<>(new ReadOutcome.Answer<>(result, true, 123, false));
  }

  @Test
  void requestsComeBackUnchanged() throws Exception {
    for (Forwarded<?> request : requests()) {
      assertThat(ForwardCodec.decodeRequest(ForwardCodec.encode(request)))
          .usingRecursiveComparison()
          .isEqualTo(request);
    }
  }

  @Test
  void answersComeBackUnchanged() throws Exception {
    for (Forwarded.Answer answer : answers()) {
      assertThat(ForwardCodec.decodeAnswer(ForwardCodec.encode(answer)))
          .usingRecursiveComparison()
          .isEqualTo(answer);
    }
  }

  @Test
  void anAnswerToAnotherQuestionOrOneThatCannotBeReadIsOfUnknownOutcome() {
    Forwarded.ReadIndex question = new Forwarded.ReadIndex(1);
    byte[] good = ForwardCodec.encode(new Forwarded.ReadIndexAnswer(7));
    byte[] other = ForwardCodec.encode(new Forwarded.LeaveAnswer(7, null));
    assertThat(ForwardCodec.decodeReply(new Reply.Answered<>(good), question))
        .isEqualTo(new Reply.Answered<>(new Forwarded.ReadIndexAnswer(7)));
    assertThat(ForwardCodec.decodeReply(new Reply.Answered<>(other), question))
        .isInstanceOf(Reply.Unknown.class);
    assertThat(ForwardCodec.decodeReply(new Reply.Answered<>(new byte[] {1}), question))
        .isInstanceOf(Reply.Unknown.class);
    assertThat(ForwardCodec.decodeReply(new Reply.NotSent<>("why"), question))
        .isEqualTo(new Reply.NotSent<Forwarded.ReadIndexAnswer>("why"));
  }

  @Test
  void theResultOfAnotherQueryIsOfUnknownOutcome() {
    var question =
        new Forwarded.ReadRequest<>(
            0,
            new Read<>(
                Caller.ANONYMOUS,
                new Query.KvGet("k"),
                Read.Consistency.DEFAULT,
                0,
                Duration.ZERO,
                null));
    Forwarded.ReadAnswer<?> good = answer(new QueryResult.KvEntryResult(7, null));
    Forwarded.ReadAnswer<?> other = answer(new QueryResult.KvEntries(7, List.of()));
    Forwarded.ReadAnswer<?> failed =
        new Forwarded.ReadAnswer<>(new ReadOutcome.Failed<>(Failure.NO_LEADER, "why"));
    for (Forwarded.ReadAnswer<?> answer : List.of(good, failed)) {
      assertThat(
              ForwardCodec.decodeReply(new Reply.Answered<>(ForwardCodec.encode(answer)), question))
          .isEqualTo(new Reply.Answered<>(answer));
    }
    assertThat(ForwardCodec.decodeReply(new Reply.Answered<>(ForwardCodec.encode(other)), question))
        .isInstanceOf(Reply.Unknown.class);
  }

  @Test
  void anAnswerThatIsTooLargeBecomesARefusal() throws Exception {
    byte[] value = new byte[512 * 1024];
    List<KvEntry> entries = new ArrayList<>();
    for (int i = 0; i < 33; i++) {
      entries.add(new KvEntry("k" + i, value, 0, 0, null, 1, 1));
    }
    byte[] bytes = ForwardCodec.encode(answer(new QueryResult.KvEntries(1, entries)));
    Forwarded.ReadAnswer<?> answer = (Forwarded.ReadAnswer<?>) ForwardCodec.decodeAnswer(bytes);
    assertThat(answer.outcome()).isInstanceOf(ReadOutcome.Failed.class);
    ReadOutcome.Failed<?> failed = (ReadOutcome.Failed<?>) answer.outcome();
    assertThat(failed.failure()).isEqualTo(Failure.REFUSED);
    assertThat(failed.message()).contains("too large");
  }

  @Test
  void aTransactionWhoseResultsAreTooLargeIsOfUnknownOutcome() throws Exception {
    KvEntry large = new KvEntry("k", new byte[512 * 1024], 0, 0, null, 1, 1);
    List<TxnOutcome.Row> rows =
        Collections.nCopies(33, new TxnOutcome.Row(large, null, null, null));
    CommandResult result = new CommandResult.TxnDone(new TxnOutcome(rows, List.of()));
    byte[] bytes =
        ForwardCodec.encode(new Forwarded.WriteAnswer(new WriteOutcome.Applied(7, result)));
    Forwarded.WriteAnswer answer = (Forwarded.WriteAnswer) ForwardCodec.decodeAnswer(bytes);
    assertThat(((WriteOutcome.Unknown) answer.outcome()).message())
        .startsWith("applied, but ")
        .contains("the answer is too large");
  }

  @Test
  void aTransactionThatWritesIsNoRead() {
    TxnOp set = new TxnOp.Kv(TxnOp.KvVerb.SET, "k", new byte[0], 0, 0, "");
    Read<QueryResult.TxnRows> read =
        new Read<>(
            Caller.ANONYMOUS,
            new Query.TxnRead(List.of(set)),
            Read.Consistency.DEFAULT,
            0,
            Duration.ZERO,
            null);
    byte[] bytes = ForwardCodec.encode(new Forwarded.ReadRequest<>(0, read));
    assertThatThrownBy(() -> ForwardCodec.decodeRequest(bytes))
        .isInstanceOf(MalformedFrameException.class);
  }

  @Test
  void aWriteIsPassedOnAsTheBytesOfItsCommandInTheFormOfOlderVersions() throws Exception {
    byte[] command = Commands.encode(new Command.KvDelete("k", null));
    byte[] request = ForwardCodec.encode(new Forwarded.Write(1, Caller.ANONYMOUS, command));
    byte[] older = new byte[4 + command.length]; // hops, then the command as a message
    older[0] = 1 << 3;
    older[1] = 1;
    older[2] = 2 << 3 | 2;
    older[3] = (byte) command.length;
    System.arraycopy(command, 0, older, 4, command.length);
    assertThat(request).isEqualTo(older);
    assertThat(((Forwarded.Write) ForwardCodec.decodeRequest(older)).command()).isEqualTo(command);
  }

  @Test
  void refusesWhatIsTooLargeOrEmpty() throws Exception {
    Forwarded.Write large = new Forwarded.Write(0, Caller.ANONYMOUS, new byte[2 * 1024 * 1024]);
    assertThatThrownBy(() -> ForwardCodec.encode(large))
        .isInstanceOf(IllegalArgumentException.class);
    byte[] longest =
        ForwardCodec.encode(new Forwarded.Write(0, Caller.ANONYMOUS, new byte[Commands.MAX_BYTES]));
    assertThat(ForwardCodec.decodeRequest(longest)).isInstanceOf(Forwarded.Write.class);
    byte[] over =
        ForwardCodec.encode(
            new Forwarded.Write(0, Caller.ANONYMOUS, new byte[Commands.MAX_BYTES + 1]));
    assertThatThrownBy(() -> ForwardCodec.decodeRequest(over))
        .isInstanceOf(MalformedFrameException.class);
    assertThatThrownBy(
            () -> ForwardCodec.decodeRequest(new byte[ForwardCodec.MAX_REQUEST_BYTES + 1]))
        .isInstanceOf(MalformedFrameException.class);
    assertThatThrownBy(() -> ForwardCodec.decodeAnswer(new byte[ForwardCodec.MAX_ANSWER_BYTES + 1]))
        .isInstanceOf(MalformedFrameException.class);
    assertThatThrownBy(() -> ForwardCodec.decodeRequest(new byte[0]))
        .isInstanceOf(MalformedFrameException.class);
    assertThatThrownBy(() -> ForwardCodec.decodeAnswer(new byte[0]))
        .isInstanceOf(MalformedFrameException.class);
  }

  @Test
  void spoiltBytesThrowOnlyTheTypedException() {
    Random random = new Random(9);
    int refused = 0;
    List<byte[]> good = new ArrayList<>();
    requests().forEach(request -> good.add(ForwardCodec.encode(request)));
    answers().forEach(answer -> good.add(ForwardCodec.encode(answer)));
    for (int i = 0; i < 40_000; i++) {
      byte[] bytes = Spoilt.bytes(good.get(random.nextInt(good.size())), random);
      try {
        assertThat(ForwardCodec.decodeRequest(bytes)).isNotNull();
      } catch (MalformedFrameException expected) {
        refused++;
      }
      try {
        assertThat(ForwardCodec.decodeAnswer(bytes)).isNotNull();
      } catch (MalformedFrameException expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  /** Frames of older agents have no secret. */
  @Test
  void whoShowsNoTokenIsAnonymousAndNobodyPretendsToBeTheNodeItself() throws Exception {
    byte[] without = ForwardCodec.encode(new Forwarded.Renew(0, Caller.ANONYMOUS, "s"));
    assertThat(ForwardCodec.decodeRequest(without).caller()).isEqualTo(Caller.ANONYMOUS);
    byte[] with = ForwardCodec.encode(new Forwarded.Renew(0, Caller.of("secret"), "s"));
    assertThat(ForwardCodec.decodeRequest(with).caller()).isEqualTo(Caller.of("secret"));
    assertThat(with.length - without.length).isEqualTo(3 + "secret".length());
    assertThatThrownBy(() -> ForwardCodec.encode(new Forwarded.Renew(0, Caller.SYSTEM, "s")))
        .isInstanceOf(IllegalStateException.class);
    assertThat(ForwardCodec.decodeRequest(with).toString()).doesNotContain("secret");
    assertThat(Caller.of("x".repeat(257))).isNotEqualTo(Caller.of("x".repeat(256)));
  }
}
