import type { Instant } from '../../mip6/roles/shared/role.ts';
import { MAX_TOKEN_LIFETIME } from '../../mip6/wire/constants.ts';
import type { BindingAnswer } from '../bindings/client-bindings.ts';
import { awaitsPrepared, type HandoffAxes, holdOf, wholeAxes } from '../variants/axes.ts';
import { firstUpdate } from './acceptor-binding.ts';
import { type AcceptorMachine, type In, isServed } from './acceptor-states.ts';
import type { AcceptorInput } from './acceptor-types.ts';

/** So old may a candidate's tokens get, ms: a minute before they are good for nothing (RFC 6275 §5.2.7), in which the client may be asked some times. */
const KEPT_MS = (MAX_TOKEN_LIFETIME - 60) * 1000;

/** So often does a candidate renew its tokens, for an hour in all. */
export const MOST_REFRESHES = 24;

/** The donor's Prepare has come. */
export function prepare<State>(
  acceptor: AcceptorMachine<State>,
  state: In<'preparing'>,
  variant: HandoffAxes,
): void {
  const keeps = variant.returnRoutability === 'kept-fresh';
  const told = { ...state, tells: awaitsPrepared(variant), keeps };
  if (variant.returnRoutability === 'at-prepare' || keeps) acceptor.to(acceptor.test(told));
}

/**
 * The tokens of a candidate are asked for anew; those of before are good until others come. Not without end: a donor that still has the client announces
 * it anew, and one that has forgotten it does not.
 */
export function refresh<State>(acceptor: AcceptorMachine<State>, state: In<'preparing'>): void {
  if (state.refreshes >= MOST_REFRESHES) {
    acceptor.refuse(state, `a candidate for ${state.refreshes} renewals of its tokens: to be announced anew`);
    return;
  }
  acceptor.to({ ...state, refreshAt: undefined, refreshes: state.refreshes + 1 });
  acceptor.put({ kind: 'start-return-routability', renewed: true });
}

/** The client has answered before Init; the donor that binds the client itself waits for this. */
export function tested<State>(
  acceptor: AcceptorMachine<State>,
  state: In<'preparing'>,
  { careOf }: Extract<BindingAnswer, { kind: 'routable' }>,
  now: Instant,
): void {
  const refreshAt = state.keeps ? now + KEPT_MS : undefined;
  acceptor.to({ ...state, routable: 'complete', refreshAt });
  if (state.tells && careOf !== undefined)
    acceptor.send({ kind: 'prepared', handoff: acceptor.plan.handoff, ...careOf });
}

/** The donor's Init has come. */
export function initiate<State>(
  acceptor: AcceptorMachine<State>,
  { routable }: In<'preparing'>,
  { connections, sequence: lastSequence, variant, home }: Extract<AcceptorInput<State>, { kind: 'init' }>,
  now: Instant,
): void {
  const axes = wholeAxes(variant);
  const applicationStates = connections.map(({ applicationState }) => applicationState);
  // Return routability first: its messages travel while the sockets are being re-created.
  const needsTests = axes.binder !== 'donor';
  const { routable: begun } = needsTests ? acceptor.test({ routable }, home) : { routable };
  const taking = { axes, lastSequence, applicationStates, ended: [] };
  const hold = holdOf(axes);
  const holdUntil = hold > 0 ? now + hold : undefined;
  acceptor.to({ name: 'initiated', routable: begun, restored: false, donor: 'connected', taking, holdUntil });
  const goOn = axes.travels === 'positions' ? { goOn: true as const } : {};
  acceptor.put({ kind: 'restore-sockets', connections, ...goOn });
}

/** The client has answered behind Init, and how far it is is known: a Binding Update leaves so much earlier than it has to be there. */
export function reached<State>(
  acceptor: AcceptorMachine<State>,
  state: In<'initiated'>,
  { careOf }: Extract<BindingAnswer, { kind: 'routable' }>,
  now: Instant,
): void {
  const { holdUntil, taking } = state;
  const routable = { ...state, routable: 'complete' } as const;
  if (holdUntil === undefined || taking.axes.firstPath === 'optimised') proceed(acceptor, routable, now);
  else {
    const leaves = holdUntil - (careOf?.tripMs ?? 0);
    proceed(acceptor, { ...routable, holdUntil: now < leaves ? leaves : undefined }, now);
  }
}

/** Binds the client when everything is there for it; not while the donor may be serving on. */
export function proceed<State>(acceptor: AcceptorMachine<State>, state: In<'initiated'>, now: Instant): void {
  acceptor.to(state);
  const { restored, routable, donor, taking, holdUntil } = state;
  const { axes, servedSince } = taking;
  if (donor === 'unreachable' || !restored) return;
  // What goes in the reverse tunnel meets no binding: only the Binding Update waits for the donor's last octets.
  if (holdUntil !== undefined && axes.firstPath === 'optimised') return;
  if (axes.binder === 'donor') {
    adopt(acceptor, state, now);
    return;
  }
  const isUnbound = axes.start === 'init' && axes.binder === 'acceptor' && servedSince === undefined;
  const early = isUnbound ? acceptor.serve(state, now) : state;
  if (routable !== 'complete' || holdUntil !== undefined) return;
  // A donor that has bound the client itself does it by other numbers.
  const alone = acceptor.plan.claims && axes.binder === 'acceptor';
  const numbers = alone ? (donor === 'gone' ? 'alone' : 'first') : 'any';
  begin(acceptor, { name: 'binding', donor, since: now, numbers, taking: early.taking }, now);
}

/** The first Binding Update; where its acknowledgement is not awaited, the client is served a little later. */
function begin<State>(acceptor: AcceptorMachine<State>, state: In<'binding'>, now: Instant): void {
  const { start, guardMs } = state.taking.axes;
  const waits = start === 'acknowledgement' || isServed(state);
  const binding = waits ? state : { ...state, startAt: now + guardMs };
  acceptor.to(binding);
  acceptor.put(firstUpdate(binding));
  if (!waits && guardMs === 0) acceptor.serve(binding, now);
}

/** The donor has bound the client to this member behind its last octets. */
function adopt<State>(
  acceptor: AcceptorMachine<State>,
  { donor, taking }: In<'initiated'>,
  now: Instant,
): void {
  const { ended, applicationStates, lastSequence: sequence } = taking;
  const connections = applicationStates.length;
  acceptor.to({ name: 'active', connections, ended, sequence, since: now, renewals: 0 });
  acceptor.put({ kind: 'adopt', sequence });
  acceptor.put({ kind: 'activate', applicationStates });
  if (donor === 'gone') acceptor.settle();
  else acceptor.done(sequence);
}
