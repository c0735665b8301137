package org.comitia.membership;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jgroups.Address;

/** The addresses outside the view that were met last, so many of them. Safe for any thread. */
final class Strangers {
  private final int max;
  private final Map<Address, Boolean> met = new LinkedHashMap<>(16, 0.75f, true);

  Strangers(int max) {
    this.max = max;
  }

  /**
   * Notes one.
   *
   * @return who was silent for longest and has lost its place, and may be a member by now
   */
  synchronized List<Address> note(Address stranger) {
    List<Address> silent = new ArrayList<>();
    met.put(stranger, true);
    for (Iterator<Address> eldest = met.keySet().iterator(); met.size() > max; ) {
      silent.add(eldest.next());
      eldest.remove();
    }
    return silent;
  }
}
