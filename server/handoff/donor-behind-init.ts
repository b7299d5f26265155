import type { Instant } from '../../mip6/roles/shared/role.ts';
import { isLate } from '../attention.ts';
import {
  contest,
  contestWon,
  doubtOf,
  leaveIt,
  lose,
  reclaim,
  reclaimed,
  silent,
  unanswered,
  wonder,
  yieldTo,
} from './donor-reclaim.ts';
import type { DonorMachine, Given, In, Late } from './donor-states.ts';
import type { DonorInput } from './donor-types.ts';
import type { FrameToDonor } from './frames.ts';

/** What a donor hears while the client stands frozen here: it finds out whether the acceptor serves. */
export function hearBehindInit(donor: DonorMachine, state: Late, input: DonorInput, now: Instant): void {
  switch (input.kind) {
    case 'refuse':
      refused(donor, state, input, now);
      return;
    case 'done':
      done(donor, state, input.sequence);
      return;
    case 'here':
      if (state.name === 'initiated') attended(donor, state, now);
      return;
    case 'claim':
      claimed(donor, state);
      return;
    case 'unsent':
      if (input.frame === 'init' && state.name === 'initiated') neverInitiated(donor, state, now);
      else silent(donor, state, 'the channel to the acceptor is lost', now);
      return;
    case 'channel-lost':
      silent(donor, state, 'the channel to the acceptor is lost', now);
      return;
    case 'channel-restored':
      if (state.name === 'uncertain' || state.name === 'yielding') leaveIt(donor, state);
      else if (state.name === 'contesting' && !donor.plan.claims) donor.tell('cancel');
      return;
    case 'peer-gone':
      acceptorGone(donor, state, now);
      return;
    case 'bound':
      if (state.name === 'contesting') contestWon(donor, state);
      else if (state.name === 'reclaiming') reclaimed(donor, state, now);
      return;
    case 'superseded':
      if (state.name === 'contesting') yieldTo(donor, state, input.accepted);
      else if (state.name === 'reclaiming') lose(donor, state.doubt, input.reason);
      return;
    case 'refused':
      if (state.name === 'contesting' || state.name === 'reclaiming') lose(donor, state.doubt, input.reason);
      return;
    case 'unanswered':
      if (state.name === 'contesting' || state.name === 'reclaiming')
        unanswered(donor, state, input.reason, now);
      return;
    // What the acceptor was answered, whoever answers now hears from it within a lease.
    case 'moved':
      if (state.name === 'contesting') wonder(donor, state.doubt, now);
      return;
    // A frozen socket hears nothing of its client: if it ends, that is this member's doing, and the acceptor may serve.
    case 'client-gone':
      return;
    // Of the time before Init, or about tests whose outcome `bound` tells.
    case 'last-send-returned':
    case 'drained':
    case 'extracted':
    case 'not-extracted':
    case 'cancelled':
    case 'settled':
    case 'prepared':
    case 'routable':
      return;
    default:
      input satisfies never;
  }
}

/** A deadline behind Init has come. */
export function waitBehindInit(donor: DonorMachine, state: Late, now: Instant): void {
  if (state.name === 'initiated') look(donor, state, now);
  else if (state.name === 'uncertain') contest(donor, state.doubt);
  else if (state.name === 'yielding') lose(donor, state.doubt, 'nothing is heard of it');
  else if (state.name === 'outwaiting') donor.resume(state.doubt.connections, state.doubt.reason, true);
}

function attended(donor: DonorMachine, { asked: _, ...state }: In<'initiated'>, now: Instant): void {
  donor.to({ ...state, look: now + (donor.plan.attention?.everyMs ?? Number.POSITIVE_INFINITY) });
}

