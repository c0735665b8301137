package org.comitia.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.comitia.cli.acl.AclCommand;
import org.comitia.cli.acl.BootstrapCommand;
import org.comitia.cli.acl.PolicyCommand;
import org.comitia.cli.acl.PolicyCreateCommand;
import org.comitia.cli.acl.PolicyDeleteCommand;
import org.comitia.cli.acl.PolicyListCommand;
import org.comitia.cli.acl.PolicyReadCommand;
import org.comitia.cli.acl.PolicyUpdateCommand;
import org.comitia.cli.acl.RoleCommand;
import org.comitia.cli.acl.RoleCreateCommand;
import org.comitia.cli.acl.RoleDeleteCommand;
import org.comitia.cli.acl.RoleListCommand;
import org.comitia.cli.acl.RoleReadCommand;
import org.comitia.cli.acl.RoleUpdateCommand;
import org.comitia.cli.acl.SetAgentTokenCommand;
import org.comitia.cli.acl.TokenCloneCommand;
import org.comitia.cli.acl.TokenCommand;
import org.comitia.cli.acl.TokenCreateCommand;
import org.comitia.cli.acl.TokenDeleteCommand;
import org.comitia.cli.acl.TokenListCommand;
import org.comitia.cli.acl.TokenReadCommand;
import org.comitia.cli.acl.TokenUpdateCommand;
import org.comitia.cli.agent.AgentCommand;
import org.comitia.cli.agent.PrepareCommand;
import org.comitia.cli.agent.ValidateCommand;
import org.comitia.cli.catalog.CatalogCommand;
import org.comitia.cli.catalog.DatacentersCommand;
import org.comitia.cli.catalog.NodesCommand;
import org.comitia.cli.catalog.RttCommand;
import org.comitia.cli.catalog.ServiceNamesCommand;
import org.comitia.cli.client.EventCommand;
import org.comitia.cli.client.ForceLeaveCommand;
import org.comitia.cli.client.InfoCommand;
import org.comitia.cli.client.JoinCommand;
import org.comitia.cli.client.LeaveCommand;
import org.comitia.cli.client.MaintCommand;
import org.comitia.cli.client.MembersCommand;
import org.comitia.cli.client.MonitorCommand;
import org.comitia.cli.client.ReloadCommand;
import org.comitia.cli.demo.DemoCommand;
import org.comitia.cli.kv.KvCommand;
import org.comitia.cli.kv.KvDeleteCommand;
import org.comitia.cli.kv.KvExportCommand;
import org.comitia.cli.kv.KvGetCommand;
import org.comitia.cli.kv.KvImportCommand;
import org.comitia.cli.kv.KvPutCommand;
import org.comitia.cli.lock.LockCommand;
import org.comitia.cli.operator.AutopilotCommand;
import org.comitia.cli.operator.AutopilotGetConfigCommand;
import org.comitia.cli.operator.AutopilotSetConfigCommand;
import org.comitia.cli.operator.AutopilotStateCommand;
import org.comitia.cli.operator.KeyringCommand;
import org.comitia.cli.operator.ListPeersCommand;
import org.comitia.cli.operator.OperatorCommand;
import org.comitia.cli.operator.RaftCommand;
import org.comitia.cli.operator.RecoverCommand;
import org.comitia.cli.operator.RemovePeerCommand;
import org.comitia.cli.operator.TransferLeaderCommand;
import org.comitia.cli.services.DeregisterCommand;
import org.comitia.cli.services.RegisterCommand;
import org.comitia.cli.services.ServicesCommand;
import org.comitia.cli.snapshot.SnapshotAgentCommand;
import org.comitia.cli.snapshot.SnapshotCommand;
import org.comitia.cli.snapshot.SnapshotInspectCommand;
import org.comitia.cli.snapshot.SnapshotRestoreCommand;
import org.comitia.cli.snapshot.SnapshotSaveCommand;
import org.comitia.cli.tls.CaCommand;
import org.comitia.cli.tls.CaCreateCommand;
import org.comitia.cli.tls.CertCommand;
import org.comitia.cli.tls.CertCreateCommand;
import org.comitia.cli.tls.TlsCommand;
import org.comitia.cli.watch.WatchCommand;
import picocli.CommandLine;

/**
 * All commands, by name. A command line names one of them, and making the parser of a command costs
 * time: only those on the way to it are made.
 */
final class Commands {
  /** One command, and those below it. */
  private record Entry(String name, Supplier<Object> command, List<Entry> below) {
    Entry(String name, Supplier<Object> command, Entry... below) {
      this(name, command, List.of(below));
    }
  }

  private static final Map<String, List<Entry>> GROUPS = new LinkedHashMap<>();

