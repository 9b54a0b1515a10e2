package dev.spoor.system.bench;

/** A host of the ledger's rules, to be measured. */
interface LedgerHost {
  /** Returns when every partition is served. */
  void start();

  void stop();
}
