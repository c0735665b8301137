package org.comitia.config;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.comitia.encryption.EncryptionKey;

/**
 * Every setting of a Comitia agent: its MicroProfile Config property, its type, its default and
 * what it means. This is the one source of truth: {@link Settings} reads by it, and the table in
 * {@code docs/configuration.md} is generated from it.
 */
public enum Setting {
  SERVER(
      "comitia.server",
      "server",
      Values::bool,
      "boolean",
      "false",
      "Server mode: takes part in consensus and keeps the state. Needs `comitia.data-dir`. Otherwise client mode."),
  BOOTSTRAP(
      "comitia.bootstrap",
      "bootstrap",
      Values::bool,
      "boolean",
      "false",
      "This server makes a cluster of one, unless its store already holds one: at once, or, with addresses to"
          + " join, when none of them has shown a cluster for 5 s. At most one server of a cluster may ever be"
          + " started so."),
  BOOTSTRAP_EXPECT(
      "comitia.bootstrap-expect",
      "bootstrap_expect",
      Values::integer,
      "number",
      "0",
      "How many servers bootstrap the cluster together. The same on every server, or left out; 0 is left out."),
  NODE_NAME(
      "comitia.node-name",
      "node_name",
      Values::text,
      "text",
      null,
      "The node's name, unique in its cluster: at most 128 characters, no white space. Default: the host's name."),
  NODE_ID(
      "comitia.node-id",
      "node_id",
      Values::uuid,
      "UUID",
      null,
      "The node's id. Default: a random one, kept in `<data-dir>/node-id`."),
  DATACENTER(
      "comitia.datacenter",
      "datacenter",
      Values::lowerCase,
      "text",
      "dc1",
      "The datacenter's name: letters, digits, `-` and `_`; it counts in lower case."),
  BIND_ADDRESS(
      "comitia.bind-address",
      "bind_addr",
      Values::address,
      "IP address",
      null,
      "Where the server port and the serf LAN port listen. Default: the only private IPv4 address of this host, else"
          + " loopback; with several private ones a start is refused. Templates such as `{{ GetInterfaceIP \"eth0\" }}` are filled in."),
  ADVERTISE_ADDRESS(
      "comitia.advertise-address",
      "advertise_addr",
      Values::address,
      "IP address",
      null,
      "The address the other nodes are told to use. Default: the bind address. Templates are filled in."),
  CLIENT_ADDRESS(
      "comitia.client-address",
      "client_addr",
      Values::addresses,
      "IP addresses",
      "127.0.0.1",
      "Where the HTTP API listens, separated by blanks. Templates are filled in. In a Liberty server of your own its"
          + " `httpEndpoint` listens and takes this as it stands: one address, no template."),
  HTTP_PORT(
      "comitia.http-port",
      "ports.http",
      Values::portOrOff,
      "port",
      "8500",
      "The port of the HTTP API; -1: no HTTP API. The listening itself is Liberty's `httpEndpoint`."),
  HTTPS_PORT(
      "comitia.https-port",
      "ports.https",
      Values::portOrOff,
      "port",
      "-1",
      "The port of the HTTP API over TLS; -1: none. Needs `tls.https.cert_file` and `key_file`. In a Liberty server of your"
          + " own its `httpEndpoint` listens, with a `keyStore` of its own, and this only says in `agent/self` where."),
  HTTPS_ADDRESS(
      "comitia.https-address",
      "addresses.https",
      Values::addresses,
      "IP addresses",
      null,
      "Where it listens, separated by blanks. Default: `client_addr`. Templates are filled in."),
  SERVER_PORT(
      "comitia.server-port",
      "ports.server",
      Values::integer,
      "port",
      "8300",
      "The port for Raft frames and forwarded requests; a server is called by `ip:port` of it."),
  SERF_LAN_PORT(
      "comitia.serf-lan-port",
      "ports.serf_lan",
      Values::integer,
      "port",
      "8301",
      "The port of the membership channel: what `join` means when no port is given."),
  ENCRYPT(
      "comitia.encrypt",
      "encrypt",
      EncryptionKey::parse,
      "key",
      null,
      "The key that all agents of the cluster share, 16, 24 or 32 bytes in base64 (`comitia keygen`): with it the server port"
          + " and the serf LAN port talk to nobody who does not prove it, and encrypt all that they say. The same on every"
          + " agent. Counts at the first start: then `serf/local.keyring` in the data directory holds the keys, and `comitia"
          + " keyring` changes them. As a flag it can be seen in the list of processes; a file or the environment is better."),
  ENCRYPT_VERIFY_INCOMING(
      "comitia.encrypt-verify-incoming",
      "encrypt_verify_incoming",
      Values::bool,
      "boolean",
      "true",
      "No: both ports also talk to who does not prove the key. Only while the first key is given to a cluster that runs."),
  ENCRYPT_VERIFY_OUTGOING(
      "comitia.encrypt-verify-outgoing",
      "encrypt_verify_outgoing",
      Values::bool,
      "boolean",
      "true",
      "No: the connections that this agent makes are plain though it has a key. Only for the same time."),
  DISABLE_KEYRING_FILE(
      "comitia.disable-keyring-file",
      "disable_keyring_file",
      Values::bool,
      "boolean",
      "false",
      "Neither read nor write `serf/local.keyring` in the data directory: `encrypt` is the key at each start, and what `comitia"
          + " keyring` changes is forgotten when this agent ends."),
  ACL_ENABLED(
      "comitia.acl.enabled",
      "acl.enabled",
      Values::bool,
      "boolean",
      "false",
      "Access control: whoever asks shows a token, and what it may do follows from its policies. The same on every agent."
          + " Without `encrypt` or TLS tokens travel in the clear, and whoever reaches the server port is no stranger to it."),
  ACL_DEFAULT_POLICY(
      "comitia.acl.default-policy",
      "acl.default_policy",
      Values::allowOrDeny,
      "allow, deny",
      "deny",
      "What a token may do where none of its rules fits. Consul's default is `allow`. The same on every agent."),
  ACL_DOWN_POLICY(
      "comitia.acl.down-policy",
      "acl.down_policy",
      Values::downPolicy,
      "extend-cache, async-cache, deny, allow",
      "extend-cache",
      "For a client agent that reaches no server to ask about a token: `extend-cache` goes by what it knew last, and denies"
          + " if that is nothing; `async-cache` is the same here. Only for its own endpoints."),
  ACL_TOKEN_TTL(
      "comitia.acl.token-ttl",
      "acl.token_ttl",
      Values::duration,
      "duration",
      "30s",
      "How long a client agent goes by what a server said about a token. Servers know at once."),
  ACL_ENABLE_KEY_LIST_POLICY(
      "comitia.acl.enable-key-list-policy",
      "acl.enable_key_list_policy",
      Values::bool,
      "boolean",
      "false",
      "Reading all below a prefix needs `list` on it, else it is refused. Without, the keys that may be read are shown. The"
          + " same on every server."),
  ACL_ENABLE_TOKEN_PERSISTENCE(
      "comitia.acl.enable-token-persistence",
      "acl.enable_token_persistence",
      Values::bool,
      "boolean",
      "false",
      "Tokens that are set by `/v1/agent/token/` are kept in the data directory, for its owner alone, and come before those"
          + " of the configuration."),
  ACL_TOKENS_INITIAL_MANAGEMENT(
      "comitia.acl.tokens.initial-management",
      "acl.tokens.initial_management",
      Values::text,
      "secret",
      null,
      "A UUID: the leader makes a management token of it, unless the cluster has been bootstrapped."),
  ACL_TOKENS_AGENT(
      "comitia.acl.tokens.agent",
      "acl.tokens.agent",
      Values::text,
      "secret",
      null,
      "The token by which this agent writes its own services, checks and coordinate. Default: that for `default`."),
  ACL_TOKENS_DEFAULT(
      "comitia.acl.tokens.default",
      "acl.tokens.default",
      Values::text,
      "secret",
      null,
      "The token of requests to this agent that show none."),
  ACL_TOKENS_AGENT_RECOVERY(
      "comitia.acl.tokens.agent-recovery",
      "acl.tokens.agent_recovery",
      Values::text,
      "secret",
      null,
      "A secret that may do everything with this agent itself (`agent:write`), even when no server can be asked."),
  ACL_TOKENS_REPLICATION(
      "comitia.acl.tokens.replication",
      "acl.tokens.replication",
      Values::text,
      "secret",
      null,
      "Taken and kept; nothing is replicated between datacenters."),
  ACL_TOKENS_CONFIG_FILE_SERVICE_REGISTRATION(
      "comitia.acl.tokens.config-file-service-registration",
      "acl.tokens.config_file_service_registration",
      Values::text,
      "secret",
      null,
      "The token by which services and checks of configuration files are written that have none of their own."),
  DOMAIN(
      "comitia.domain",
      "domain",
      Values::domain,
      "name",
      "consul",
      "The domain in the names of certificates, `server.<datacenter>.<domain>`. There is no DNS."),
  TLS_DEFAULTS_CA_FILE(
      "comitia.tls.defaults.ca-file",
      "tls.defaults.ca_file",
      Values::path,
      "path",
      null,
      "PEM certificates of the authorities that are believed. This and the other `tls.defaults` hold for"
          + " `tls.internal_rpc` and `tls.https` where these say nothing of their own. The older keys without a group"
          + " (`ca_file`, `verify_incoming`, ...) are taken as well. May be changed by a reload, as far as the files' content"
          + " goes."),
  TLS_DEFAULTS_CA_PATH(
      "comitia.tls.defaults.ca-path",
      "tls.defaults.ca_path",
      Values::path,
      "path",
      null,
      "A folder of such files, in place of `ca_file`."),
  TLS_DEFAULTS_CERT_FILE(
      "comitia.tls.defaults.cert-file",
      "tls.defaults.cert_file",
      Values::path,
      "path",
      null,
      "This agent's certificate (PEM), with those between it and the authority behind it."),
  TLS_DEFAULTS_KEY_FILE(
      "comitia.tls.defaults.key-file",
      "tls.defaults.key_file",
      Values::path,
      "path",
      null,
      "Its private key (PEM: PKCS#8, SEC1 or PKCS#1; not encrypted). Only the agent's user may read it."),
  TLS_DEFAULTS_VERIFY_INCOMING(
      "comitia.tls.defaults.verify-incoming",
      "tls.defaults.verify_incoming",
      Values::bool,
      "boolean",
      null,
      "Who connects must show a certificate of these authorities."),
  TLS_DEFAULTS_VERIFY_OUTGOING(
      "comitia.tls.defaults.verify-outgoing",
      "tls.defaults.verify_outgoing",
      Values::bool,
      "boolean",
      null,
      "Who is connected to must. Without a CA the start is refused; with one it is so, whatever this says."),
  TLS_DEFAULTS_TLS_MIN_VERSION(
      "comitia.tls.defaults.tls-min-version",
      "tls.defaults.tls_min_version",
      Values::tlsVersion,
      "TLSv1_2, TLSv1_3",
      null,
      "The oldest version of TLS. The server port and the serf LAN port speak 1.3 in any case."),
  TLS_INTERNAL_RPC_CA_FILE(
      "comitia.tls.internal-rpc.ca-file",
      "tls.internal_rpc.ca_file",
      Values::path,
      "path",
      null,
      "Authorities for the server port and, when there is no `comitia.encrypt`, the serf LAN port. With a CA both speak"
          + " TLS by certificates; on the serf LAN port both sides always show one. Default: that of `tls.defaults`, and so"
          + " for the others."),
  TLS_INTERNAL_RPC_CA_PATH(
      "comitia.tls.internal-rpc.ca-path",
      "tls.internal_rpc.ca_path",
      Values::path,
      "path",
      null,
      "A folder of such files, in place of `ca_file`."),
  TLS_INTERNAL_RPC_CERT_FILE(
      "comitia.tls.internal-rpc.cert-file",
      "tls.internal_rpc.cert_file",
      Values::path,
      "path",
      null,
      "This agent's certificate. With a CA every agent needs one."),
  TLS_INTERNAL_RPC_KEY_FILE(
      "comitia.tls.internal-rpc.key-file",
      "tls.internal_rpc.key_file",
      Values::path,
      "path",
      null,
      "Its private key."),
  TLS_INTERNAL_RPC_VERIFY_INCOMING(
      "comitia.tls.internal-rpc.verify-incoming",
      "tls.internal_rpc.verify_incoming",
      Values::bool,
      "boolean",
      null,
      "Who connects to the server port must show a certificate of these authorities. A server with a CA must be told"
          + " one or the other, and with `comitia.encrypt` true."),
  TLS_INTERNAL_RPC_VERIFY_OUTGOING(
      "comitia.tls.internal-rpc.verify-outgoing",
      "tls.internal_rpc.verify_outgoing",
      Values::bool,
      "boolean",
      null,
      "Who is connected to must, as with `tls.defaults.verify_outgoing`."),
  TLS_INTERNAL_RPC_TLS_MIN_VERSION(
      "comitia.tls.internal-rpc.tls-min-version",
      "tls.internal_rpc.tls_min_version",
      Values::tlsVersion,
      "TLSv1_2, TLSv1_3",
      null,
      "Both ports speak 1.3 in any case."),
  TLS_INTERNAL_RPC_VERIFY_SERVER_HOSTNAME(
      "comitia.tls.internal-rpc.verify-server-hostname",
      "tls.internal_rpc.verify_server_hostname",
      Values::bool,
      "boolean",
      "false",
      "A server is only who shows a certificate with the name `server.<datacenter>.<domain>`: nobody else is connected"
          + " to as one, may vote, or is sent what servers tell each other. The same on every agent. Needs a CA."),
  TLS_HTTPS_CA_FILE(
      "comitia.tls.https.ca-file",
      "tls.https.ca_file",
      Values::path,
      "path",
      null,
      "Authorities of the clients of the HTTPS API. Default: that of `tls.defaults`, and so for the others."),
  TLS_HTTPS_CA_PATH(
      "comitia.tls.https.ca-path",
      "tls.https.ca_path",
      Values::path,
      "path",
      null,
      "A folder of such files, in place of `ca_file`."),
  TLS_HTTPS_CERT_FILE(
      "comitia.tls.https.cert-file",
      "tls.https.cert_file",
      Values::path,
      "path",
      null,
      "The certificate of the HTTPS API."),
  TLS_HTTPS_KEY_FILE(
      "comitia.tls.https.key-file",
      "tls.https.key_file",
      Values::path,
      "path",
      null,
      "Its private key."),
  TLS_HTTPS_VERIFY_INCOMING(
      "comitia.tls.https.verify-incoming",
      "tls.https.verify_incoming",
      Values::bool,
      "boolean",
      null,
      "Under `comitia agent`: clients of the HTTPS API must show a certificate of these authorities. In a Liberty server of"
          + " your own `clientAuthentication` of its `ssl` says so, and this has no effect."),
  TLS_HTTPS_TLS_MIN_VERSION(
      "comitia.tls.https.tls-min-version",
      "tls.https.tls_min_version",
      Values::tlsVersion,
      "TLSv1_2, TLSv1_3",
      null,
      "The oldest version of TLS that the HTTPS API speaks. Default: TLSv1_2."),
  DATA_DIR(
      "comitia.data-dir",
      "data_dir",
      Values::path,
      "path",
      null,
      "Where the node id and, in `raft/`, the log and the saved catalog lie. On a disk of this machine, one agent a"
          + " directory. Required in server mode, and always under `comitia agent` without `-dev`."),
  JOIN(
      "comitia.join",
      "start_join",
      Values::joinAddresses,
      "list",
      "",
      "Addresses (`host` or `host:serf-lan-port`, separated by commas) to join once at start; when none of them answers,"
          + " the start has failed and `comitia agent` ends; a Liberty server of your own goes on with `comitia.retry-join`."),
  RETRY_JOIN(
      "comitia.retry-join",
      "retry_join",
      Values::joinAddresses,
      "list",
      "",
      "The same, tried again and again until one of them answers."),
  RETRY_INTERVAL(
      "comitia.retry-interval",
      "retry_interval",
      Values::duration,
      "duration",
      "30s",
      "At most how long to wait between two attempts of `comitia.retry-join`: 1 s first, then twice as long each time; at least 1 s."),
  RETRY_MAX(
      "comitia.retry-max",
      "retry_max",
      Values::integer,
      "number",
      "0",
      "How often `comitia.retry-join` tries before it gives up, and `comitia agent` ends; 0: for ever. The first attempts follow"
          + " each other faster than `comitia.retry-interval`."),
  REJOIN_AFTER_LEAVE(
      "comitia.rejoin-after-leave",
      "rejoin_after_leave",
      Values::bool,
      "boolean",
      "false",
      "Look for the known members at start although this node left the cluster before."),
  RECONNECT_TIMEOUT(
      "comitia.reconnect-timeout",
      "reconnect_timeout",
      Values::duration,
      "duration",
      "72h",
      "How long a failed node is looked for; then it is forgotten, and the leader takes it out of the catalog. The same on"
          + " all nodes, at least 8h except in tests. A server of the Raft configuration stays in the catalog."),
  SKIP_LEAVE_ON_INTERRUPT(
      "comitia.skip-leave-on-interrupt",
      "skip_leave_on_interrupt",
      Values::bool,
      "boolean",
      "false",
      "Under `comitia agent`: SIGINT (Ctrl-C) stops the node instead of making it leave."),
  LEAVE_ON_TERMINATE(
      "comitia.leave-on-terminate",
      "leave_on_terminate",
      Values::bool,
      "boolean",
      null,
      "Under `comitia agent`: SIGTERM makes the node leave instead of stopping it. Default: no for a server, yes for a"
          + " client."),
  NODE_META(
      "comitia.node-meta",
      "node_meta",
      Values::pairs,
      "key:value pairs",
      "",
      "Metadata of this node in the catalog, separated by commas (`\\,` for a comma in a value): at most 64 pairs, keys of"
          + " 128 letters, digits, `-` and `_`, values of 512 characters. May be changed by a reload."),
  DEFINITIONS(
      "comitia.definitions",
      null,
      Values::paths,
      "paths",
      "",
      "Files and directories (their `*.json` files) with definitions of services and checks, separated by commas (`\\,` for"
          + " a comma in a path). `comitia agent` names its configuration files here. Read again by a reload."),
  CHECK_UPDATE_INTERVAL(
      "comitia.check-update-interval",
      "check_update_interval",
      Values::duration,
      "duration",
      "5m",
      "How long a check's changed output may wait until the catalog shows it, when its status did not change; `0s`: not at"
          + " all. May be changed by a reload."),
  STATE_LIMIT(
      "comitia.state-limit",
      "state_limit",
      Values::share,
      "share or bytes",
      "40%",
      "How much memory the replicated state may take: a share of the JVM's heap such as `40%`, or bytes. The leader refuses"
          + " what would make it larger with 429; deletions stay allowed. The same on every server."),
  FEATURE_LEVEL_MAX(
      "comitia.feature-level-max",
      "feature_level_max",
      Values::integer,
      "number",
      null,
      "A leader raises the cluster's feature level no further, 0 to what this version knows: as long as it is held, the"
          + " version that knows no more can be installed again. It never goes back. The same on every server. Default: what"
          + " this version knows."),
  CHECK_OUTPUT_MAX_SIZE(
      "comitia.check-output-max-size",
      "check_output_max_size",
      Values::integer,
      "bytes",
      "4096",
      "How much of a check's output is kept; at least 1. A check may ask for less."),
  DISCARD_CHECK_OUTPUT(
      "comitia.discard-check-output",
      "discard_check_output",
      Values::bool,
      "boolean",
      "false",
      "Keep no output of checks. May be changed by a reload."),
  ENABLE_SCRIPT_CHECKS(
      "comitia.enable-script-checks",
      "enable_script_checks",
      Values::bool,
      "boolean",
      "false",
      "Run checks that are commands, from files and from the HTTP API. Whoever reaches the API may then run commands on this"
          + " machine."),
  ENABLE_LOCAL_SCRIPT_CHECKS(
      "comitia.enable-local-script-checks",
      "enable_local_script_checks",
      Values::bool,
      "boolean",
      "false",
      "Run checks that are commands, from files only."),
  AUTOPILOT_CLEANUP_DEAD_SERVERS(
      "comitia.autopilot-cleanup-dead-servers",
      "autopilot.cleanup_dead_servers",
      Values::bool,
      "boolean",
      null,
      "Whether the leader takes dead servers out of the Raft configuration where the others are safer without them. This"
          + " and the other settings of autopilot are what a cluster begins with: the first leader that has one writes them"
          + " down, from then on `comitia operator autopilot set-config` changes them. Default: true."),
  AUTOPILOT_LAST_CONTACT_THRESHOLD(
      "comitia.autopilot-last-contact-threshold",
      "autopilot.last_contact_threshold",
      Values::duration,
      "duration",
      null,
      "How long a healthy server may be silent, never less than three heartbeats. Likewise. Default: 200ms."),
  AUTOPILOT_MAX_TRAILING_LOGS(
      "comitia.autopilot-max-trailing-logs",
      "autopilot.max_trailing_logs",
      Values::integer,
      "number",
      null,
      "How many entries a healthy server may be behind the leader. Likewise. Default: 250."),
  AUTOPILOT_MIN_QUORUM(
      "comitia.autopilot-min-quorum",
      "autopilot.min_quorum",
      Values::integer,
      "number",
      null,
      "How many voters stay at least when dead ones are taken out; never fewer than 3. Likewise. Default: 0."),
  AUTOPILOT_SERVER_STABILIZATION_TIME(
      "comitia.autopilot-server-stabilization-time",
      "autopilot.server_stabilization_time",
      Values::duration,
      "duration",
      null,
      "How long a server that joins must have been healthy on end before it votes. Likewise. Default: 0s, it votes as soon"
          + " as it follows the log."),
  RAFT_MULTIPLIER(
      "comitia.raft-multiplier",
      "performance.raft_multiplier",
      Values::integer,
      "number",
      "1",
      "Scales Raft's timers, 1 to 10: heartbeat 100 ms, election timeout random in 500-1,000 ms, times this."),
  RAFT_TRAILING_LOGS(
      "comitia.raft-trailing-logs",
      "raft_trailing_logs",
      Values::integer,
      "number",
      "10240",
      "So many entries of the log stay behind what the saved tables hold, or fewer if they have more than 64 MiB, so that a"
          + " server that was away for a moment needs no snapshot. May be changed by a reload."),
  RAFT_SNAPSHOT_THRESHOLD(
      "comitia.raft-snapshot-threshold",
      "raft_snapshot_threshold",
      Values::integer,
      "number",
      "16384",
      "So many entries at least are cut from the log at a time; what they did is in the saved tables. May be changed by a reload."),
  RAFT_SNAPSHOT_INTERVAL(
      "comitia.raft-snapshot-interval",
      "raft_snapshot_interval",
      Values::duration,
      "duration",
      "30s",
      "How often the log is looked at for entries to cut, at least 1s; more often when it grows by more than 128 MiB. May be"
          + " changed by a reload."),
  SCRUB_INTERVAL(
      "comitia.scrub-interval",
      "scrub_interval",
      Values::duration,
      "duration",
      "24h",
      "How often a server reads all that it has on its disk, a slice at a time while it has little else to do, to find what"
          + " has rotted there; `0s`: not at all. May be changed by a reload."),
  DISK_RESERVE(
      "comitia.disk-reserve",
      "disk_reserve",
      Values::share,
      "share or bytes",
      "67108864",
      "With less than this left on the disk of `raft/` a leader refuses writes with 429, but for deletions and"
          + " registrations; with less than half of it a server is not ready, and a leader takes deletions only. A share"
          + " such as `2%` is of the whole disk. An archive that is restored, and a copy of a damaged file, leave it free as"
          + " well."),
  RPC_HOLD_TIMEOUT(
      "comitia.rpc-hold-timeout",
      "performance.rpc_hold_timeout",
      Values::duration,
      "duration",
      "7s",
      "How long a request that was certainly not proposed is held while there is no leader."),
  HTTP_RESPONSE_HEADERS(
      "comitia.http.response-headers",
      "http_config.response_headers",
      Values::pairs,
      "name:value pairs",
      "",
      "Headers that every answer of the HTTP API carries, separated by commas (`\\,` for a comma in a value), for example"
          + " `Access-Control-Allow-Origin:*`."),
  HTTP_BLOCK_ENDPOINTS(
      "comitia.http.block-endpoints",
      "http_config.block_endpoints",
      Values::list,
      "list",
      "",
      "Beginnings of paths that this agent's HTTP API refuses with 403, separated by commas, for example `/v1/agent/leave`."),
  HTTP_ALLOW_WRITE_FROM(
      "comitia.http.allow-write-from",
      "http_config.allow_write_http_from",
      Values::networks,
      "list of networks",
      "",
      "Networks such as `127.0.0.0/8`, separated by commas, from which this agent's HTTP API takes writes; others get 403."
          + " Empty: from everywhere."),
  HTTP_ALLOWED_HOSTS(
      "comitia.http.allowed-hosts",
      "http_config.allowed_hosts",
      Values::list,
      "list",
      "",
      "Names, separated by commas, that a request's `Host` may call this agent by besides IP addresses, `localhost`, names"
          + " without a dot and the node's name, for example `consul.example.com` or `*.svc.cluster.local`; other"
          + " requests get 403, so that no web page reaches the API by a name of its own. `*`: any."),
  HTTP_MAX_HEADER_BYTES(
      "comitia.http.max-header-bytes",
      "http_config.max_header_bytes",
      Values::integer,
      "bytes",
      "65536",
      "Under `comitia agent`: how long each header of a request, and its first line, may be, 8192 to 1048576; a longer one"
          + " gets 400. Elsewhere Liberty's `limitFieldSize` says so (Consul: 1 MB together)."),
  HTTP_BODY_TIMEOUT(
      "comitia.http.body-timeout",
      "http_config.body_timeout",
      Values::duration,
      "duration",
      "30s",
      "How long a request's body may take to come whole, at least 1s; a slower one gets 408, and so does one of which nothing comes"
          + " for 10s or this time, if it is shorter. Elsewhere Liberty's `readTimeout` says how long a pause may be."),
  HTTP_ENCODED_BODIES(
      "comitia.http.encoded-bodies",
      null,
      Values::bool,
      "boolean",
      "false",
      "Bodies with a `Content-Encoding` are stored as they were sent. Only for a Liberty server whose `httpOptions` say"
          + " `AutoDecompression=\"false\"`, as `comitia agent`'s do: else Liberty unpacks them first. Without it they get"
          + " 415."),
  HTTP_MAX_CONNECTIONS_PER_CLIENT(
      "comitia.limits.http-max-conns-per-client",
      "limits.http_max_conns_per_client",
      Values::integer,
      "number",
      "200",
      "How many requests one client address may have under way at this agent's HTTP API, blocking ones included; one more"
          + " gets 429. 0: no limit."),
  HTTPS_HANDSHAKE_TIMEOUT(
      "comitia.limits.https-handshake-timeout",
      "limits.https_handshake_timeout",
      Values::duration,
      "duration",
      "5s",
      "Under `comitia agent`: how long nothing may come of a client that connects to the HTTPS port, until the TLS handshake"
          + " is done; at least 1s. Elsewhere `inactivityTimeout` of Liberty's `tcpOptions` says so."),
  RPC_MAX_CONNS_PER_CLIENT(
      "comitia.limits.rpc-max-conns-per-client",
      "limits.rpc_max_conns_per_client",
      Values::integer,
      "number",
      "100",
      "How many connections one address may have to this server's server port. 0: no more limit than the 2,048 for all of them."),
  RPC_HANDSHAKE_TIMEOUT(
      "comitia.limits.rpc-handshake-timeout",
      "limits.rpc_handshake_timeout",
      Values::duration,
      "duration",
      "5s",
      "How long who connects to the server port or the serf LAN port may take until it has proved what it must and said who it"
          + " is, 100ms to 1m."),
  RPC_RATE(
      "comitia.limits.rpc-rate",
      "limits.rpc_rate",
      Values::decimal,
      "number",
      "-1",
      "Of a client agent: how many requests a second it sends to servers for its HTTP clients; one more gets 429. -1: no limit."),
  RPC_MAX_BURST(
      "comitia.limits.rpc-max-burst",
      "limits.rpc_max_burst",
      Values::integer,
      "number",
      "1000",
      "How many of them may come at once, where `comitia.limits.rpc-rate` is set."),
  REQUEST_LIMITS_MODE(
      "comitia.limits.request-limits.mode",
      "limits.request_limits.mode",
      Values::limitMode,
      "disabled, permissive, enforcing",
      "disabled",
      "Of a server: what it does with more requests a second than the rates below say, its own HTTP clients' and those of"
          + " client agents: `enforcing` answers 429, `permissive` carries them out and logs it. Ten seconds' worth may come"
          + " at once. Leader, peers, autopilot and snapshots are not counted."),
  REQUEST_LIMITS_READ_RATE(
      "comitia.limits.request-limits.read-rate",
      "limits.request_limits.read_rate",
      Values::decimal,
      "number",
      "-1",
      "Reads a second; a blocking query counts when it is asked. -1: no limit."),
  REQUEST_LIMITS_WRITE_RATE(
      "comitia.limits.request-limits.write-rate",
      "limits.request_limits.write_rate",
      Values::decimal,
      "number",
      "-1",
      "Writes a second. -1: no limit."),
  ALLOWED_NETWORKS(
      "comitia.serf-lan-allowed-cidrs",
      "serf_lan_allowed_cidrs",
      Values::networks,
      "networks",
      "",
      "The networks, such as `10.0.0.0/8`, from which other agents may connect, separated by commas; empty: from everywhere."
          + " It is for the serf LAN port and, other than in Consul, for the server port too. The addresses of all agents"
          + " must be in it."),
  DEFAULT_QUERY_TIME(
      "comitia.default-query-time",
      "default_query_time",
      Values::duration,
      "duration",
      "300s",
      "How long a blocking query waits that does not say `wait`."),
  MAX_QUERY_TIME(
      "comitia.max-query-time",
      "max_query_time",
      Values::duration,
      "duration",
      "600s",
      "How long a blocking query waits at most, before the jitter of up to a sixteenth."),
  DISCOVERY_MAX_STALE(
      "comitia.discovery-max-stale",
      "discovery_max_stale",
      Values::duration,
      "duration",
      "0s",
      "Above 0: reads of catalog and health that do not name a consistency are answered by any server that heard from the"
          + " leader within this time."),
  SESSION_TTL_MIN(
      "comitia.session-ttl-min",
      "session_ttl_min",
      Values::duration,
      "duration",
      "10s",
      "The shortest TTL that this agent takes for a session, 1s to 24h; 0s: the default. The same on all agents: here the agent"
          + " that is asked decides, in Consul the leader."),
  AUDIT_FILE(
      "comitia.audit.file",
      "audit.file",
      Values::path,
      "path",
      null,
      "With `comitia.acl.enabled`: where a JSON line is written for each request that was denied and each change of who may"
          + " do what; with more than one file a number is put behind the name, 0 for the newest. Default: `audit.log` in the"
          + " data directory; without one the lines are in Liberty's `messages.log`."),
  AUDIT_ROTATE_BYTES(
      "comitia.audit.rotate-bytes",
      "audit.rotate_bytes",
      Values::integer,
      "bytes",
      "10485760",
      "How large such a file grows before the next one is begun; at least 1024."),
  AUDIT_ROTATE_MAX_FILES(
      "comitia.audit.rotate-max-files",
      "audit.rotate_max_files",
      Values::integer,
      "number",
      "10",
      "How many of them are kept, 1 to 1000."),
  LOG_LEVEL(
      "comitia.log-level",
      "log_level",
      Values::logLevel,
      "trace, debug, info, warn, error",
      "info",
      "What is logged, under `comitia agent`. May be changed by a reload. Elsewhere Liberty's `<logging traceSpecification>`"
          + " says so, for the loggers `agent`, `consul`, `raft`, `serf`, `storage` and `transport`; `messages.log` has their lines."),
  DISABLE_COORDINATES(
      "comitia.disable-coordinates",
      "disable_coordinates",
      Values::bool,
      "boolean",
      "false",
      "Do not measure round trips to other agents, and tell the catalog no network coordinates of this node."),
  LOG_JSON(
      "comitia.log-json",
      "log_json",
      Values::bool,
      "boolean",
      "false",
      "Under `comitia agent`: log lines are JSON objects."),
  LOG_FILE(
      "comitia.log-file",
      "log_file",
      Values::text,
      "path",
      null,
      "Under `comitia agent`: log lines go to a file as well, `NAME-{nanoseconds}.log` for `NAME` or `NAME.log`. A folder"
          + " stands for `comitia` in it."),
  LOG_ROTATE_BYTES(
      "comitia.log-rotate-bytes",
      "log_rotate_bytes",
      Values::integer,
      "number",
      "0",
      "A new log file begins after so many bytes; 0: whatever its size."),
  LOG_ROTATE_DURATION(
      "comitia.log-rotate-duration",
      "log_rotate_duration",
      Values::duration,
      "duration",
      "24h",
      "A new log file begins after this time, at the next line."),
  LOG_ROTATE_MAX_FILES(
      "comitia.log-rotate-max-files",
      "log_rotate_max_files",
      Values::integer,
      "number",
      "0",
      "How many older log files are kept; 0: all, -1: none."),
  PID_FILE(
      "comitia.pid-file",
      "pid_file",
      Values::path,
      "path",
      null,
      "Under `comitia agent`: a file that holds the process's number while it runs."),
  PROMETHEUS_RETENTION_TIME(
      "comitia.telemetry.prometheus-retention-time",
      "telemetry.prometheus_retention_time",
      Values::duration,
      "duration",
      "0s",
      "Above 0, `/v1/agent/metrics?format=prometheus` answers. Figures are kept for as long as the node runs, whatever the"
          + " time."),
  DEV(
      "comitia.dev",
      null,
      Values::bool,
      "boolean",
      "false",
      "Development mode: one bootstrapped server whose data may be thrown away. `comitia agent -dev` gives it a directory"
          + " that is deleted at the end."),
  HEALTH_READY(
      "comitia.health.ready",
      null,
      Values::healthReady,
      "auto, engine, always",
      "auto",
      "What `/health/ready` answers for this node: `engine` follows the engine (leader known, applied index recent),"
          + " `always` says yes once the start is over, also of a node that was refused, so that the other applications of a"
          + " shared server are not held up; `auto` is `engine` for a server and `always` for a client. Where the settings"
          + " are wrong themselves, the answer is no until they are mended."),
  IGNORE_SECURITY_KEYS(
      "comitia.insecure.ignore-consul-security-keys",
      null,
      Values::bool,
      "boolean",
      "false",
      "Under `comitia agent`: start although the configuration asks for a protection that is not there, such as"
          + " `auto_encrypt`. Whoever reaches the ports can then read and write everything."),
  ALLOW_UNSYNCED_COMMITS(
      "comitia.durability.allow-unsynced-commits",
      null,
      Values::bool,
      "boolean",
      "false",
      "Start as a server although the database does not sync commits. Acknowledged writes may then be lost when the power"
          + " fails.");

