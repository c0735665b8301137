package org.comitia.cli.watch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.HttpsURLConnection;
import org.comitia.cli.client.AgentException;
import org.comitia.cli.client.ClientTls;
import org.comitia.config.Setting;

/** What an agent does when something that it watches has changed. Blocks until it is done. */
sealed interface WatchHandler {
  /** Of what a handler says, so much is logged. */
  int MAX_OUTPUT = 4096;

  /**
   * Hands on what was seen, as JSON.
   *
   * @return what it said, at most {@link #MAX_OUTPUT} bytes
   * @throws IOException when it failed; the message says how
   */
  String handle(WatchQuery.Seen seen) throws IOException, InterruptedException;

  private static byte[] json(WatchQuery.Seen seen) {
    return (seen.value() + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static String start(InputStream out) throws IOException {
    byte[] kept = out.readNBytes(MAX_OUTPUT);
    out.transferTo(OutputStream.nullOutputStream());
    return new String(kept, StandardCharsets.UTF_8).strip();
  }

  /**
   * A command, with the JSON on its standard input and {@code CONSUL_INDEX} in its environment.
   *
   * @param words run as they are, by no shell
   */
  record Script(List<String> words) implements WatchHandler {
    @Override
    public String handle(WatchQuery.Seen seen) throws IOException, InterruptedException {
      ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
      builder.environment().put("CONSUL_INDEX", Long.toUnsignedString(seen.index()));
      builder.environment().remove("NOTIFY_SOCKET"); // that one is for the agent
      Setting.removeSecrets(builder.environment());
      Process process = builder.start();
      try (OutputStream in = process.getOutputStream()) {
        in.write(json(seen));
      } catch (IOException e) {
        // it did not want to read everything
      }
      String said = start(process.getInputStream());
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException("exit status " + code + (said.isEmpty() ? "" : ": " + said));
      }
      return said;
    }
  }

  /**
   * A request with the JSON as its body.
   *
   * @param anybody whether any certificate will do
   */
  record Http(
      String url,
      String method,
      Map<String, List<String>> header,
      Duration timeout,
      boolean anybody)
      implements WatchHandler {
    @Override
    public String handle(WatchQuery.Seen seen) throws IOException {
      HttpURLConnection connection;
      try {
        connection = (HttpURLConnection) new URI(url).toURL().openConnection();
        if (anybody && connection instanceof HttpsURLConnection secure) {
          ClientTls.ofAnybody().applyTo(secure);
        }
      } catch (URISyntaxException
          | IllegalArgumentException
          | ClassCastException
          | AgentException e) {
        throw new IOException("cannot ask " + url + ": " + e.getMessage(), e);
      }
      try {
        connection.setRequestMethod(method);
        connection.setConnectTimeout((int) timeout.toMillis());
        connection.setReadTimeout((int) timeout.toMillis());
        connection.setInstanceFollowRedirects(false);
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setRequestProperty("X-Consul-Index", Long.toUnsignedString(seen.index()));
        header.forEach(
            (name, values) -> values.forEach(one -> connection.addRequestProperty(name, one)));
        byte[] body = json(seen);
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        try (OutputStream out = connection.getOutputStream()) {
          out.write(body);
        }
        int status = connection.getResponseCode();
        InputStream answer =
            status >= 400 ? connection.getErrorStream() : connection.getInputStream();
        String said = answer == null ? "" : start(answer);
        if (status < 200 || status >= 300) {
          throw new IOException("non-2xx response: " + status + " " + said);
        }
        return said;
      } finally {
        connection.disconnect();
      }
    }
  }
}
