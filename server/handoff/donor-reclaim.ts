import type { Instant } from '../../mip6/roles/shared/role.ts';
import { isNewerSequence } from '../../mip6/roles/shared/sequence.ts';
import { contestedSequence, MOST_BEYOND, reclaimingSequence } from '../sequence-margin.ts';
import type { AcceptorSeen, DonorMachine, Doubt, In, Late } from './donor-states.ts';

/** An acceptor goes on asking longer (`MOST_RENEWALS`). */
const PATIENCE_IN_LEASES = 200;

/** Nothing is heard of the acceptor. Who has the client? */
export function silent(donor: DonorMachine, state: Late, reason: string, now: Instant): void {
  if (state.name !== 'initiated') return;
  const doubt = doubtOf(donor, state, reason, now);
  if (doubt.decisive) contest(donor, doubt);
  else wonder(donor, doubt, now);
}

export function wonder(donor: DonorMachine, doubt: Doubt, now: Instant): void {
  donor.to({ name: 'uncertain', doubt, until: twoLeases(donor, now) });
}

export function contest(donor: DonorMachine, doubt: Doubt): void {
  donor.to({ name: 'contesting', doubt, claimed: false });
  donor.put({ kind: 'contest', sequence: contestedSequence(doubt.sequence) });
}

/**
 * The client has accepted the number from this member, and will from nobody else. Before it is served a second, far greater number says so: should this member
 * die, the acceptor, whose own first number is the same as the one that was contested, learns from the client whether it was served here.
 */
export function contestWon(donor: DonorMachine, { claimed, doubt }: In<'contesting'>): void {
  if (claimed) donor.tell('cancel');
  reclaim(donor, doubt, doubt.decisive ? 'never-served' : 'may-serve');
}

/** The client has the number from the acceptor; or from its backup, if it has one. `accepted`: the last that it has accepted. */
export function yieldTo(
  donor: DonorMachine,
  { claimed, doubt: asked }: In<'contesting'>,
  accepted: number | undefined,
): void {
  const doubt = accepted === undefined ? asked : afterRefusal(asked, accepted);
  donor.to({ name: 'yielding', doubt: { ...doubt, decisive: false } });
  if (claimed) donor.tell('grant');
  else if (donor.plan.claims) leaveIt(donor, { name: 'yielding', doubt });
}

/** A number beyond all that could have come of this handoff is of an older binding, which a new client remembers: whoever binds it begins behind that. */
function afterRefusal(asked: Doubt, accepted: number): Doubt {
  const contested = contestedSequence(asked.sequence);
  if (!isNewerSequence(accepted, contested)) return asked;
  if (((accepted - contested) & 0xffff) > MOST_BEYOND) return { ...asked, sequence: accepted };
  return asked.decisive ? { ...asked, served: true } : asked;
}

/** The acceptor, if it serves, may go on with greater numbers; if it does not, it says so. */
export function leaveIt(donor: DonorMachine, state: In<'uncertain' | 'yielding'>): void {
  if (donor.plan.claims) {
    donor.to({ ...state, doubt: { ...state.doubt, decisive: false } });
    donor.tell('grant');
  }
  donor.tell('cancel');
}

/** A client that does not answer may be cut off from here, as the acceptor is: it is asked again. */
export function unanswered(
  donor: DonorMachine,
  state: In<'contesting' | 'reclaiming'>,
  reason: string,
  now: Instant,
): void {
  if (now >= state.doubt.giveUpAt) lose(donor, state.doubt, reason);
  else if (state.name === 'reclaiming') reclaim(donor, state.doubt, state.acceptor);
  else wonder(donor, state.doubt, now);
}

export function reclaim(donor: DonorMachine, doubt: Doubt, acceptor: AcceptorSeen): void {
  donor.to({ name: 'reclaiming', doubt, acceptor });
  donor.put({ kind: 'reclaim', sequence: reclaimingSequence(doubt.sequence) });
}

export function reclaimed(donor: DonorMachine, { doubt, acceptor }: In<'reclaiming'>, now: Instant): void {
  if (acceptor === 'may-serve') donor.to({ name: 'outwaiting', doubt, until: twoLeases(donor, now) });
  else donor.resume(doubt.connections, doubt.reason, acceptor === 'stopped');
}

/** Whose binding the client has is not known here. */
export function lose(donor: DonorMachine, { connections, reason }: Doubt, why: string): void {
  donor.to({ name: 'finished' });
  donor.put({ kind: 'lose', connections, reason: `${reason}; ${why}`, unbound: true });
}

/** What went wrong first counts. */
export function doubtOf({ plan }: DonorMachine, state: Late, reason: string, now: Instant): Doubt {
  if (state.name !== 'initiated') return state.doubt;
  return { ...state.given, reason, giveUpAt: now + PATIENCE_IN_LEASES * plan.leaseMs };
}

function twoLeases({ plan }: DonorMachine, now: Instant): Instant {
  return now + 2 * plan.leaseMs;
}
