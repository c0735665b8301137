package org.comitia.guard;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.comitia.access.Access;
import org.comitia.access.Authorizer;
import org.comitia.access.Resource;

/** Rights by exact names, as simple as can be. */
final class SomeRights implements Authorizer {
  private final Map<Resource, Map<String, Access>> rights = new EnumMap<>(Resource.class);
  private final Access others;

  SomeRights(Access others) {
    this.others = others;
  }

  /** Any right for each of these names. */
  static SomeRights random(Random random, List<String> names) {
    SomeRights some = new SomeRights(random.nextBoolean() ? Access.DENY : Access.WRITE);
    for (Resource resource : Resource.values()) {
      if (resource.segmented()) {
        names.forEach(name -> some.with(resource, name, any(random)));
      } else {
        some.with(resource, "", any(random));
      }
    }
    return some;
  }

  private static Access any(Random random) {
    return random.nextInt(3) == 0 ? Access.values()[random.nextInt(4)] : Access.WRITE;
  }

  SomeRights with(Resource resource, String segment, Access access) {
    rights.computeIfAbsent(resource, any -> new HashMap<>()).put(segment, access);
    return this;
  }

  private Map<String, Access> of(Resource resource) {
    return rights.getOrDefault(resource, Map.of());
  }

  @Override
  public boolean allows(Resource resource, String segment, Access access) {
    return of(resource).getOrDefault(resource.segmented() ? segment : "", others).includes(access);
  }

  @Override
  public boolean allowsPrefix(Resource resource, String prefix, Access access) {
    return others.includes(access)
        && of(resource).entrySet().stream()
            .filter(right -> right.getKey().startsWith(prefix))
            .allMatch(right -> right.getValue().includes(access));
  }

  @Override
  public boolean allowsAny(Resource resource, Access access) {
    return others.includes(access)
        || of(resource).values().stream().anyMatch(right -> right.includes(access));
  }

  @Override
  public boolean allowsAll(Resource resource, Access access) {
    return allowsPrefix(resource, "", access);
  }

  @Override
  public String accessor() {
    return "aaaaaaaa-0000-0000-0000-00000000000a";
  }

  @Override
  public String toString() {
    return rights + " others " + others;
  }
}
