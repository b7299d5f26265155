import { drained } from './drained.ts';
import { migrate } from './migrate.ts';
import { mobility } from './mobility.ts';
import { removeNodes } from './network.ts';
import { exitWhileWaiting, poller } from './poller.ts';
import { silence } from './silence.ts';

const SCENARIOS: Readonly<Record<string, () => Promise<unknown>>> = {
  poller,
  'exit-while-waiting': exitWhileWaiting,
  'full-queue': () => migrate({ drain: false }),
  'empty-queue': () => migrate({ drain: true }),
  'full-queue-optimised': () => migrate({ drain: false, optimised: true }),
  'empty-queue-optimised': () => migrate({ drain: true, optimised: true }),
  'timestamp-behind': () => migrate({ drain: false, timestampBehind: 100_000 }),
  'cut-off': () => migrate({ drain: false, cutOffMs: 20_000 }),
  silence: () => silence('freeze'),
  'repair-mode-alone': () => silence('repair-mode-alone'),
  drained: () => drained(false),
  'drained-optimised': () => drained(true),
  mobility,
};

/** Runs the scenario named on the command line; prints its report as one line of JSON. */
async function main(): Promise<void> {
  try {
    console.log(JSON.stringify(await SCENARIOS[process.argv[2] ?? '']!()));
  } finally {
    removeNodes();
  }
}

void main();