/** Asks the acceptor whether it is there, or has waited for its answer. */
function look(donor: DonorMachine, state: In<'initiated'>, now: Instant): void {
  const { attention, doneTimeoutMs } = donor.plan;
  if (now >= state.until) giveUp(donor, state, `no Done within ${doneTimeoutMs} ms`, now);
  else if (attention !== undefined) {
    const { patienceMs } = attention;
    const { asked } = state;
    if (asked === undefined) donor.tell('ask');
    const due = Math.max(asked ?? now, attention.progressAt()) + patienceMs;
    const from = asked === undefined || isLate(now, due) ? now : asked;
    const next = Math.max(from, attention.progressAt()) + patienceMs;
    if (now < next) donor.to({ ...state, look: next, asked: from });
    else giveUp(donor, state, 'nothing is heard of the acceptor', now);
  }
}

/** The acceptor is to give up, too, should it hear of it. */
function giveUp(donor: DonorMachine, state: In<'initiated'>, reason: string, now: Instant): void {
  donor.tell('cancel');
  silent(donor, state, reason, now);
}

/** The client has refused the acceptor's number, which another transmission of its own may have used, or this member. */
function claimed(donor: DonorMachine, state: Late): void {
  if (state.name === 'contesting') {
    donor.to({ ...state, claimed: true });
    return;
  }
  // It may use greater numbers from now on.
  if (state.name === 'initiated') donor.to({ ...state, given: { ...state.given, decisive: false } });
  else if (state.name === 'uncertain' || state.name === 'yielding')
    donor.to({ ...state, doubt: { ...state.doubt, decisive: false } });
  else {
    donor.tell('cancel');
    return;
  }
  donor.tell('grant');
}

function done(donor: DonorMachine, state: Late, sequence: number): void {
  if (isTakingBack(state)) return;
  donor.to({ name: 'finished' });
  donor.put({ kind: 'handed-off', connections: givenOf(state).connections, sequence });
  donor.tell('released');
}

/** The acceptor does not serve, and never will. */
function refused(
  donor: DonorMachine,
  state: Late,
  { reason: why, bound }: Extract<FrameToDonor, { kind: 'refuse' }>,
  now: Instant,
): void {
  if (isTakingBack(state)) return;
  const reason = `the acceptor refuses: ${why}`;
  const doubt = { ...doubtOf(donor, state, reason, now), reason };
  const asked = state.name === 'contesting' || state.name === 'yielding';
  // Of a client that its backup may have, the number that it has accepted may be that one's: its holder asks it.
  const isAway = bound || doubt.bound || (asked && donor.plan.mayBeTakenOver?.() !== true);
  // Whoever that is: one that has taken it over knows nothing of the handoff.
  if (doubt.served === true) lose(donor, doubt, 'the client is another member’s');
  else if (isAway) reclaim(donor, doubt, 'stopped');
  else donor.resume(doubt.connections, reason, false);
}

/** Of an acceptor that never got Init nobody need wonder whether it serves. */
function neverInitiated(donor: DonorMachine, state: In<'initiated'>, now: Instant): void {
  const doubt = doubtOf(donor, state, 'there is no channel to the acceptor', now);
  if (doubt.bound) reclaim(donor, doubt, 'never-served');
  else donor.resume(doubt.connections, doubt.reason, false);
}

function acceptorGone(donor: DonorMachine, state: Late, now: Instant): void {
  const doubt = doubtOf(donor, state, 'the acceptor has ended', now);
  if (state.name === 'reclaiming') {
    if (state.acceptor === 'may-serve') donor.to({ ...state, acceptor: 'stopped' });
  } else if (state.name === 'outwaiting') donor.resume(doubt.connections, doubt.reason, true);
  else reclaim(donor, doubt, 'stopped');
}

function givenOf(state: Late): Given {
  return state.name === 'initiated' ? state.given : state.doubt;
}

/** Too late: a number of this member's is out that the acceptor cannot follow. */
function isTakingBack(state: Late): state is In<'reclaiming' | 'outwaiting'> {
  return state.name === 'reclaiming' || state.name === 'outwaiting';
}
