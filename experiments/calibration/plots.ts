import type { Plot } from '../experiment.ts';
import { delayMeasure, paths } from './paths.ts';

const clocks = ['virtual', 'wall'] as const;
const percent = (measured: number, expected: number) => 100 * (measured / expected - 1);

const delays = (clock: (typeof clocks)[number], unit: string, perMs: number): Plot => ({
  id: `calibration-delay-${clock}`,
  title: 'One-way delay: measured less configured',
  measure: 'delay-client-node1',
  x: { parameter: 'cs1Ms', title: 'the path’s configured latency (ms)' },
  y: { title: `mean delay in the router less the latency (${unit})` },
  series: 'cs1Ms',
  where: { jitterMs: 0 },
  residuals: {
    lines: paths.map((path) => ({
      claims: [`calibration-${delayMeasure(path)}-${clock}`],
      label: `${path.from} → ${path.to}`,
      x: path.own,
    })),
    difference: (measured, expected) => (measured - expected) * perMs,
  },
});

/** What was measured beside what was configured, always as a difference: on a plot of both, an error would not be seen. */
export const plots: readonly Plot[] = [
  delays('virtual', 'µs', 1000),
  delays('wall', 'ms', 1),
  {
    id: 'calibration-rate',
    title: 'Rate of a full shaper: measured against configured',
    measure: 'rate-node1',
    x: { parameter: 'rateKbit', title: 'configured rate (kbit/s)' },
    y: { title: 'difference (%)' },
    series: 'rateKbit',
    residuals: {
      lines: ['node1', 'node2'].map((node) => ({
        claims: clocks.map((clock) => `calibration-rate-${node}-${clock}`),
        label: `from ${node}`,
      })),
      difference: percent,
    },
  },
  {
    id: 'calibration-loss',
    title: 'Loss: measured less configured',
    measure: 'loss-client-node1',
    x: { parameter: 'lossPct', title: 'configured loss (%)' },
    y: { title: 'difference (percentage points)' },
    series: 'lossPct',
    residuals: {
      lines: [
        { claims: ['calibration-loss-client-node1'], label: 'client → node1' },
        { claims: ['calibration-loss-node1-client'], label: 'node1 → client' },
        { claims: ['calibration-loss-other-pairs'], label: 'other pairs' },
      ],
      difference: (measured, expected) => measured - expected,
    },
  },
  {
    id: 'calibration-bulk',
    title: 'Time of a TCP bulk transfer: measured against theory',
    measure: 'bulk-time',
    x: { parameter: 'rateKbit', title: 'rate (kbit/s)' },
    y: { title: 'difference (%)' },
    series: 'cs1Ms',
    seriesLabel: ({ cs1Ms }) => `L_CS1 = ${cs1Ms} ms`,
    residuals: {
      lines: [{ claims: clocks.map((clock) => `calibration-bulk-${clock}`), label: 'node1 → client' }],
      difference: percent,
    },
  },
];
