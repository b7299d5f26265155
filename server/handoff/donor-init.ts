import type { Instant } from '../../mip6/roles/shared/role.ts';
import { MAX_TOKEN_LIFETIME } from '../../mip6/wire/constants.ts';
import { isLate } from '../attention.ts';
import type { HomeProof } from '../bindings/client-bindings.ts';
import {
  awaitsPrepared,
  encodeAxes,
  holdAxes,
  holdOf,
  isOfThePaper,
  MOST_HOLD_MS,
  type WholeAxes,
  wholeAxes,
} from '../variants/axes.ts';
import type { FallbackRule } from '../variants/choose-axes.ts';
import { encodeConnections, whyNotInOneInit } from './connection-bundle.ts';
import {
  acceptorsTripMs,
  finish,
  initiated,
  isNear,
  latenessMs,
  longestFinishMs,
  remainingMs,
  takesMs,
  UNSENT_LOOK_MS,
  updatesMs,
} from './donor-cut.ts';
import type { DonorMachine, In, Serving, TimedProof } from './donor-states.ts';

/** A token's life (RFC 6275 §5.2.7), and what the Binding Update may take to the client; ms. */
const OLDEST_PROOF_MS = (MAX_TOKEN_LIFETIME - 10) * 1000;

/** How often a donor looks whether what was lost has been acknowledged, and for how long at most: as long as one retransmission timeout takes; ms. */
const [LOSS_LOOK_MS, LOSS_PATIENCE_MS] = [10, 400];

/** What the estimates of three ways may lack together, ms: the kernel's clock for round trips, and messages that pass in a shaper's bucket. */
const HOLD_MARGIN_MS = 1;
/**
 * What a state's timestamps are ahead by, besides the time in which this member sends on, or the way to the acceptor: a client drops what lies behind the
 * last that it saw (RFC 7323 §5), and the acceptor's begin where the state says, however late it re-creates the socket; ms.
 */
const TIMESTAMP_MARGIN_MS = 2;

/** Not before the acceptor has been tested by the client, where the gap would be longer by that: this member serves until then. */
export function freeze(donor: DonorMachine, serving: Serving, now: Instant): void {
  const { variant, doneTimeoutMs } = donor.plan;
  if (!awaitsPrepared(variant) || serving.proof !== undefined) repaired(donor, serving, now);
  else donor.to({ name: 'announced', serving, until: now + doneTimeoutMs / 2 });
}

/** Not before what has been lost has been sent again, within bounds: an acceptor knows nothing of it, and the client waits for it. */
export function repaired(donor: DonorMachine, serving: Serving, now: Instant): void {
  if (donor.plan.repairsLoss?.() !== true) {
    ready(donor, serving, now);
    return;
  }
  donor.put({ kind: 'fall-back', rule: 'loss-repaired-first' });
  donor.to({ name: 'recovering', serving, until: now + LOSS_LOOK_MS, last: now + LOSS_PATIENCE_MS });
}

/** Looks again; what is lost all the time is not waited for. */
export function lookAtLoss(donor: DonorMachine, state: In<'recovering'>, now: Instant): void {
  if (now < state.last && donor.plan.repairsLoss?.() === true)
    donor.to({ ...state, until: Math.min(now + LOSS_LOOK_MS, state.last) });
  else ready(donor, state.serving, now);
}

/** Not before a sign of life: for an acceptor that is out of reach the client would stand still in vain. */
export function ready(donor: DonorMachine, serving: Serving, now: Instant): void {
  if (isFresh(donor, now)) {
    extract(donor, serving, now);
    return;
  }
  const asking = serving.askedAt === undefined ? ask(donor, serving, now) : serving;
  donor.to({ name: 'asking', serving: asking, until: (asking.askedAt ?? now) + patienceMs(donor) });
}

export function extract(donor: DonorMachine, serving: Serving, now: Instant): void {
  const { plan } = donor;
  if (!plan.settled()) {
    donor.to({ name: 'unsettled', serving });
    return;
  }
  const { freezeAt } = plan.variant;
  const waits = freezeAt === 'announced-cut' || freezeAt === 'nothing-unsent';
  if (!waits || isNear(donor, serving)) takeStates(donor, serving);
  else
    donor.to({ name: 'nearing', until: now + UNSENT_LOOK_MS, last: now + plan.doneTimeoutMs / 2, serving });
}

