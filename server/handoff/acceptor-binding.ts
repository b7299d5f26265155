import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { BindingRequest } from '../bindings/client-bindings.ts';
import { contestedSequence } from '../sequence-margin.ts';
import { type AcceptorMachine, type In, isServed, type Unfinished } from './acceptor-states.ts';

type Binding = Extract<BindingRequest, { readonly kind: 'bind' }>;

const ANOTHERS = 'another member has bound the client';

/** The client is this member's, as it says. */
export function bound<State>(
  acceptor: AcceptorMachine<State>,
  state: Unfinished,
  sequence: number,
  now: Instant,
): void {
  if (state.name === 'active') {
    const { asked, ...answered } = state;
    if (asked !== undefined) acceptor.to({ ...answered, since: asked });
  } else if (state.name === 'binding') activate(acceptor, state, sequence, now);
}

function activate<State>(
  acceptor: AcceptorMachine<State>,
  state: In<'binding'>,
  sequence: number,
  now: Instant,
): void {
  // The application goes on first; the donor, which only cleans up, hears of it afterwards.
  const { since, donor, taking } = isServed(state) ? state : acceptor.serve(state, now);
  const { applicationStates, ended } = taking;
  const connections = applicationStates.length;
  acceptor.to({ name: 'active', connections, ended, sequence, since, renewals: 0 });
  if (donor !== 'gone') acceptor.done(sequence);
  if (donor === 'gone' || ended.length === connections) acceptor.settle();
}

/**
 * It is the client's word whose it is. Of the number that the donor may have used too, the donor knows more. One that has died with no greater
 * number than this at the client has not served since Init: this member goes on, whoever of the two the client has bound.
 */
export function superseded<State>(
  acceptor: AcceptorMachine<State>,
  state: Unfinished,
  accepted: number | undefined,
  now: Instant,
): void {
  if (state.name === 'active') acceptor.abandon(state, ANOTHERS);
  else if (state.name !== 'binding' || state.numbers === 'any' || state.numbers === 'inherited')
    acceptor.refuse(state, ANOTHERS);
  else if (state.donor !== 'gone') dispute(acceptor, state);
  else if (accepted !== contestedSequence(state.taking.lastSequence)) acceptor.refuse(state, ANOTHERS);
  // An answer from before the donor's end says nothing of what it has done last.
  else bind(acceptor, { ...state, since: now, numbers: state.numbers === 'first' ? 'alone' : 'inherited' });
}

function dispute<State>(acceptor: AcceptorMachine<State>, { since, donor, taking }: In<'binding'>): void {
  acceptor.to({ name: 'disputed', since, taking });
  if (donor === 'connected') acceptor.claim();
}

/** The donor may have got an answer, too: only if it is no more, or has granted it, another one is asked for. */
export function moved<State>(acceptor: AcceptorMachine<State>, state: In<'binding'>, now: Instant): void {
  if (state.numbers === 'first' && state.donor !== 'gone') dispute(acceptor, state);
  else bindAgain(acceptor, state, now);
}

/** Without a donor, or once the client has been served, there may be nobody else to serve it: as long as there is time it is asked again. */
export function unanswered<State>(
  acceptor: AcceptorMachine<State>,
  state: Unfinished,
  reason: string,
  now: Instant,
): void {
  if (state.name === 'active') return;
  const isAlone =
    isServed(state) ||
    (state.name !== 'preparing' && state.name !== 'disputed' && state.donor !== 'connected');
  if (state.name === 'binding' && isAlone) bindAgain(acceptor, state, now);
  else if (state.name === 'initiated' && isAlone && state.restored)
    acceptor.to(acceptor.test({ ...state, routable: 'not-begun' }));
  else acceptor.refuse(state, reason);
}

function bindAgain<State>(acceptor: AcceptorMachine<State>, state: In<'binding'>, now: Instant): void {
  const { donor, numbers } = state;
  bind(
    acceptor,
    donor === 'gone' && numbers === 'first' ? { ...state, since: now, numbers: 'alone' } : state,
  );
}

function bind<State>(acceptor: AcceptorMachine<State>, state: In<'binding'>): void {
  const { numbers, taking } = state;
  acceptor.to(state);
  if (numbers === 'first' || numbers === 'alone') acceptor.put(firstUpdate(state));
  else
    acceptor.put({
      kind: 'bind-again',
      lastSequence: taking.lastSequence,
      inherits: numbers === 'inherited',
      ...optimisation(taking),
    });
}

/** The Binding Update by the first number: how it leaves, and what the acceptor's data does until it is acknowledged. */
export function firstUpdate({ numbers, taking: { lastSequence, axes } }: In<'binding'>): Binding {
  return {
    kind: 'bind',
    lastSequence,
    insists: numbers !== 'any',
    ...(axes.copies > 1 ? { copies: axes.copies } : {}),
    ...optimisation({ axes }),
  };
}

function optimisation({ axes }: Pick<In<'binding'>['taking'], 'axes'>): Pick<Binding, 'optimisesAt'> {
  return axes.start !== 'acknowledgement' && axes.firstPath === 'optimised' ? { optimisesAt: 'update' } : {};
}

/** From now on the client takes what is sent from here only if it has accepted the number: whoever else may have it, nobody is in the other's way. */
export function optimise<State>(acceptor: AcceptorMachine<State>, state: In<'binding'>): void {
  const axes = { ...state.taking.axes, firstPath: 'optimised' } as const;
  bind(acceptor, { ...state, taking: { ...state.taking, axes } });
}

/** A disputed number is this member's: as the donor grants, or as the client is asked of a donor that has ended and may have served on before. */
export function bindDisputed<State>(
  acceptor: AcceptorMachine<State>,
  { taking }: In<'disputed' | 'binding'>,
  donor: 'connected' | 'gone',
  now: Instant,
): void {
  const numbers = donor === 'gone' ? 'alone' : 'any';
  bind(acceptor, { name: 'binding', donor, since: now, numbers, taking });
}
