package dev.spoor.agent;

/**
 * Runs one step of a job. One instance serves many jobs at the same time, so it keeps nothing of a
 * job in itself: what a job knows is in the context.
 *
 * <p>A step whose worker dies runs again, so an agent's own effects outside of the context must be
 * safe to repeat.
 */
@FunctionalInterface
public interface Agent {
  /**
   * Called on a virtual thread; may block. It is interrupted when the job is stopped, and should
   * then return or throw within a second; what it returns after that is thrown away.
   *
   * @throws AgentException to say what kind of fault it was and whether to try again
   * @throws InterruptedException when the job was stopped
   * @throws Exception anything else counts as {@code internal} and is tried again
   */
  AgentOutcome run(AgentContext context) throws Exception;
}
