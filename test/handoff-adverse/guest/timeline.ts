import { execFileSync } from 'node:child_process';
import * as z from 'zod/mini';
import { startNode } from '../../../nodes/support/node-process.ts';

/** Runs commands at instants of the lab's monotonic clock, counted as the clients count theirs. */
const node = startNode(
  'timeline',
  'runs commands at given instants',
  z.object({
    periodMs: z.number(),
    steps: z.array(z.object({ atMs: z.number(), name: z.string(), command: z.array(z.string()) })),
  }),
);

function monotonic(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

const { periodMs, steps } = node.config;
const begin = (Math.floor(monotonic() / periodMs) + 1) * periodMs;
const last = Math.max(0, ...steps.map(({ atMs }) => atMs));
for (const { atMs, name, command } of steps) {
  setTimeout(
    () => {
      execFileSync(command[0]!, command.slice(1));
      node.log.write(name);
    },
    begin + atMs - monotonic(),
  );
}
node.ready();
setTimeout(() => node.end(0), begin + last + 1 - monotonic());
