import type { Parameters, Plot } from '../experiment.ts';
import { shortest } from '../fig10-claims.ts';
import { drainedFormula, testbed } from '../fig12-claims.ts';

/** All but the named one at their defaults. */
const others = (name: string) =>
  Object.fromEntries(
    Object.entries({ windowBytes: 40_960, bucketFrames: 2, sendBufferBytes: 85_248, quickAck: 1 }).filter(
      ([other]) => other !== name,
    ),
  );
const frames = ({ bucketFrames }: Parameters) =>
  `bucket of ${bucketFrames} frame${bucketFrames === 1 ? '' : 's'}`;

export const sensitivityPlots: readonly Plot[] = [
  {
    id: 'sensitivity',
    title: 'What the paper says, under other values of what it does not say',
    kind: 'agreement',
    agreement: 'sensitivity-choice',
    measure: 'handoff-gap',
    x: { parameter: 'windowBytes', title: 'what differs from the defaults' },
    y: { title: 'claim, and what it expects' },
    series: 'variant',
  },
  {
    id: 'sensitivity-window',
    title: 'Gap over server–server latency by the client’s window (L_CS = 40 ms, 2 Mbit/s)',
    measure: 'handoff-gap',
    x: { parameter: 'ssMs', title: 'one-way latency member – member, L_SS (ms)' },
    y: { title: 'handoff gap at the client (ms)' },
    series: 'windowBytes',
    seriesLabel: ({ windowBytes }) => `window of ${windowBytes} octets`,
    where: { ...testbed, ...others('windowBytes'), csMs: 40, variant: 'drain+advance-rr' },
  },
  {
    id: 'sensitivity-bucket',
    title: 'Gap over the waiting time by the shaper’s bucket (L_CS = 40 ms, L_SS = 20 ms)',
    measure: 'handoff-gap',
    x: { parameter: 'waitMs', title: 'waiting time after the last send() (ms)' },
    y: { title: 'handoff gap (ms)' },
    series: 'bucketFrames',
    seriesLabel: frames,
    facet: { parameter: 'rateKbit', title: 'upstream rate (kbit/s)' },
    inset: { within: 100, title: 'around the minimum' },
    where: { ...others('bucketFrames'), csMs: 40, ssMs: 20, variant: 'baseline' },
    reference: [1, 2, 3].map((bucketFrames) => ({
      series: frames({ bucketFrames }),
      label: `least gap, ${drainedFormula}`,
      expected: shortest,
    })),
  },
];