/** Looks again at what is unsent; of what does not leave nothing is announced. */
export function lookNearer(donor: DonorMachine, state: In<'nearing'>, now: Instant): void {
  const { serving, last } = state;
  if (now >= last) askStates(donor, serving, false);
  else if (isNear(donor, serving)) takeStates(donor, serving);
  else donor.to({ ...state, until: now + UNSENT_LOOK_MS });
}

function takeStates(donor: DonorMachine, serving: Serving): void {
  const { variant, repairsLoss } = donor.plan;
  const announces = variant.freezeAt === 'announced-cut' && remainingMs(donor) > 0;
  // Holes in what was announced would be found by the acceptor, one by one.
  const loses = announces && repairsLoss?.() === true;
  if (loses) donor.put({ kind: 'fall-back', rule: 'loss-near-the-cut' });
  askStates(donor, serving, announces && !loses);
}

/** `goOn`: the sockets send on what was written to them. */
export function askStates(donor: DonorMachine, serving: Serving, goOn: boolean): void {
  donor.to({ name: 'extracting', serving, states: new Map(), sequence: 0, goOn, still: false });
  const leavesOut = donor.plan.variant.travels === 'positions' ? { leavesOut: true as const } : {};
  const { acceptor = 0 } = donor.plan.tripsMs?.() ?? {};
  const ahead = goOn ? { aheadMs: Math.max(acceptor, longestFinishMs(donor)) + TIMESTAMP_MARGIN_MS } : {};
  donor.put({ kind: 'freeze-and-extract', connections: serving.connections, ...leavesOut, ...ahead });
}

/** The acceptor's answer is due. */
export function answerDue(donor: DonorMachine, state: In<'asking'>, now: Instant): void {
  if (isLate(now, state.until)) donor.to({ ...state, until: now + patienceMs(donor) });
  else if (isFresh(donor, now)) extract(donor, state.serving, now);
  else donor.stay(state, 'nothing is heard of the acceptor');
}

/** The acceptor has been heard of lately. */
export function isFresh({ plan: { attention } }: DonorMachine, now: Instant): boolean {
  return attention === undefined || now - attention.heardAt() <= attention.freshMs;
}

function patienceMs({ plan }: DonorMachine): number {
  return plan.attention?.patienceMs ?? 0;
}

export function ask(donor: DonorMachine, serving: Serving, now: Instant): Serving {
  donor.tell('ask');
  return { ...serving, askedAt: now };
}

/** Init leaves, behind the donor's own Binding Updates where it binds the client itself; why not, when it cannot. */
export function initiate(donor: DonorMachine, state: In<'extracting'>, now: Instant): string | undefined {
  const { serving, sequence, goOn } = state;
  const { connections, proof } = serving;
  const states = connections.flatMap((connection) => state.states.get(connection) ?? []);
  const reason = whyNotInOneInit(states);
  if (reason !== undefined) return reason;
  const remains = goOn ? remainingMs(donor) : 0;
  const axes = held(donor, axesOfInit(donor, proof, now), proof, remains);
  const bound = axes.binder !== 'acceptor' && proof !== undefined;
  // Of the last Binding Update that anybody has sent for the client by the time that Init is read.
  const last = bound ? (sequence + axes.copies) & 0xffff : sequence;
  const { handoff, client, contactAddress } = donor.plan;
  const given = { connections, sequence: last, decisive: isDecisive(donor, axes), bound };
  if (goOn) {
    finish(donor, { given, proof, copies: axes.copies }, remains, now);
    // A client whose binding is the acceptor's takes from here what comes in the reverse tunnel.
    if (!bound) donor.put({ kind: 'stop-optimising' });
  } else {
    initiated(donor, given, now);
    if (bound) donor.put({ kind: 'bind-for-acceptor', proof, copies: axes.copies });
    else if (axes.firstPath === 'reverse-tunnel') donor.put({ kind: 'stop-optimising' });
  }
  const home = homeGiven(donor, axes);
  const told = { handoff, client, contactAddress, variant: encodeAxes(axes), sequence: last, ...home };
  donor.send({ kind: 'init', ...told, ...encodeConnections(states) });
  return undefined;
}