  static {
    GROUPS.put(
        "Run an agent",
        List.of(
            new Entry("agent", AgentCommand::new),
            new Entry("demo", DemoCommand::new),
            new Entry("prepare", PrepareCommand::new),
            new Entry("validate", ValidateCommand::new),
            new Entry("keygen", KeygenCommand::new),
            new Entry(
                "tls",
                TlsCommand::new,
                new Entry("ca", CaCommand::new, new Entry("create", CaCreateCommand::new)),
                new Entry("cert", CertCommand::new, new Entry("create", CertCreateCommand::new)))));
    GROUPS.put(
        "The cluster",
        List.of(
            new Entry("join", JoinCommand::new),
            new Entry("members", MembersCommand::new),
            new Entry("info", InfoCommand::new),
            new Entry("leave", LeaveCommand::new),
            new Entry("force-leave", ForceLeaveCommand::new),
            new Entry(
                "operator",
                OperatorCommand::new,
                new Entry(
                    "raft",
                    RaftCommand::new,
                    new Entry("list-peers", ListPeersCommand::new),
                    new Entry("remove-peer", RemovePeerCommand::new),
                    new Entry("transfer-leader", TransferLeaderCommand::new),
                    new Entry("recover", RecoverCommand::new)),
                new Entry(
                    "autopilot",
                    AutopilotCommand::new,
                    new Entry("get-config", AutopilotGetConfigCommand::new),
                    new Entry("set-config", AutopilotSetConfigCommand::new),
                    new Entry("state", AutopilotStateCommand::new))),
            new Entry(
                "snapshot",
                SnapshotCommand::new,
                new Entry("save", SnapshotSaveCommand::new),
                new Entry("restore", SnapshotRestoreCommand::new),
                new Entry("inspect", SnapshotInspectCommand::new),
                new Entry("agent", SnapshotAgentCommand::new)),
            new Entry("keyring", KeyringCommand::new),
            new Entry("rtt", RttCommand::new)));
    GROUPS.put(
        "The agent",
        List.of(
            new Entry(
                "services",
                ServicesCommand::new,
                new Entry("register", RegisterCommand::new),
                new Entry("deregister", DeregisterCommand::new)),
            new Entry("maint", MaintCommand::new),
            new Entry("monitor", MonitorCommand::new),
            new Entry("reload", ReloadCommand::new)));
    GROUPS.put(
        "Catalog and data",
        List.of(
            new Entry(
                "catalog",
                CatalogCommand::new,
                new Entry("datacenters", DatacentersCommand::new),
                new Entry("nodes", NodesCommand::new),
                new Entry("services", ServiceNamesCommand::new)),
            new Entry(
                "kv",
                KvCommand::new,
                new Entry("get", KvGetCommand::new),
                new Entry("put", KvPutCommand::new),
                new Entry("delete", KvDeleteCommand::new),
                new Entry("export", KvExportCommand::new),
                new Entry("import", KvImportCommand::new)),
            new Entry("event", EventCommand::new),
            new Entry("watch", WatchCommand::new),
            new Entry("lock", LockCommand::new)));
    GROUPS.put(
        "Who may do what",
        List.of(
            new Entry(
                "acl",
                AclCommand::new,
                new Entry("bootstrap", BootstrapCommand::new),
                new Entry("set-agent-token", SetAgentTokenCommand::new),
                new Entry(
                    "token",
                    TokenCommand::new,
                    new Entry("create", TokenCreateCommand::new),
                    new Entry("read", TokenReadCommand::new),
                    new Entry("update", TokenUpdateCommand::new),
                    new Entry("delete", TokenDeleteCommand::new),
                    new Entry("list", TokenListCommand::new),
                    new Entry("clone", TokenCloneCommand::new)),
                new Entry(
                    "policy",
                    PolicyCommand::new,
                    new Entry("create", PolicyCreateCommand::new),
                    new Entry("read", PolicyReadCommand::new),
                    new Entry("update", PolicyUpdateCommand::new),
                    new Entry("delete", PolicyDeleteCommand::new),
                    new Entry("list", PolicyListCommand::new)),
                new Entry(
                    "role",
                    RoleCommand::new,
                    new Entry("create", RoleCreateCommand::new),
                    new Entry("read", RoleReadCommand::new),
                    new Entry("update", RoleUpdateCommand::new),
                    new Entry("delete", RoleDeleteCommand::new),
                    new Entry("list", RoleListCommand::new)))));
    GROUPS.put(
        "Help",
        List.of(new Entry("help", HelpCommand::new), new Entry("version", VersionCommand::new)));
  }

  private Commands() {}

  /** The names of the top commands, under the headings of the help page. */
  static Map<String, List<String>> headings() {
    Map<String, List<String>> names = new LinkedHashMap<>();
    GROUPS.forEach((title, group) -> names.put(title, group.stream().map(Entry::name).toList()));
    return names;
  }

  /**
   * Adds the commands that these arguments may run: the named one with the named one below it, or
   * all of a level where none is named, or where one runs others ({@code help}, {@code demo}).
   */
  static void add(CommandLine root, String[] args) {
    List<Entry> top = all();
    if (args.length == 0 || args[0].equals("help") || args[0].equals("demo")) {
      top.forEach(entry -> addWhole(root, entry));
    } else {
      addNamed(root, top, args, 0);
    }
  }

  static void addAll(CommandLine root) {
    all().forEach(entry -> addWhole(root, entry));
  }

  private static List<Entry> all() {
    List<Entry> all = new ArrayList<>();
    GROUPS.values().forEach(all::addAll);
    return all;
  }

  private static void addNamed(CommandLine parent, List<Entry> level, String[] args, int at) {
    for (Entry entry : level) {
      if (at < args.length && entry.name().equals(args[at])) {
        CommandLine command = new CommandLine(entry.command().get());
        parent.addSubcommand(entry.name(), command);
        if (!entry.below().isEmpty()) {
          addNamed(command, entry.below(), args, at + 1);
        }
        return;
      }
    }
    level.forEach(entry -> addWhole(parent, entry));
  }

  private static void addWhole(CommandLine parent, Entry entry) {
    CommandLine command = new CommandLine(entry.command().get());
    parent.addSubcommand(entry.name(), command);
    entry.below().forEach(below -> addWhole(command, below));
  }
}
