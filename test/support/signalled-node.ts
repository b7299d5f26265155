import * as z from 'zod/mini';
import { startNode } from '../../nodes/support/node-process.ts';

/** A node that does nothing but wait for signals; with `rereads` it reads its configuration again. */
const node = startNode('signalled', 'waits', z.object({ rereads: z.boolean(), value: z.int() }));
const waiting = setInterval(() => undefined, 60_000);
node.onStop(() => {
  clearInterval(waiting);
  node.log.write('cleaned-up');
});
if (node.config.rereads) node.onReload(({ value }) => node.log.write('read-again', { value }));
node.ready();