  /** Those that a reload puts in force; all others count from a start on. */
  public static final Set<Setting> RELOADED =
      Set.of(
          LOG_LEVEL,
          NODE_META,
          DEFINITIONS,
          CHECK_UPDATE_INTERVAL,
          DISCARD_CHECK_OUTPUT,
          RAFT_TRAILING_LOGS,
          RAFT_SNAPSHOT_THRESHOLD,
          RAFT_SNAPSHOT_INTERVAL,
          SCRUB_INTERVAL);

  /** Those that are nobody's but the agent's. */
  private static final Set<Setting> SECRET =
      Set.of(
          ENCRYPT,
          ACL_TOKENS_INITIAL_MANAGEMENT,
          ACL_TOKENS_AGENT,
          ACL_TOKENS_DEFAULT,
          ACL_TOKENS_AGENT_RECOVERY,
          ACL_TOKENS_REPLICATION,
          ACL_TOKENS_CONFIG_FILE_SERVICE_REGISTRATION);

  private final String property;
  private final String consulKey;
  private final Function<String, Object> parser;
  private final String type;
  private final String defaultText;
  private final String meaning;

  Setting(
      String property,
      String consulKey,
      Function<String, Object> parser,
      String type,
      String defaultText,
      String meaning) {
    this.property = property;
    this.consulKey = consulKey;
    this.parser = parser;
    this.type = type;
    this.defaultText = defaultText;
    this.meaning = meaning;
  }

