package org.comitia.membership;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jgroups.Address;
import org.jgroups.stack.MembershipChangePolicy;

/**
 * Every view is in the order of the channel addresses, so that whoever coordinates is who should:
 * servers before clients, who was there first before who came (see {@link Ids#channelAddress}).
 * JGroups' own policy puts only the first place of a merged view in order; when that member left,
 * whoever happened to be second coordinated.
 */
final class AddressOrder implements MembershipChangePolicy {
  @Override
  public List<Address> getNewMembership(
      Collection<Address> current,
      Collection<Address> joiners,
      Collection<Address> leavers,
      Collection<Address> suspects) {
    TreeSet<Address> members = new TreeSet<>(current);
    members.removeAll(List.copyOf(leavers));
    members.removeAll(List.copyOf(suspects));
    members.addAll(joiners);
    return new ArrayList<>(members);
  }

  @Override
  public List<Address> getNewMembership(Collection<Collection<Address>> groups) {
    TreeSet<Address> members = new TreeSet<>();
    groups.forEach(members::addAll);
    return new ArrayList<>(members);
  }
}
