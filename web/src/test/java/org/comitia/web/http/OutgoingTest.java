package org.comitia.web.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutgoingTest {
  private final Outgoing outgoing = new Outgoing(100);

  @Test
  void takesWhatFitsAndOneThatDoesNotWhenItIsAlone() {
    byte[] most = new byte[60];
    byte[] rest = new byte[40];
    byte[] one = new byte[1];
    byte[] huge = new byte[1000];
    assertThat(outgoing.enter(most)).isTrue();
    assertThat(outgoing.enter(rest)).isTrue();
    assertThat(outgoing.enter(one)).isFalse();
    outgoing.leave(rest);
    assertThat(outgoing.enter(one)).isTrue();
    assertThat(outgoing.enter(rest)).isFalse();
    outgoing.leave(one);
    outgoing.leave(most);
    assertThat(outgoing.enter(huge)).isTrue();
    assertThat(outgoing.enter(one)).isFalse();
  }

  @Test
  void anAnswerThatManyShareCountsOnce() {
    byte[] shared = new byte[60];
    byte[] equal = new byte[60];
    assertThat(outgoing.enter(shared)).isTrue();
    assertThat(outgoing.enter(shared)).isTrue();
    assertThat(outgoing.enter(equal)).isFalse();
    outgoing.leave(shared);
    assertThat(outgoing.enter(equal)).isFalse();
    outgoing.leave(shared);
    assertThat(outgoing.enter(equal)).isTrue();
  }
}
