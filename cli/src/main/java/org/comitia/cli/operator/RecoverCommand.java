package org.comitia.cli.operator;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.command.HelpOption;
import org.comitia.cli.command.Terminal;
import org.comitia.cluster.StoreException;
import org.comitia.config.HostPort;
import org.comitia.files.DurableFiles;
import org.comitia.raft.Server;
import org.comitia.recovery.RecoveryRequest;
import org.comitia.storage.StoppedServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code comitia operator raft recover}: a server whose cluster is lost goes on alone. */
@Command(
    name = "recover",
    description = {
      "Has one server go on alone when the majority is lost for good.",
      "A stopped server becomes the begin of a new cluster, with all that its log holds.",
      "Shows first what is kept, what may be lost and who is dropped; asks; and leaves a request in raft/ that the"
          + " next start of the server's agent carries out. Choose the server with the highest last term and index:"
          + " name the other ones by -other. The other servers join afterwards, each with an empty raft/."
    },
    footer = "comitia operator raft recover -data-dir /var/lib/comitia -other /mnt/copy-of-n2")
public final class RecoverCommand implements Callable<Integer> {
  /** For a machine in the same datacenter; one that is gone says nothing. */
  private static final int ANSWER_MILLIS = 1_000;

  @Option(
      names = {"-data-dir", "--data-dir"},
      paramLabel = "DIR",
      description = "The data directory of the server that is to go on. Its agent is stopped.")
  private String dataDir = "";

  @Option(
      names = {"-other", "--other"},
      paramLabel = "DIR|ADDR",
      description =
          "What to compare it with: the data directory of another server, or a copy of it, or the HTTP address of"
              + " one that runs. May be given several times.")
  private List<String> others = new ArrayList<>();

  @Option(
      names = {"-dry-run", "--dry-run"},
      description = "Only show it.")
  private boolean dryRun;

  @Option(
      names = {"-yes", "--yes"},
      description = "Do not ask.")
  private boolean yes;

  @Mixin private HelpOption help;
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    if (dataDir.isEmpty()) {
      return fail("Error recovering: give the data directory of the server, by -data-dir");
    }
    try {
      Path raft = RaftFolder.require(Path.of(dataDir).resolve("raft"));
      try (StoppedServer.Hold hold = StoppedServer.hold(raft)) {
        return recover(raft);
      }
    } catch (StoreException | AgentException | IOException e) {
      return fail("Error recovering: " + e.getMessage());
    }
  }

  private int recover(Path raft) throws StoreException, AgentException, IOException {
    RecoveryPreview preview = new RecoveryPreview(Path.of(dataDir), StoppedServer.read(raft));
    for (String other : others) {
      preview.compare(OtherServer.at(other));
    }
    for (Server dropped : preview.dropped()) {
      if (answers(dropped.address())) {
        preview.answers(dropped);
      }
    }
    preview.lines().forEach(this::print);
    if (!preview.objection().isEmpty()) {
      return fail("Error recovering: " + preview.objection());
    }
    if (dryRun) {
      print("");
      print("Nothing was changed. Without -dry-run this server is made to go on alone.");
      return 0;
    }
    if (!preview.stillRunning().isEmpty()) {
      return fail("Error recovering: " + preview.stillRunning());
    }
    if (!yes && !confirmed()) {
      return fail("Nothing was changed.");
    }
    RecoveryRequest.Expected expected = preview.expected();
    DurableFiles.writeForFolder(raft.resolve(RecoveryRequest.REQUEST), expected.encode());
    print("Wrote " + raft.resolve(RecoveryRequest.REQUEST) + ". Now:");
    print("1. Start this server's agent: it goes on alone, as a new cluster.");
    print("2. Of each other server move raft/ away, start it and join it to this one.");
    print("Until its start this can be taken back: remove the file.");
    return 0;
  }

  /** Whether anybody is at a server's port. */
  private static boolean answers(String address) {
    try (Socket socket = new Socket()) {
      HostPort at = HostPort.parse(address);
      socket.connect(new InetSocketAddress(at.host(), at.port()), ANSWER_MILLIS);
      return true;
    } catch (IOException | RuntimeException nobody) {
      return false;
    }
  }

  private boolean confirmed() throws IOException {
    Terminal terminal = Terminal.of(spec);
    terminal.out().print("Type yes to have this server go on alone: ");
    terminal.out().flush();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
    String answer = in.readLine();
    if (answer == null) {
      terminal.out().println();
      terminal
          .out()
          .println("Nobody is there to answer. In a script, -yes does it without asking.");
      terminal.out().flush();
    }
    return answer != null && answer.strip().equals("yes");
  }

  private void print(String line) {
    spec.commandLine().getOut().println(line);
  }

  private int fail(String line) {
    spec.commandLine().getErr().println(line);
    return 1;
  }
}
