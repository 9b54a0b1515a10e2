package dev.spoor.shipper.ingest;

/**
 * What became of letters that were handed back.
 *
 * @param replayed stored now; of a dry run, those that would be offered to the store
 * @param already stored before, or not known to have been set aside
 * @param refused not taken by the store this time either; their letters stay as they are
 * @param unreadable no records that can be read, by what is read today
 * @param elsewhere of partitions that another shipper has, or nobody now
 */
public record HandedBack(int replayed, int already, int refused, int unreadable, int elsewhere) {
  public static final HandedBack NOTHING = new HandedBack(0, 0, 0, 0, 0);

  public HandedBack plus(HandedBack other) {
    return new HandedBack(
        replayed + other.replayed,
        already + other.already,
        refused + other.refused,
        unreadable + other.unreadable,
        elsewhere + other.elsewhere);
  }
}
