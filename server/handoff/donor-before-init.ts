import type { Instant } from '../../mip6/roles/shared/role.ts';
import {
  answerDue,
  ask,
  askStates,
  extract,
  freeze,
  initiate,
  isFresh,
  lookAtLoss,
  lookNearer,
  ready,
  repaired,
} from './donor-init.ts';
import type { DonorMachine, Early, In } from './donor-states.ts';
import type { ConnectionId, DonorInput } from './donor-types.ts';
import type { FrameToDonor } from './frames.ts';

/** What a donor hears while it is the only one that can serve: whatever goes wrong, it serves on. */
export function hearBeforeInit(donor: DonorMachine, state: Early, input: DonorInput, now: Instant): void {
  const { connections } = state.serving;
  switch (input.kind) {
    case 'last-send-returned':
      if (state.name === 'sending') sent(donor, without(state, 'unsent', input.connection), now);
      return;
    case 'drained':
      if (state.name === 'draining') drained(donor, without(state, 'undrained', input.connection), now);
      return;
    case 'settled':
      if (state.name === 'unsettled') ready(donor, state.serving, now);
      return;
    case 'extracted':
      if (state.name === 'extracting') extracted(donor, state, input, now);
      return;
    case 'not-extracted':
      if (state.name === 'extracting') donor.stay(state, input.reason);
      return;
    case 'cancelled':
      donor.stay(state, input.reason);
      return;
    case 'client-gone':
      gone(donor, state, input.connection, now);
      return;
    case 'here':
      here(donor, state, now);
      return;
    case 'refuse':
      donor.resume(connections, `the acceptor refuses: ${input.reason}`, false);
      return;
    case 'channel-lost':
    case 'unsent':
      donor.resume(connections, 'the channel to the acceptor is lost', false);
      return;
    case 'peer-gone':
      donor.resume(connections, 'the acceptor has ended', false);
      return;
    case 'prepared':
      prepared(donor, state, input, now);
      return;
    // Nobody was asked for any of these yet; a client's answers are to this member's own Binding Updates.
    case 'done':
    case 'claim':
    case 'channel-restored':
    case 'routable':
    case 'bound':
    case 'superseded':
    case 'refused':
    case 'unanswered':
    case 'moved':
      return;
    default:
      input satisfies never;
  }
}

/** A deadline before Init has come. */
export function waitBeforeInit(donor: DonorMachine, state: Early, now: Instant): void {
  if (state.name === 'waiting') freeze(donor, state.serving, now);
  else if (state.name === 'announced') repaired(donor, state.serving, now);
  else if (state.name === 'recovering') lookAtLoss(donor, state, now);
  else if (state.name === 'asking') answerDue(donor, state, now);
  else if (state.name === 'nearing') lookNearer(donor, state, now);
}

function sent(donor: DonorMachine, state: In<'sending'>, now: Instant): void {
  donor.to(state);
  if (state.unsent.length > 0) return;
  const { variant, waitMs } = donor.plan;
  donor.put({ kind: 'hold-new-connections' });
  if (variant.prepareAt === 'last-send') donor.announce();
  // While the client still takes what is under way to it.
  const serving = isFresh(donor, now) ? state.serving : ask(donor, state.serving, now);
  const { connections } = serving;
  if (variant.freezeAt === 'drained') {
    donor.to({ name: 'draining', undrained: connections, serving });
    donor.put({ kind: 'watch-drain', connections });
  } else if (waitMs > 0) donor.to({ name: 'waiting', until: now + waitMs, serving });
  else freeze(donor, serving, now);
}

function drained(donor: DonorMachine, state: In<'draining'>, now: Instant): void {
  donor.to(state);
  if (state.undrained.length === 0) freeze(donor, state.serving, now);
}

function prepared(
  donor: DonorMachine,
  state: Early,
  { careOfKeygenToken, careOfNonceIndex, ageMs, tripMs }: Extract<FrameToDonor, { kind: 'prepared' }>,
  now: Instant,
): void {
  const proof = { careOfKeygenToken, careOfNonceIndex, ageMs, tripMs, at: now };
  const serving = { ...state.serving, proof };
  if (state.name === 'announced') repaired(donor, serving, now);
  else donor.to({ ...state, serving });
}

function here(donor: DonorMachine, state: Early, now: Instant): void {
  const { askedAt: _, ...serving } = state.serving;
  if (state.name === 'asking') extract(donor, state.serving, now);
  else donor.to({ ...state, serving });
}

function extracted(
  donor: DonorMachine,
  state: In<'extracting'>,
  { connection, state: read, sequence, goesOn }: Extract<DonorInput, { kind: 'extracted' }>,
  now: Instant,
): void {
  const states = new Map(state.states);
  if (state.serving.connections.includes(connection)) states.set(connection, read);
  begin(donor, { ...state, states, sequence, still: state.still || goesOn !== true }, now);
}

/** Init leaves as soon as every connection's state is there. */
function begin(donor: DonorMachine, state: In<'extracting'>, now: Instant): void {
  donor.to(state);
  if (state.serving.connections.some((connection) => !state.states.has(connection))) return;
  if (state.goOn && state.still) {
    // All of them, or none.
    askStates(donor, state.serving, false);
    return;
  }
  const reason = initiate(donor, state, now);
  if (reason !== undefined) donor.stay(state, reason);
}

/** A connection that ends before its state has gone out is simply not moved. */
function gone(donor: DonorMachine, state: Early, connection: ConnectionId, now: Instant): void {
  const { connections: all } = state.serving;
  if (!all.includes(connection)) return;
  const serving = { ...state.serving, connections: all.filter((one) => one !== connection) };
  if (serving.connections.length === 0) {
    donor.withdraw(state);
    donor.to({ name: 'finished' });
    const reason = 'the client has closed its connection';
    donor.put({ kind: 'lose', connections: all, reason, unbound: false });
    return;
  }
  donor.put({ kind: 'leave-out', connection });
  if (state.name === 'sending') sent(donor, { ...without(state, 'unsent', connection), serving }, now);
  else if (state.name === 'draining')
    drained(donor, { ...without(state, 'undrained', connection), serving }, now);
  else if (state.name === 'extracting') begin(donor, { ...state, serving }, now);
  else donor.to({ ...state, serving });
}

/** The state with this connection gone from one of its lists. */
function without<State extends Early, List extends keyof State>(
  state: State & { readonly [Key in List]: readonly ConnectionId[] },
  list: List,
  connection: ConnectionId,
): State {
  return { ...state, [list]: state[list].filter((one) => one !== connection) };
}
