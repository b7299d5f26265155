import type { WholeAxes } from '../../server/variants/axes.ts';
import type { Verdict } from '../events/client-verdicts.ts';
import type { RepetitionTrace } from '../events/handoff-events.ts';
import { beyondBound } from '../events/offered-window.ts';
import type { Testbed } from '../events/testbed.ts';
import { isOfThePath } from '../events/unknown-bindings.ts';
import { acceptedBindings, answeredBindings, type Handoff } from './handoff.ts';
import { type HandoffTimes, handoffTimes, phaseLength, phases, ranInAdvance } from './phases.ts';

/** All that is known of a repetition when it is judged. */
interface Evidence {
  readonly testbed: Testbed;
  readonly trace: RepetitionTrace;
  readonly verdict: Verdict | undefined;
  /** undefined where the cell runs no handoff, or none was seen */
  readonly handoff: Handoff | undefined;
  /** of the cell's variant; undefined where it asks for none, `any` where its server does as it likes */
  readonly axes: WholeAxes | 'any' | undefined;
}

/** The same of a handoff that was asked for. */
type HandoffEvidence = Evidence & { readonly axes: WholeAxes };

type Precondition<Of = Evidence> = (evidence: Of) => string | undefined;

/** Why a repetition may not be measured: every broken precondition in words, none for a good repetition. */
export function brokenPreconditions(evidence: Evidence): readonly string[] {
  return broken(evidence).map(([, reason]) => reason);
}

function broken(evidence: Evidence): readonly (readonly [precondition: unknown, reason: string])[] {
  const { axes } = evidence;
  const general = generalOf(axes).map((one) => [one, one(evidence)] as const);
  const particular = axes === undefined || axes === 'any' ? [] : handoffPreconditions;
  const ofHandoff = particular.map((one) => [one, one({ ...evidence, axes: axes as WholeAxes })] as const);
  const none = axes === undefined ? [[noHandoff, noHandoff(evidence)] as const] : [];
  return [...general, ...ofHandoff, ...none].flatMap(([one, reason]) =>
    reason === undefined ? [] : [[one, reason] as const],
  );
}

/** A client and a server that are not ours may end their connection in other ways. */
function generalOf(axes: Evidence['axes']): readonly Precondition[] {
  if (axes !== 'any') return connectionPreconditions;
  return connectionPreconditions.filter((one) => one !== noReset && one !== bothFins);
}

const connectionPreconditions: readonly Precondition[] = [
  clientSatisfied,
  noReset,
  bothFins,
  everyOctetDelivered,
  noBindingError,
  nothingMalformed,
  windowBounded,
  nothingDropped,
];

const handoffPreconditions: readonly Precondition<HandoffEvidence>[] = [
  exactlyOneHandoff,
  notRefused,
  oneAcceptedBinding,
  allEventsSeen,
  stepsInOrder,
];

/**
 * Of a handoff that took place, was accepted once and kept every octet, but not by the steps of the paper's in their order: what the
 * order of steps has nothing to do with can be measured all the same.
 */
export function isOutOfOrderAlone(evidence: Evidence): boolean {
  const [first, ...more] = broken(evidence);
  return first?.[0] === stepsInOrder && more.length === 0;
}

function clientSatisfied({ verdict }: Evidence): string | undefined {
  if (verdict === undefined) return 'the client gave no verdict';
  if (verdict.ok && verdict.sha256 === verdict.expected) return undefined;
  if (verdict.sha256 !== verdict.expected) return `payload hash differs (${verdict.bytes} octets received)`;
  return `the client reports a failure${verdict.problem === '' ? '' : `: ${verdict.problem}`}`;
}

/**
 * Where packets overtake each other or come twice, an acknowledgement may reach a client that has closed and knows nothing of the
 * connection any more. Towards the client, and from one whose connection lives, a reset is always a fault.
 */
function noReset({ trace: { connection }, testbed }: Evidence): string | undefined {
  const { lossy, reordering, inevitable } = testbed;
  const acknowledgedTwice = inevitable.endRepeated && connection.finsFromClient > 1;
  const fault = connection.resets.find(
    ({ afterEnd }) => !(afterEnd && (lossy || reordering || acknowledgedTwice)),
  );
  return fault && `TCP reset in packet ${fault.passage.packet}`;
}

function bothFins({ trace: { connection } }: Evidence): string | undefined {
  if (connection.finFromServer === undefined) return 'no FIN reached the client';
  return connection.finFromClient === undefined ? 'no FIN from the client' : undefined;
}

