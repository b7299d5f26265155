import type { processTable } from '../../experiments/handoff-measures.ts';
import type { ProcessStamp, StampedEvent } from '../events/process-stamps.ts';
import type { Handoff } from './handoff.ts';
import { handoffTimes, phaseLength, phases } from './phases.ts';

/** A phase as the members' processes stamp it: from the latest of `from`, logged by donor or acceptor, to `to`. */
interface ProcessPhase {
  readonly from: readonly StampedEvent[];
  readonly to: StampedEvent;
  /** where return routability began before Init was there (see `Phase.fromInAdvance`) */
  readonly fromInAdvance?: readonly StampedEvent[];
}

/** 1 and 2 are the donor's view: what it hands to its channel may wait at the shaper. */
const processPhases = {
  'process-phase-1': { from: ['handoff-requested'], to: 'init-sent' },
  'process-phase-2': { from: ['init-sent'], to: 'init-received' },
  'process-phase-3': {
    from: ['init-received'],
    to: 'return-routability-started',
    fromInAdvance: ['prepare-received'],
  },
  'process-phase-4': { from: ['return-routability-started'], to: 'return-routability-complete' },
  'process-phase-5': { from: ['return-routability-complete', 'init-received'], to: 'binding-update-sent' },
  'process-phase-6': { from: ['binding-update-sent'], to: 'binding-acknowledged' },
  'process-phase-7': { from: ['binding-acknowledged'], to: 'socket-activated' },
} as const satisfies Readonly<Record<string, ProcessPhase>>;

/** Phases of which both views begin and end at the acceptor. */
const comparable = [
  ['phase-3', 'process-phase-3'],
  ['phase-4', 'process-phase-4'],
  ['phase-5', 'process-phase-5'],
  ['phase-6', 'process-phase-6'],
  ['phase-7', 'process-phase-7'],
] as const;

type Stamped = (stamps: HandoffStamps, handoff: Handoff) => number | undefined;

/** Every measure that the processes' own stamps give, in ms; undefined where a stamp that it needs is missing. */
export const processExtractors: Readonly<Record<keyof typeof processTable, Stamped>> = {
  'extraction-call': (stamps) => stamps.get('socket-extracted')?.ms,
  'process-phase-1': ofPhase('process-phase-1'),
  'process-phase-2': ofPhase('process-phase-2'),
  'process-phase-3': ofPhase('process-phase-3'),
  'process-phase-4': ofPhase('process-phase-4'),
  'process-phase-5': ofPhase('process-phase-5'),
  'process-phase-6': ofPhase('process-phase-6'),
  'process-phase-7': ofPhase('process-phase-7'),
  'phase-disagreement': phaseDisagreementMs,
};

function ofPhase(measure: keyof typeof processPhases): Stamped {
  return (stamps) => processPhaseMs(stamps, processPhases[measure]);
}

/** The stamps of a repetition's one handoff, by event. */
type HandoffStamps = ReadonlyMap<StampedEvent, ProcessStamp>;

/**
 * The stamps of the one handoff in a repetition; undefined when none or several were asked for. The acceptor is the member
 * that received Init: what others log of the same client (the donor's own binding) is left out.
 */
export function stampsOfHandoff(stamps: readonly ProcessStamp[]): HandoffStamps | undefined {
  const requests = stamps.filter(({ event }) => event === 'handoff-requested');
  const receipts = stamps.filter(({ event }) => event === 'init-received');
  const [request] = requests;
  const [receipt] = receipts;
  if (request === undefined || receipt === undefined || requests.length + receipts.length > 2)
    return undefined;
  const found = new Map<StampedEvent, ProcessStamp>();
  for (const stamp of stamps) {
    const { node, event, t } = stamp;
    const teller = donorEvents.has(event) ? request.node : receipt.node;
    if (node === teller && t >= request.t && !found.has(event)) found.set(event, stamp);
  }
  return found;
}

const donorEvents: ReadonlySet<StampedEvent> = new Set([
  'handoff-requested',
  'prepare-sent',
  'socket-extracted',
  'init-sent',
]);

/** How long it took as the processes stamp it, ms; undefined where a stamp is missing. */
function processPhaseMs(stamps: HandoffStamps, phase: ProcessPhase): number | undefined {
  const { fromInAdvance } = phase;
  const from = fromInAdvance !== undefined && beganInAdvance(stamps) ? fromInAdvance : phase.from;
  const begins = from.map((event) => stamps.get(event)?.t).filter((t) => t !== undefined);
  const end = stamps.get(phase.to)?.t;
  if (begins.length < from.length || end === undefined) return undefined;
  const begin = begins.reduce((a, b) => (b > a ? b : a));
  return Number(end - begin) / 1e6;
}

/** The largest difference, in ms, between capture and processes over the phases that both see from the acceptor (3 … 7). */
function phaseDisagreementMs(stamps: HandoffStamps, handoff: Handoff): number | undefined {
  const times = handoffTimes(handoff);
  let worst = 0;
  for (const [seen, told] of comparable) {
    const captured = phaseLength(phases[seen], times)?.ms;
    const stamped = processPhaseMs(stamps, processPhases[told]);
    if (captured === undefined || stamped === undefined) return undefined;
    worst = Math.max(worst, Math.abs(captured - stamped));
  }
  return worst;
}

function beganInAdvance(stamps: HandoffStamps): boolean {
  const started = stamps.get('return-routability-started')?.t;
  const received = stamps.get('init-received')?.t;
  return started !== undefined && received !== undefined && started < received;
}
