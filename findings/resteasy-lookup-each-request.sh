#!/usr/bin/env bash
# org.jboss.resteasy:resteasy-undertow 6.2.12.Final, JDK 17.
# A resource method that returns a CompletionStage makes RESTEasy ask JNDI for java:comp/DefaultManagedScheduledExecutorService, at every request,
# also when the stage is complete already and nobody sets a timeout. Only where there is none (a bare servlet container) is that remembered
# after the first time: in a Jakarta EE server, which has one, ten requests are ten lookups, a noticeable part of a small request's cost.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/pom.xml" <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>f</groupId><artifactId>f</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.jboss.resteasy</groupId><artifactId>resteasy-undertow</artifactId><version>6.2.12.Final</version></dependency>
  </dependencies>
</project>
XML
mvn -q -f "$dir/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory="$dir/lib"
cat > "$dir/Stage.java" <<'JAVA'
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Application;
import java.net.URI;
import java.net.http.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import javax.naming.*;
import javax.naming.spi.InitialContextFactory;
import org.jboss.resteasy.plugins.server.undertow.UndertowJaxrsServer;

public class Stage {
  static final AtomicBoolean FOUND = new AtomicBoolean();
  static final ScheduledExecutorService SCHEDULER = Executors.newScheduledThreadPool(1);
  static final Map<String, AtomicInteger> LOOKUPS = new ConcurrentSkipListMap<>();

  public static class Names implements InitialContextFactory {
    @Override
    public Context getInitialContext(Hashtable<?, ?> environment) throws NamingException {
      return new InitialContext(true) {
        @Override
        public Object lookup(String name) throws NamingException {
          LOOKUPS.computeIfAbsent(name, n -> new AtomicInteger()).incrementAndGet();
          if (FOUND.get()) {
            return SCHEDULER;
          }
          throw new NameNotFoundException(name);
        }
      };
    }
  }

  @Path("/")
  public static class Resource {
    @GET
    @Path("now")
    public String now() {
      return "x";
    }

    @GET
    @Path("stage")
    public CompletionStage<String> stage() {
      return CompletableFuture.completedFuture("x");
    }
  }

  public static class App extends Application {
    @Override
    public Set<Class<?>> getClasses() {
      return Set.of(Resource.class);
    }
  }

  public static void main(String[] args) throws Exception {
    FOUND.set(args[0].equals("found"));
    System.setProperty(Context.INITIAL_CONTEXT_FACTORY, Names.class.getName());
    UndertowJaxrsServer server = new UndertowJaxrsServer().setHostname("127.0.0.1").setPort(19082).start();
    server.deploy(App.class, "/");
    HttpClient client = HttpClient.newHttpClient();
    for (String path : List.of("now", "stage")) {
      LOOKUPS.clear();
      for (int i = 0; i < 10; i++) {
        client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:19082/" + path)).build(), HttpResponse.BodyHandlers.ofString());
      }
      System.out.println(args[0] + ", " + path + ": " + LOOKUPS);
    }
    System.exit(0);
  }
}
JAVA
javac -cp "$dir/lib/*" -d "$dir/out" "$dir/Stage.java"
for name in missing found; do
  java -cp "$dir/lib/*:$dir/out" Stage $name 2>/dev/null
done | tee "$dir/told"
diff - "$dir/told" <<'OUT'
missing, now: {}
missing, stage: {java:comp/DefaultManagedScheduledExecutorService=1}
found, now: {}
found, stage: {java:comp/DefaultManagedScheduledExecutorService=10}
OUT
