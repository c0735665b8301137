package org.comitia.access;

/** Allows everything: where nobody keeps access, and for what a node does by itself. */
public final class Unrestricted implements Authorizer {
  /** The only one. */
  public static final Authorizer INSTANCE = new Unrestricted();

  private Unrestricted() {}

  @Override
  public boolean allows(Resource resource, String segment, Access access) {
    return true;
  }

  @Override
  public boolean allowsPrefix(Resource resource, String prefix, Access access) {
    return true;
  }

  @Override
  public boolean allowsAny(Resource resource, Access access) {
    return true;
  }

  @Override
  public boolean allowsAll(Resource resource, Access access) {
    return true;
  }

  @Override
  public String accessor() {
    return "";
  }
}
