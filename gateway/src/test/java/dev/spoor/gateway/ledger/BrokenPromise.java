package dev.spoor.gateway.ledger;

/** A simulated history that breaks a promise of the ledger. */
final class BrokenPromise extends RuntimeException {
  final Promise promise;

  BrokenPromise(Promise promise, String what) {
    super(promise + ": " + what);
    this.promise = promise;
  }

  static void unless(boolean kept, Promise promise, String what) {
    if (!kept) {
      throw new BrokenPromise(promise, what);
    }
  }
}
