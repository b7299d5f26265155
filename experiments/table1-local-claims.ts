import type { Claim } from './claim.ts';
import { localClocks } from './experiment.ts';
import {
  fullSocket,
  localOnly,
  table as oneColumn,
  paperCallMs,
  paperRates,
  source,
  table1,
  totals,
} from './table1-paper.ts';

const table = { ...oneColumn, rateKbit: paperRates, variant: 'baseline', clock: localClocks };
const unshaped = { ...table, rateKbit: 100_000 };
const dsl = { ...table, rateKbit: { max: 2000 } };
const paperText = 'paper §6.2, the text after Table 1';
const local = { withoutEvidence: localOnly, statistic: 'least', given: fullSocket } as const;

/**
 * ms. The smallest message of a handoff, some 100 octets, takes 0.8 ms at 1 Mbit/s and nothing at 100: a phase that waited for one at the
 * shaper would show it. What computing takes from run to run differs less on a machine at rest.
 */
const smallestMessageMs = 0.75;

const independent = (phase: number, label: string): Claim => ({
  ...local,
  kind: 'constant',
  id: `table1-phase-${phase}-independent`,
  source: paperText,
  statement: `${label} takes the same at any rate`,
  measure: `phase-${phase}`,
  where: table,
  over: 'rateKbit',
  tolerance: smallestMessageMs,
  toleranceReason:
    'the smallest message of a handoff takes 0.8 ms at 1 Mbit/s: a phase that waited for one at the shaper would show it',
  unit: 'ms',
});

const noLonger = (phase: number, label: string, rates: 'any' | 'unshaped'): Claim => {
  const { paper } = table1[phase - 1]!;
  return {
    ...local,
    kind: 'bound',
    id: `table1-phase-${phase}-no-longer`,
    about: 'ours',
    source,
    statement: `${label} takes no longer than the paper’s processors did${rates === 'any' ? '' : ', unshaped'}`,
    measure: `phase-${phase}`,
    where: rates === 'any' ? table : unshaped,
    range: { max: rates === 'any' ? Math.max(...paper) : paper[0]! },
    toleranceReason: 'none: the paper’s figure is the bound',
    unit: 'ms',
  };
};

const share = (phase: number, label: string): Claim => ({
  ...local,
  kind: 'bound',
  id: `table1-phase-${phase}-share`,
  source: `${paperText}; §6.4`,
  statement: `${label} is relatively fast: negligible beside the whole`,
  measure: `phase-${phase}`,
  shareOf: 'handoff-total',
  where: dsl,
  range: { max: 0.01 },
  toleranceReason:
    'the largest share of a local phase in the paper’s own DSL columns, 2.7 of 337.1 ms, is 0.8 %',
  unit: '',
});

const labels: Readonly<Record<number, string>> = {
  1: 'Extracting the socket',
  3: 'Re-creating the socket',
  4: 'Return routability',
  5: 'Constructing the Binding Update',
  6: 'The exchange of Binding Update and Acknowledgement',
  7: 'Activating the socket',
};

const call = {
  ...local,
  source: paperText,
  measure: 'extraction-call',
  where: table,
  unit: 'ms',
} as const;

/** What the paper says of the work of processors: judged where computing takes time. */
export const localClaims: readonly Claim[] = [
  ...[3, 5, 6, 7].map((phase) => independent(phase, labels[phase]!)),
  ...[3, 5, 7].map((phase) => share(phase, labels[phase]!)),
  ...[3, 5, 6, 7].map((phase) => noLonger(phase, labels[phase]!, 'any')),
  ...[1, 4].map((phase) => noLonger(phase, labels[phase]!, 'unshaped')),
  {
    ...local,
    kind: 'bound',
    id: 'table1-total-no-longer',
    about: 'ours',
    source,
    statement: 'The whole handoff takes no longer than on the paper’s machines, unshaped',
    measure: 'handoff-total',
    where: unshaped,
    range: { max: totals[0]! },
    toleranceReason: 'none: the paper’s figure is the bound',
    unit: 'ms',
  },
  {
    withoutEvidence: localOnly,
    given: fullSocket,
    kind: 'order',
    id: 'table1-state-longest',
    source,
    statement: 'State transfer is the longest phase in each DSL column',
    measure: 'phase-2',
    where: dsl,
    stages: [['phase-1', 'phase-3', 'phase-4', 'phase-5', 'phase-6', 'phase-7'], ['phase-2']],
    toleranceReason: 'none: in every repetition',
  },
  {
    ...call,
    kind: 'value',
    id: 'table1-extraction-call',
    statement: 'The call that extracts the socket takes 0.8 ms',
    expected: () => paperCallMs,
    formula: `${paperCallMs} ms`,
    tolerance: 0.1,
    toleranceReason: 'what the columns of a local phase differ by in the paper’s own table',
    refinedBy: ['table1-call-independent', 'table1-call-no-longer'],
  },
  {
    ...call,
    kind: 'constant',
    id: 'table1-call-independent',
    statement: 'It is entirely local: the same at any rate',
    over: 'rateKbit',
    tolerance: smallestMessageMs,
    toleranceReason: 'as for the local phases: the smallest message at 1 Mbit/s',
  },
  {
    ...call,
    kind: 'bound',
    id: 'table1-call-no-longer',
    about: 'ours',
    statement: 'It takes no longer than on the paper’s processors',
    range: { max: paperCallMs },
    toleranceReason: 'none: the paper’s figure is the bound',
  },
];
