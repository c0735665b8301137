package org.comitia.cluster;

import java.util.Map;
import java.util.UUID;
import org.comitia.config.HostPort;

/**
 * One agent as membership knows it.
 *
 * @param name node name, unique in the cluster
 * @param address the advertised IP, without port
 * @param port the serf LAN port
 * @param tags see {@link Tags}
 * @param sinceMillis since when it has this status, milliseconds of the wall clock
 */
public record Member(
    String name,
    UUID nodeId,
    String address,
    int port,
    Map<String, String> tags,
    Status status,
    long sinceMillis) {

  /** The numbers are those of Consul's {@code agent/members}. */
  public enum Status {
    ALIVE(1),
    LEAVING(2),
    LEFT(3),
    FAILED(4);

    private final int code;

    Status(int code) {
      this.code = code;
    }

    public int code() {
      return code;
    }
  }

  /** The names of the tags that members carry; values are text. */
  public static final class Tags {
    /** {@code consul} for a server, {@code node} for a client, as Consul's clients expect. */
    public static final String ROLE = "role";

    public static final String DATACENTER = "dc";
    public static final String ID = "id";

    /** The incarnation of a server's store. */
    public static final String INCARNATION = "incarnation";

    /** The server port. */
    public static final String PORT = "port";

    public static final String HTTP_ADDRESS = "http_addr";
    public static final String EXPECT = "expect";
    public static final String BOOTSTRAP = "bootstrap";

    /** The cluster id; absent before bootstrap or join. */
    public static final String CLUSTER = "cluster";

    /**
     * The clusters that this server's was recovered from, the newest first, four at most: {@code
     * UUID@milliseconds}, separated by commas. Absent where there was no recovery.
     */
    public static final String RECOVERED_FROM = "recovered_from";

    /** {@code 1} from the moment that this agent asks to be removed: nobody adds it again. */
    public static final String LEAVING = "leaving";

    /** The feature level that a server knows; absent from builds that know none. */
    public static final String FEATURE_LEVEL = "feature_level";

    /**
     * Why a server's state stands still, so that it cannot lead: an error's number. Empty or absent
     * while it does not.
     */
    public static final String STANDSTILL = "standstill";

    public static final String BUILD = "build";
    public static final String VERSION = "vsn";

    private Tags() {}
  }

  public boolean isServer() {
    return "consul".equals(tags.get(Tags.ROLE));
  }

  public boolean isAlive() {
    return status == Status.ALIVE;
  }

  public String datacenter() {
    return tags.getOrDefault(Tags.DATACENTER, "");
  }

  /** {@code ip:port} or {@code [ip6]:port} of the server port; only for servers. */
  public String serverAddress() {
    return HostPort.text(address, tags.getOrDefault(Tags.PORT, "8300"));
  }
}