function everyOctetDelivered({ trace: { connection }, verdict }: Evidence): string | undefined {
  const delivered = connection.deliveredOctets;
  if (delivered === undefined) return "the server's SYN is not in the capture";
  if (connection.hasHole) return `payload with a hole left towards the client (${delivered} distinct octets)`;
  if (verdict === undefined || !verdict.counted || verdict.bytes === delivered) return undefined;
  return `${delivered} distinct octets left towards the client, which counted ${verdict.bytes}`;
}

function noBindingError(evidence: Evidence): string | undefined {
  const { signalling } = evidence.trace;
  const { lossy, reordering, inevitable, takesMs } = evidence.testbed;
  const early = comesBeforeDaemon(evidence);
  const roundTripMs = inevitable.roundTripMs + (early ? takesMs : 0);
  const disorder = { lossy: lossy || early, reordering, roundTripMs };
  const fault = signalling.find(
    (one) => one.message.kind === 'binding-error' && !isOfThePath(one, signalling, disorder),
  );
  return fault && `Binding Error in packet ${(fault.arrived ?? fault.left)?.packet}`;
}

function nothingMalformed({ trace }: Evidence): string | undefined {
  const [first, ...more] = trace.malformed;
  return first && `malformed ${first}${more.length > 0 ? ` (and ${more.length} more)` : ''}`;
}

function windowBounded({ trace: { connection }, testbed: { windowBytes } }: Evidence): string | undefined {
  return beyondBound(connection.offered, windowBytes);
}

/**
 * The client's daemon was told to take longer than the variant leaves it between its update and its first data: what comes before the binding is programmed
 * meets none. How many packets these are is what is measured then (`client-drops`).
 */
function comesBeforeDaemon({ axes, testbed: { takesMs } }: Evidence): boolean {
  if (axes === undefined || axes === 'any') return false;
  return axes.start !== 'acknowledgement' && axes.firstPath === 'optimised' && axes.guardMs < takesMs;
}

/** What an update overtakes, or what comes before one that was lost, meets no binding: that is loss and reordering, and no fault here. */
function nothingDropped(evidence: Evidence): string | undefined {
  const { verdict, testbed } = evidence;
  if (verdict?.dropped === undefined || verdict.dropped === '') return undefined;
  if (testbed.lossy || testbed.reordering || comesBeforeDaemon(evidence)) return undefined;
  return `the client’s kernel dropped packets: ${verdict.dropped}`;
}

function noHandoff({ trace }: Evidence): string | undefined {
  return trace.frames.some(({ kind }) => kind === 'init') ? 'a handoff where none was asked for' : undefined;
}

function exactlyOneHandoff({ trace }: Evidence): string | undefined {
  const count = trace.frames.filter(({ kind }) => kind === 'init').length;
  return count === 1 ? undefined : `${count} handoffs (Init messages) instead of one`;
}

function notRefused({ trace }: Evidence): string | undefined {
  return trace.frames.some(({ kind }) => kind === 'refuse') ? 'the handoff was refused' : undefined;
}

function oneAcceptedBinding({ handoff, trace, testbed, axes }: HandoffEvidence): string | undefined {
  if (handoff === undefined) return undefined;
  const { bindingUpdates } = handoff;
  if (axes.binder === 'donor') return boundInBand(handoff);
  if (bindingUpdates.length === 0) return 'no Binding Update from the acceptor';
  const { lossy, reordering, inevitable } = testbed;
  const exchanges = exchangesOf(bindingUpdates);
  const most = Math.max(...exchanges.map(({ length }) => length));
  // Answers to two copies that change places: the acceptor asks the donor whose the number is, and binds the client once more.
  const asked = reordering && axes.copies > 1 && trace.frames.some(({ kind }) => kind === 'claim');
  const planned = inevitable.updates * axes.copies + (asked ? 1 : 0);
  if (most > planned && !lossy) {
    return `${most} Binding Updates from the acceptor on lossless links${instead(planned, axes)}`;
  }
  const accepted = acceptedBindings(handoff);
  const updates = new Set(accepted.map(({ update }) => update));
  const answered = exchanges.map((exchange) => exchange.filter((update) => updates.has(update)).length);
  const twice = answered.find((count) => count > planned);
  if (twice !== undefined)
    return `${twice} accepted Binding Updates instead of ${planned === 1 ? 'one' : planned}`;
  if (accepted.length > 0) return undefined;
  const [refused] = answeredBindings(handoff);
  if (refused === undefined) return 'no Binding Acknowledgement reached the acceptor';
  return `Binding Update rejected with status ${refused.acknowledgement.message.status}`;
}

