package dev.spoor.store.query;

/** A query that cannot be read; the message says where and what was expected. */
public final class QuerySyntaxException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int position;

  /**
   * @param position of the character that is wrong, counted from 1
   */
  QuerySyntaxException(int position, String problem) {
    super("character " + position + ": " + problem);
    this.position = position;
  }

  /** Of the character that is wrong, counted from 1. */
  public int position() {
    return position;
  }
}
