package org.comitia.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.comitia.access.Access;
import org.comitia.access.Resource;
import org.comitia.access.Rule;
import org.comitia.cluster.Forwarded;
import org.comitia.state.Keys;
import org.comitia.wire.proto.RuleFrame;
import org.comitia.wire.proto.TokenAnswerFrame;

/** What a token stands for, and its frame. */
final class TokenFrames {
  private TokenFrames() {}

  static TokenAnswerFrame frame(Forwarded.TokenReply reply) {
    TokenAnswerFrame.Builder frame =
        TokenAnswerFrame.newBuilder()
            .setAccessor(reply.accessor())
            .setDefaultAllow(reply.defaultPolicy() != Access.DENY)
            .setExpirationMillis(reply.expirationMillis());
    for (Rule rule : reply.rules()) {
      frame.addRules(
          RuleFrame.newBuilder()
              .setResource(rule.resource().text())
              .setSegment(Rows.bytes(Keys.toBytes(rule.segment())))
              .setPrefix(rule.prefix())
              .setAccess(rule.access().text()));
    }
    return frame.build();
  }

  /** A rule that this version does not know might deny something: the token is not known then. */
  static Forwarded.TokenReply answer(TokenAnswerFrame frame) throws MalformedFrameException {
    List<Rule> rules = new ArrayList<>();
    for (RuleFrame rule : frame.getRulesList()) {
      try {
        rules.add(
            new Rule(
                Resource.valueOf(rule.getResource().toUpperCase(Locale.ROOT)),
                Rows.key(rule.getSegment()),
                rule.getPrefix(),
                Access.valueOf(rule.getAccess().toUpperCase(Locale.ROOT))));
      } catch (IllegalArgumentException e) {
        throw new MalformedFrameException("a rule that this version does not know");
      }
    }
    return new Forwarded.TokenReply(
        frame.getAccessor(),
        rules,
        frame.getDefaultAllow() ? Access.WRITE : Access.DENY,
        Rows.positive(frame.getExpirationMillis(), "a time"));
  }
}
