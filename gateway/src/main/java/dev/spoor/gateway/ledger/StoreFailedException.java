package dev.spoor.gateway.ledger;

/**
 * The ledger's local copy cannot be read or written. It says nothing about the input that was being
 * applied: that is applied again, from a copy that works.
 */
public final class StoreFailedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what cannot be done
   * @param cause what the store said
   */
  public StoreFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
