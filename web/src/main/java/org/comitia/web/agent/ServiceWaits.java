package org.comitia.web.agent;

import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.CompletionStage;
import org.comitia.access.Authorizer;
import org.comitia.agent.local.LocalServices;
import org.comitia.state.Service;
import org.comitia.web.http.Answers;
import org.comitia.web.http.Call;
import org.comitia.web.http.HashBlocking;
import org.comitia.web.http.Json;
import org.comitia.web.http.Outcomes;
import org.comitia.web.http.Refusal;
import org.comitia.web.http.Reply;

/** One of this agent's services, at once or when it changes. Safe for any thread. */
@ApplicationScoped
public class ServiceWaits {
  @Inject LocalServices local;
  @Inject Answers answers;
  private HashBlocking waits;

  @PostConstruct
  void start() {
    waits = answers.hashBlocking(local::changed);
  }

  /**
   * @throws Refusal 400 for a bad {@code wait}, 503 while this node does not run
   */
  CompletionStage<Reply> answer(Call call) {
    String datacenter = answers.ourDatacenter();
    return waits.answer(call, () -> content(call, datacenter));
  }

  /** What may be seen by now: the token may be gone by then. */
  private HashBlocking.Content content(Call call, String datacenter) {
    try {
      return content(call, datacenter, answers.authorizer(call));
    } catch (Refusal refusal) {
      return refused(call, refusal);
    }
  }

  private static HashBlocking.Content refused(Call call, Refusal refusal) {
    return new HashBlocking.Content() {
      @Override
      public byte[] hashed() {
        return null;
      }

      @Override
      public Reply reply(String hash) {
        return Outcomes.refused(call, refusal);
      }
    };
  }

  private HashBlocking.Content content(Call call, String datacenter, Authorizer authorizer) {
    Service service =
        local.view().services().values().stream()
            .filter(known -> known.id().equals(call.name()))
            .findFirst()
            .orElse(null);
    if (service != null) {
      LocalReads.require(authorizer, service.name());
    }
    return new HashBlocking.Content() {
      @Override
      public byte[] hashed() {
        return service == null
            ? null
            : Json.bytes(false, out -> LocalJson.service(out, service, datacenter, null));
      }

      @Override
      public Reply reply(String hash) {
        return service == null
            ? Outcomes.refused(call, new Refusal(404, "unknown service ID: " + call.name()))
            : Reply.json(call, out -> LocalJson.service(out, service, datacenter, hash));
      }
    };
  }
}
