import { allowedProcessors } from '../../runner/cells/processors.ts';

/**
 * The processor for this process's labs, which are twice as fast when they stay on one: of the test files that run at the
 * same time each has its own, by the number of its place; undefined when no processor is known.
 */
export function labCore(): number | undefined {
  const processors = allowedProcessors();
  const place = Number(process.env.NODE_TEST_WORKER_ID ?? process.pid);
  return processors[place % Math.max(1, processors.length)];
}