function instead(updates: number, { copies }: WholeAxes): string {
  if (updates === 1) return '';
  return `, where ${copies > 1 ? 'its variant and ' : ''}its latencies bring about ${updates}`;
}

/** By the donor, whose acknowledgement comes back to it: the acceptor is told, and what it asks later is a question of its own. */
function boundInBand({ inBandUpdates, inBandAcknowledgements }: Handoff): string | undefined {
  if (inBandUpdates.length === 0) return 'no Binding Update from the donor';
  const [first] = inBandAcknowledgements;
  if (first === undefined) return 'no Binding Acknowledgement reached the donor';
  const { status } = first.message;
  return status < 128 ? undefined : `Binding Update rejected with status ${status}`;
}

/**
 * Updates of one exchange, the first and its retransmissions. One that comes in the second half of the binding's lifetime begins
 * another exchange: it refreshes the binding (RFC 6275 §11.7.2).
 */
function exchangesOf(
  updates: Handoff['bindingUpdates'],
): readonly (readonly Handoff['bindingUpdates'][number][])[] {
  const exchanges: Handoff['bindingUpdates'][number][][] = [];
  for (const update of updates) {
    const current = exchanges.at(-1);
    const first = current?.[0];
    const ageS = first === undefined ? 0 : (update.arrived!.timeNs - first.arrived!.timeNs) / 1e9;
    if (first === undefined || ageS >= first.message.lifetimeSeconds / 2) exchanges.push([update]);
    else current!.push(update);
  }
  return exchanges;
}

function allEventsSeen({ handoff, axes }: HandoffEvidence): string | undefined {
  if (handoff === undefined) return undefined;
  const times = handoffTimes(handoff);
  const needed = testedWhole(axes) ? requiredEvents : requiredEvents.filter(([event]) => !ofTests.has(event));
  return needed.find(([event]) => times[event] === undefined)?.[1];
}

function stepsInOrder(evidence: HandoffEvidence): string | undefined {
  const { handoff, axes } = evidence;
  // What has not been seen has no place in an order.
  if (handoff === undefined || allEventsSeen(evidence) !== undefined) return undefined;
  const times = handoffTimes(handoff);
  return ranInAdvance(times) && times.prepareOut === undefined
    ? 'return routability began before Init without a Prepare'
    : outOfOrder(times, axes);
}

/** The acceptor runs both tests for this handoff. */
function testedWhole({ returnRoutability, binder }: WholeAxes): boolean {
  return binder !== 'donor' && (returnRoutability === 'at-init' || returnRoutability === 'at-prepare');
}

/** What the variant does not do in this order is none of its phases. */
function outOfOrder(times: HandoffTimes, axes: WholeAxes): string | undefined {
  const unordered = new Set<string>([
    ...(testedWhole(axes) ? [] : ['phase-3', 'phase-4', 'phase-5']),
    ...(axes.binder === 'donor' ? ['phase-6'] : []),
    ...(axes.start === 'acknowledgement' ? [] : ['phase-7']),
    ...(axes.freezeAt === 'announced-cut' ? ['phase-1'] : []),
  ]);
  const backward = Object.entries(phases).find(
    ([measure, phase]) => !unordered.has(measure) && (phaseLength(phase, times)?.ms ?? 0) < 0,
  );
  return backward && `events out of order: ${backward[0]} (${backward[1].title}) ends before it begins`;
}

const ofTests: ReadonlySet<string> = new Set<keyof HandoffTimes>(['testInitFirstIn', 'testsOut']);
const requiredEvents: readonly (readonly [keyof HandoffTimes, string])[] = [
  ['donorLastDataIn', 'no data from the donor'],
  ['donorLastOut', 'no packet from the donor reached the client'],
  ['initLastOut', 'the Init did not reach the acceptor whole'],
  ['testInitFirstIn', 'no Home Test Init or Care-of Test Init from the acceptor'],
  ['testsOut', 'Home Test and Care-of Test did not both reach the acceptor before its Binding Update'],
  ['acceptorFirstDataIn', 'no data from the acceptor'],
  ['acceptorFirstDataOut', 'no data from the acceptor reached the client'],
];
