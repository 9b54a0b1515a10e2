package dev.spoor.store.elastic;

import dev.spoor.store.PartitionId;

/**
 * The document that decides what counts of a partition.
 *
 * @param commit number of the last commit
 * @param taken what that was when the partition was taken over last
 * @param version of the document
 */
record Offset(PartitionId partition, long nextOffset, long commit, long taken, long version) {
  /** Numbers of commits begin with an epoch, above this bit. */
  static final int EPOCH_SHIFT = 32;

  /** Whether there was a commit with this number. */
  boolean covers(long number) {
    // Of this epoch, or of before it. In between lies what an owner who had lost the partition
    // wrote without knowing it.
    return number <= taken
        || (number <= commit && number >>> EPOCH_SHIFT == commit >>> EPOCH_SHIFT);
  }
}
