import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/** {@code java Profile.java FILE.jfr}: samples by room, by thread group and by top frame. */
public class Profile {
  private static final Map<String, Integer> rooms = new HashMap<>();
  private static final Map<String, Integer> threads = new HashMap<>();
  private static final Map<String, Integer> tops = new HashMap<>();
  private static int samples;

  public static void main(String[] arguments) throws Exception {
    try (RecordingFile file = new RecordingFile(Path.of(arguments[0]))) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        if (event.getEventType().getName().equals("jdk.ExecutionSample")
            && event.getStackTrace() != null) {
          count(event);
        }
      }
    }
    System.out.println(samples + " samples of running Java code");
    print("the innermost known room on the stack", rooms, 20);
    print("thread", threads, 15);
    print("top frame", tops, 25);
  }

  private static void count(RecordedEvent event) {
    samples++;
    List<RecordedFrame> frames = event.getStackTrace().getFrames();
    tops.merge(name(frames.get(0)), 1, Integer::sum);
    RecordedThread thread = event.getThread("sampledThread");
    String threadName = thread == null || thread.getJavaName() == null ? "?" : thread.getJavaName();
    threads.merge(threadName.replaceAll("[0-9a-f]{8,}|\\d+", "#"), 1, Integer::sum);
    rooms.merge(
        frames.stream().map(Profile::room).filter(r -> r != null).findFirst().orElse("other"),
        1,
        Integer::sum);
  }

  private static String name(RecordedFrame frame) {
    return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
  }

  private static String room(RecordedFrame frame) {
    String type = frame.getMethod().getType().getName();
    if (type.startsWith("org.comitia.")) {
      String rest = type.substring("org.comitia.".length());
      return "comitia " + rest.substring(0, Math.max(rest.indexOf('.'), 0));
    }
    if (type.startsWith("org.hibernate.")) {
      return "hibernate";
    }
    if (type.startsWith("org.sqlite.")) {
      return "sqlite";
    }
    if (type.startsWith("org.jgroups.")) {
      return "jgroups";
    }
    if (type.startsWith("org.jboss.resteasy.") || type.startsWith("io.openliberty.restfulWS")) {
      return "resteasy";
    }
    if (type.startsWith("org.jboss.weld.")) {
      return "weld";
    }
    if (type.startsWith("com.ibm.") || type.startsWith("io.openliberty.")) {
      return "liberty";
    }
    return null;
  }

  private static void print(String title, Map<String, Integer> counts, int limit) {
    System.out.println("by " + title + ":");
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(limit)
        .forEach(
            e -> System.out.printf("  %5.1f %%  %s%n", 100.0 * e.getValue() / samples, e.getKey()));
  }
}
