import type { Passage } from '../events/testbed.ts';
import { acceptedBindings, type Handoff, latest } from './handoff.ts';

/** Instants of a handoff, all at the router: `…In` when a packet comes, `…Out` when it leaves behind the router's delay. */
type HandoffEvent =
  | 'donorLastDataIn'
  | 'prepareOut'
  | 'initFirstIn'
  | 'initLastOut'
  | 'testInitFirstIn'
  | 'testsOut'
  | 'bindingUpdateIn'
  | 'acknowledgementOut'
  | 'acceptorFirstDataIn'
  | 'donorLastOut'
  | 'acceptorFirstDataOut';

export type HandoffTimes = Readonly<Record<HandoffEvent, Passage | undefined>>;

/** One phase: from the latest of `from` to `to`. */
interface Phase {
  /** the paper's operation name (Table 1) */
  readonly title: string;
  readonly from: readonly HandoffEvent[];
  readonly to: HandoffEvent;
  /** the phase is part of return routability: where that begins before Init is there, the phase begins with this event instead */
  readonly fromInAdvance?: readonly HandoffEvent[];
}

/** The seven phases of a handoff (paper §6.2, Table 1); each begins where the one before it ends, unless return routability ran in advance. */
export const phases = {
  'phase-1': { title: 'Socket Extraction', from: ['donorLastDataIn'], to: 'initFirstIn' },
  'phase-2': { title: 'State Transfer', from: ['initFirstIn'], to: 'initLastOut' },
  'phase-3': {
    title: 'Socket Re-creation',
    from: ['initLastOut'],
    to: 'testInitFirstIn',
    fromInAdvance: ['prepareOut'],
  },
  'phase-4': {
    title: 'RR Procedure',
    from: ['testInitFirstIn'],
    to: 'testsOut',
    fromInAdvance: ['testInitFirstIn'],
  },
  'phase-5': { title: 'BU Construction', from: ['testsOut', 'initLastOut'], to: 'bindingUpdateIn' },
  'phase-6': { title: 'BM Procedure', from: ['bindingUpdateIn'], to: 'acknowledgementOut' },
  'phase-7': { title: 'Socket Activation', from: ['acknowledgementOut'], to: 'acceptorFirstDataIn' },
} as const satisfies Readonly<Record<string, Phase>>;

/** When each event of a handoff took place. */
export function handoffTimes(handoff: Handoff): HandoffTimes {
  const { init, prepare, fromDonor, fromAcceptor } = handoff;
  const [binding] = acceptedBindings(handoff);
  const updateIn = binding?.update.arrived;
  // A repeated test init may be answered once more after the Binding Update; that answer is no part of the handoff.
  const testBeforeUpdate = ({ left }: { left?: Passage }): boolean =>
    left !== undefined && (updateIn === undefined || left.timeNs <= updateIn.timeNs);
  const homeTest = handoff.homeTests.findLast(testBeforeUpdate)?.left;
  const careOfTest = handoff.careOfTests.findLast(testBeforeUpdate)?.left;
  return {
    donorLastDataIn: latest(fromDonor.map((sender) => sender.lastDataIn)),
    prepareOut: prepare?.leaving.last,
    initFirstIn: init.arriving.first,
    initLastOut: init.leaving.last,
    testInitFirstIn: handoff.testInits[0]?.arrived,
    testsOut: homeTest && careOfTest && latest([homeTest, careOfTest]),
    bindingUpdateIn: updateIn,
    acknowledgementOut: binding?.acknowledgement.left,
    acceptorFirstDataIn: fromAcceptor.firstDataIn,
    donorLastOut: latest(fromDonor.map((sender) => sender.lastOut)),
    acceptorFirstDataOut: fromAcceptor.firstDataOut,
  };
}

/** Whether the acceptor began return routability before Init had reached it (paper §6.4). */
export function ranInAdvance({ testInitFirstIn, initLastOut }: HandoffTimes): boolean {
  return (
    testInitFirstIn !== undefined && initLastOut !== undefined && testInitFirstIn.timeNs < initLastOut.timeNs
  );
}

/** A phase's length and, where the handoff did not wait for all of it, a remark that says so. */
interface PhaseLength {
  readonly ms: number;
  readonly remark: string;
}

/** Undefined when one of the phase's events did not happen. */
export function phaseLength(phase: Phase, times: HandoffTimes): PhaseLength | undefined {
  const inAdvance = phase.fromInAdvance !== undefined && ranInAdvance(times);
  const from = (inAdvance ? phase.fromInAdvance : phase.from).map((event) => times[event]);
  const start = from.includes(undefined) ? undefined : latest(from);
  const end = times[phase.to];
  if (start === undefined || end === undefined) return undefined;
  return { ms: millisecondsBetween(start, end), remark: inAdvance ? overlapRemark(end, times) : '' };
}

export function millisecondsBetween(start: Passage, end: Passage): number {
  return (end.timeNs - start.timeNs) / 1e6;
}

function overlapRemark(end: Passage, { initLastOut }: HandoffTimes): string {
  const lateMs = initLastOut === undefined ? 0 : millisecondsBetween(initLastOut, end);
  if (lateMs <= 0) return 'not on the critical path: ran in advance of Init';
  return `partly on the critical path: began in advance of Init, ended ${lateMs} ms after it`;
}
