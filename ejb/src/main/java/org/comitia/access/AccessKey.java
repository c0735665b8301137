package org.comitia.access;

/**
 * Names an object of access control; in the form that {@link #of} makes, a key of {@link
 * AccessTable#rows()}.
 */
public record AccessKey(AccessObject.Kind kind, String id) implements Comparable<AccessKey> {
  /** The id without regard to case. */
  public static AccessKey of(AccessObject.Kind kind, String id) {
    return new AccessKey(kind, AccessTable.fold(id));
  }

  @Override
  public int compareTo(AccessKey o) {
    int byKind = kind.compareTo(o.kind);
    return byKind != 0 ? byKind : id.compareTo(o.id);
  }
}
