package org.comitia.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jgroups.Address;
import org.jgroups.View;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.Test;

class ViewsToMergeTest {
  private static final View OWN = lone(-1);

  private final ViewsToMerge views = new ViewsToMerge();

  @Test
  void theNewestAreKept() {
    for (int i = 0; i <= ViewsToMerge.MAX; i++) {
      views.add(lones(i, 1));
    }
    assertThat(views.take(OWN))
        .hasSize(ViewsToMerge.MAX)
        .containsKey(address(ViewsToMerge.MAX))
        .doesNotContainKey(address(0));
  }

  @Test
  void whoIsToldOfAgainIsNew() {
    for (int i = 0; i < ViewsToMerge.MAX; i++) {
      views.add(lones(i, 1));
    }
    views.add(lones(0, 1));
    views.add(lones(ViewsToMerge.MAX, 1));
    assertThat(views.take(OWN)).containsKey(address(0)).doesNotContainKey(address(1));
  }

  @Test
  void nobodyTellsOfMoreViewsAtOnceThanAnAgentHasMet() {
    views.add(lones(0, ViewsToMerge.MAX_AT_ONCE + 1));
    assertThat(views.take(OWN)).isEmpty();
    views.add(lones(0, ViewsToMerge.MAX_AT_ONCE));
    assertThat(views.take(OWN)).hasSize(ViewsToMerge.MAX_AT_ONCE);
  }

  private static Map<Address, View> lones(int from, int count) {
    Map<Address, View> views = new HashMap<>();
    for (int i = from; i < from + count; i++) {
      views.put(address(i), lone(i));
    }
    return views;
  }

  private static View lone(int i) {
    return new View(address(i), 1, List.of(address(i)));
  }

  private static Address address(int i) {
    return new UUID(7, i);
  }
}