  /** The MicroProfile Config property, for example {@code comitia.bootstrap-expect}. */
  public String property() {
    return property;
  }

  /** The environment variable that MicroProfile Config reads for the property. */
  public String environmentVariable() {
    return property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }

  /**
   * The key in Consul's configuration files, dotted for nested objects; empty when Consul has none.
   */
  public Optional<String> consulKey() {
    return Optional.ofNullable(consulKey);
  }

  /** Takes out of the environment of a process that the agent starts what is not for it. */
  public static void removeSecrets(Map<String, String> environment) {
    SECRET.forEach(setting -> environment.remove(setting.environmentVariable()));
  }

  /** What kind of value it takes, in words. */
  public String type() {
    return type;
  }

  /**
   * The default as text; empty when there is none or when it is computed (see {@link #meaning()}).
   */
  public Optional<String> defaultText() {
    return Optional.ofNullable(defaultText);
  }

  /** What the setting does, units and bounds included. */
  public String meaning() {
    return meaning;
  }

  /** The name that a person knows it by in an error message: Consul's key, else the property. */
  String spokenName() {
    return consulKey == null ? property : consulKey;
  }

  /**
   * The typed value of a text.
   *
   * @throws IllegalArgumentException with a message that continues the setting's name
   */
  Object parse(String text) {
    return parser.apply(text);
  }
}