/** What an acceptor gets that nobody has prepared. */
function homeGiven({ plan }: DonorMachine, { returnRoutability }: WholeAxes): { readonly home?: HomeProof } {
  const home = returnRoutability === 'home-given' ? plan.homeProof?.() : undefined;
  return home === undefined ? {} : { home };
}

/** What comes in the reverse tunnel, or behind an update of this member's, the client takes whether or not the number was free. */
function isDecisive({ plan }: DonorMachine, { binder, firstPath }: WholeAxes): boolean {
  return plan.claims && binder === 'acceptor' && firstPath === 'optimised';
}

/** As asked for, unless this member cannot bind the client to the acceptor: then that one does it, as soon. */
function axesOfInit(donor: DonorMachine, proof: TimedProof | undefined, now: Instant): WholeAxes {
  const axes = wholeAxes(donor.plan.variant);
  if (axes.returnRoutability === 'home-given' && donor.plan.homeProof?.() === undefined) {
    donor.put({ kind: 'fall-back', rule: 'no-home-token' });
    return { ...axes, returnRoutability: 'at-init' };
  }
  if (axes.binder === 'acceptor') return axes;
  const rule = whyNotBound(donor, proof, now);
  if (rule === undefined) return axes;
  donor.put({ kind: 'fall-back', rule });
  const start = axes.start === 'timed' ? 'timed' : 'update';
  return { ...axes, binder: 'acceptor', start, copies: 2, guardMs: 1 };
}

/**
 * The acceptor's first packet comes to the client behind the last that this member has sent: it is told to wait for as long as its way is the shorter one.
 * What comes in the reverse tunnel meets no binding: there the acceptor's Binding Update is what waits, and the acceptor itself knows how long that takes.
 */
function held(
  donor: DonorMachine,
  axes: WholeAxes,
  proof: TimedProof | undefined,
  remains: number,
): WholeAxes {
  const tunnels = axes.firstPath === 'reverse-tunnel';
  if (axes.freezeAt === 'drained' || (tunnels && axes.binder === 'donor') || isOfThePaper(axes)) return axes;
  const trips = donor.plan.tripsMs?.();
  const { client, acceptor = 0 } = trips ?? {};
  if (client === undefined) return axes;
  // Of a cut that is announced the donor's own updates come behind it.
  const updates = remains > 0 && axes.binder === 'donor' ? updatesMs(donor, axes.copies) : 0;
  const takes = takesMs(trips);
  const beyond = tunnels || proof === undefined ? 0 : acceptorsTripMs(proof, takes);
  const late = remains > 0 ? latenessMs(donor) : 0;
  // The acceptor's own update waits at the client as long as the donor's would.
  const waits = axes.binder === 'acceptor' ? 0 : takes;
  const ahead = client + remains + late + updates + waits - acceptor - beyond;
  const holdMs = Math.max(holdOf(axes), Math.round(ahead + HOLD_MARGIN_MS));
  const most = mostHoldMs(donor);
  if (holdMs > most) donor.put({ kind: 'fall-back', rule: 'acceptor-much-nearer' });
  return { ...axes, ...holdAxes(Math.min(holdMs, most)) };
}

/** An acceptor that waits for longer would not be done in time. */
function mostHoldMs({ plan }: DonorMachine): number {
  return Math.min(MOST_HOLD_MS, Math.floor(plan.doneTimeoutMs / 2));
}

function whyNotBound(
  { plan }: DonorMachine,
  proof: TimedProof | undefined,
  now: Instant,
): FallbackRule | undefined {
  if (proof === undefined) return 'acceptor-not-tested';
  if (proof.ageMs + (now - proof.at) > OLDEST_PROOF_MS) return 'care-of-token-too-old';
  return plan.holdsHomeToken?.() === false ? 'no-home-token' : undefined;
}
