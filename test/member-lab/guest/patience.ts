import * as z from 'zod/mini';
import { startNode } from '../../../nodes/support/node-process.ts';

/** Ends after some time, which in the lab costs nothing. */
const node = startNode('patience', 'waits', z.object({ ms: z.int() }));
node.ready();
setTimeout(() => node.end(0), node.config.ms);
