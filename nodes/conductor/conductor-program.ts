import { startNode } from '../support/node-process.ts';
import { Conductor, type Outcome } from './conductor.ts';
import { conductorConfig } from './conductor-config.ts';

/** A cell's driver that disturbs it: see nodes/conductor/conductor-config.ts for what it can do. */
const node = startNode(
  'conductor',
  'starts daemons and clients in the lab’s namespaces, and ends, cuts off and restarts them by a schedule',
  conductorConfig,
);

/** 1: a repetition failed; 3: the lab did not do its part. */
const statuses: Readonly<Record<Outcome, number>> = { good: 0, failed: 1, broken: 3 };

const unknown = Conductor.unknownIn(node.config);
if (unknown.length > 0) {
  process.stderr.write(`conductor: the schedule names unknown processes: ${unknown.join(', ')}\n`);
  process.exit(2);
}
const conductor = new Conductor(node.config, node.log);
node.onStop(() => conductor.abort());
node.ready();
conductor.conduct().then(
  (outcome) => node.end(statuses[outcome]),
  (error: unknown) => {
    process.stderr.write(`conductor: ${String(error)}\n`);
    node.end(statuses.broken);
  },
);
