import type { ProcessStamp, StampedEvent } from '../events/process-stamps.ts';
import type { Measured } from '../measures/measure-family.ts';
import type { Handoff } from './handoff.ts';
import { handoffTimes, phaseLength, phases } from './phases.ts';

/** A phase as the members' processes stamp it: from the latest of `from`, logged by donor or acceptor, to `to`. */
interface ProcessPhase {
  readonly from: readonly StampedEvent[];
  readonly to: StampedEvent;
  /** where return routability began before Init was there (see `Phase.fromInAdvance`) */
  readonly fromInAdvance?: readonly StampedEvent[];
}

/** In the order of `phases`; 1 and 2 are the donor's view: what it hands to its channel may wait at the shaper. */
const processPhases: readonly ProcessPhase[] = [
  { from: ['handoff-requested'], to: 'init-sent' },
  { from: ['init-sent'], to: 'init-received' },
  {
    from: ['init-received'],
    to: 'return-routability-started',
    fromInAdvance: ['prepare-received'],
  },
  { from: ['return-routability-started'], to: 'return-routability-complete' },
  { from: ['return-routability-complete', 'init-received'], to: 'binding-update-sent' },
  { from: ['binding-update-sent'], to: 'binding-acknowledged' },
  { from: ['binding-acknowledged'], to: 'socket-activated' },
];
/** Both views of these begin and end at the acceptor. */
const firstComparable = 3;

/**
 * Every measure that the processes' own stamps give, all in ms:
 * - `process-phase-1` … `process-phase-7`: Table 1's phases as donor and acceptor see them;
 * - `extraction-call`: the donor's call that freezes and extracts the socket (paper §6.2);
 * - `phase-disagreement`: the largest difference between capture and processes in the phases 3 … 7.
 */
export const processMeasures: readonly string[] = [
  ...processPhases.map((_, index) => `process-phase-${index + 1}`),
  'extraction-call',
  'phase-disagreement',
];

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

/** One of `processMeasures`; undefined where a stamp that it needs is missing. */
export function processMeasure(name: string, stamps: HandoffStamps, handoff: Handoff): Measured | undefined {
  const value = {
    'extraction-call': () => stamps.get('socket-extracted')?.ms,
    'phase-disagreement': () => phaseDisagreementMs(stamps, handoff),
  }[name];
  const ms = value === undefined ? processPhaseMs(stamps, Number(name.split('-').at(-1))) : value();
  return ms === undefined ? undefined : { value: ms, remark: '' };
}

/** ms of phase 1 … 7 as the processes stamp it; undefined where a stamp is missing. */
function processPhaseMs(stamps: HandoffStamps, phase: number): number | undefined {
  const description = processPhases[phase - 1];
  if (description === undefined) return undefined;
  const { fromInAdvance } = description;
  const from = fromInAdvance !== undefined && beganInAdvance(stamps) ? fromInAdvance : description.from;
  const begins = from.map((event) => stamps.get(event)?.t).filter((t) => t !== undefined);
  const end = stamps.get(description.to)?.t;
  if (begins.length < from.length || end === undefined) return undefined;
  const begin = begins.reduce((a, b) => (b > a ? b : a));
  return Number(end - begin) / 1e6;
}

/** The largest difference, in ms, between capture and processes over the phases that both see from the acceptor (3 … 7). */
function phaseDisagreementMs(stamps: HandoffStamps, handoff: Handoff): number | undefined {
  const times = handoffTimes(handoff);
  let worst = 0;
  for (let phase = firstComparable; phase <= phases.length; phase += 1) {
    const captured = phaseLength(phases[phase - 1]!, times)?.ms;
    const stamped = processPhaseMs(stamps, phase);
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
