import type { Parameters as CellParameters } from '../../experiments/experiment.ts';
import type {
  atlasTable,
  connectionTable,
  handoffTable,
  instantTable,
} from '../../experiments/handoff-measures.ts';
import type { Verdict } from '../events/client-verdicts.ts';
import type { RepetitionTrace } from '../events/handoff-events.ts';
import { type Measured, plain } from '../measures/measure-family.ts';
import { type Handoff, latest } from './handoff.ts';
import { instants } from './instants.ts';
import {
  type HandoffTimes,
  handoffTimes,
  millisecondsBetween,
  phaseLength,
  phases,
  ranInAdvance,
} from './phases.ts';
import { firstSecond, longestStall, stepOver } from './progress.ts';
import { signallingOctets } from './signalling-octets.ts';

/** What a cell and its client say of a repetition, beside its packets. */
interface Told {
  readonly parameters: CellParameters;
  readonly verdict?: Verdict | undefined;
}

/** What a capture gives; the rest are the processes' own stamps. */
type CapturedMeasure =
  | keyof typeof handoffTable
  | keyof typeof atlasTable
  | keyof typeof instantTable
  | keyof typeof connectionTable;

/** Takes a measure from a repetition whose preconditions hold; undefined where the repetition has no such thing. */
type Extractor = (trace: RepetitionTrace, handoff: Handoff | undefined, told: Told) => Measured | undefined;

/**
 * Every measure that a capture gives; what each is stands in its table (experiments/handoff-measures.ts). Of some there is more to say:
 * - `handoff-gap`: negative where donor and acceptor overlap; of a client that was not handed off: from the first part of the document to the second;
 * - `gap-but-waits`: the same, less two waits: the time between Init's first packet and its last, and, where tests in advance ended
 *   later than Init, the time from Init to their end (they wait behind a state that fills the donor's shaper);
 * - `handoff-total`: the sum of the phases, where none ran in advance;
 * - `after-empty`: where the client's last acknowledgement emptied the socket, how long the donor waited in vain, and its local work;
 * - `at-…`: instants of the handoff's messages since the client's SYN (`instants.ts`).
 */
export const extractors: Readonly<Record<CapturedMeasure, Extractor>> = {
  'handoff-gap': gap,
  'gap-but-waits': gapButWaits,
  'longest-stall': ({ connection }, _handoff, { parameters }) => longestStall(connection, parameters),
  'first-second': ({ connection }, handoff, { parameters }) => firstSecond(connection, handoff, parameters),
  'sent-again': ({ connection }) => plain(connection.octetsSentAgain),
  'signalling-before': (trace, handoff) => handoff && plain(signallingOctets(trace, handoff).before),
  'signalling-after': (trace, handoff) => handoff && plain(signallingOctets(trace, handoff).after),
  'client-drops': clientDrops,
  'phase-1': ofPhase('phase-1'),
  'phase-2': ofPhase('phase-2'),
  'phase-3': ofPhase('phase-3'),
  'phase-4': ofPhase('phase-4'),
  'phase-5': ofPhase('phase-5'),
  'phase-6': ofPhase('phase-6'),
  'phase-7': ofPhase('phase-7'),
  'handoff-total': ofTimes((times) => between(times, 'donorLastDataIn', 'acceptorFirstDataIn')),
  'handoff-rest': ofTimes(allButState),
  'after-empty': afterEmpty,
  'state-bytes': (_trace, handoff) => handoff && plain(handoff.init.octets),
  'session-time': sessionTime,
  retransmissions: ({ connection }) => plain(connection.retransmissions),
  'at-prepare': sinceSyn('at-prepare'),
  'at-last-data': sinceSyn('at-last-data'),
  'at-last-ack': sinceSyn('at-last-ack'),
  'at-init': sinceSyn('at-init'),
  'at-home-test-init': sinceSyn('at-home-test-init'),
  'at-care-of-test-init': sinceSyn('at-care-of-test-init'),
  'at-home-test': sinceSyn('at-home-test'),
  'at-care-of-test': sinceSyn('at-care-of-test'),
  'at-binding-update': sinceSyn('at-binding-update'),
  'at-binding-acknowledgement': sinceSyn('at-binding-acknowledgement'),
  'at-first-data': sinceSyn('at-first-data'),
};

function ofTimes(measure: (times: HandoffTimes) => Measured | undefined): Extractor {
  return (_trace, handoff) => handoff && measure(handoffTimes(handoff));
}

function gap({ connection }: RepetitionTrace, handoff: Handoff | undefined, { parameters }: Told) {
  if (handoff === undefined) return stepOver(connection, parameters);
  return between(handoffTimes(handoff), 'donorLastOut', 'acceptorFirstDataOut');
}

function gapButWaits(...[trace, handoff, told]: Parameters<Extractor>): Measured | undefined {
  const whole = gap(trace, handoff, told);
  const { first, last } = handoff?.init.arriving ?? {};
  if (handoff === undefined || whole === undefined || first === undefined || last === undefined) return whole;
  return plain(whole.value - millisecondsBetween(first, last) - testsLateMs(handoffTimes(handoff)));
}

/** By how much tests that began in advance ended later than Init. */
function testsLateMs(times: HandoffTimes): number {
  const { initLastOut, testsOut } = times;
  if (initLastOut === undefined || testsOut === undefined || !ranInAdvance(times)) return 0;
  return Math.max(0, millisecondsBetween(initLastOut, testsOut));
}

/** Undefined where the client did not look: another program than ours. */
function clientDrops(...[, , { verdict }]: Parameters<Extractor>): Measured | undefined {
  if (verdict?.dropped === undefined) return undefined;
  const counts = verdict.dropped.match(/\d+/g) ?? [];
  const packets = counts.reduce((sum, count) => sum + Number(count), 0);
  return { value: packets, remark: verdict.dropped };
}

function allButState(times: HandoffTimes): Measured | undefined {
  const [whole, state] = [
    between(times, 'donorLastDataIn', 'acceptorFirstDataIn'),
    between(times, 'initFirstIn', 'initLastOut'),
  ];
  return whole && state && plain(whole.value - state.value);
}

function between(
  times: HandoffTimes,
  from: keyof HandoffTimes,
  to: keyof HandoffTimes,
): Measured | undefined {
  const start = times[from];
  const end = times[to];
  return start && end && plain(millisecondsBetween(start, end));
}

function afterEmpty(
  { lastFromClientBeforeInit }: RepetitionTrace,
  handoff: Handoff | undefined,
): Measured | undefined {
  const start = lastFromClientBeforeInit?.out;
  const end = handoff?.init.arriving.first;
  return start && end && plain(millisecondsBetween(start, end));
}

function ofPhase(measure: keyof typeof phases): Extractor {
  return ofTimes((times) => {
    const length = phaseLength(phases[measure], times);
    return length && { value: length.ms, remark: length.remark };
  });
}

function sinceSyn(measure: keyof typeof instants): Extractor {
  return (trace, handoff) => {
    const at = handoff && instants[measure](handoff, trace);
    return at && plain(millisecondsBetween(trace.connection.syn, at));
  };
}

function sessionTime({ connection }: RepetitionTrace): Measured | undefined {
  const end = latest([connection.finFromClient, connection.finFromServer]);
  return end && plain(millisecondsBetween(connection.syn, end));
}
