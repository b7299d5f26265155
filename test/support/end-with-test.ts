import type { ChildProcess } from 'node:child_process';

/**
 * No child outlives the test that started it: it is killed when the test's process goes, however the test ends. A test that waits in vain
 * is ended by its own limit, and its child with it.
 */
export function endWithTest<Child extends ChildProcess>(child: Child): Child {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  return child;
}
