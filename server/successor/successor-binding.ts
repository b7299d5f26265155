import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { SuccessorMachine } from './successor-machine.ts';
import {
  DISPUTE_MS,
  FIRST_PROBES_MS,
  PROBE_MS,
  type SuccessorIn,
  type SuccessorState,
} from './successor-state.ts';
import type { ReplicaState } from './successor-types.ts';

const HOLDER_LIVES = 'its holder lives';

/** The Binding Update, and soon behind it the first probe of every connection. */
export function bind<State extends ReplicaState>(successor: SuccessorMachine<State>, now: Instant): void {
  successor.put({ kind: 'bind', sequence: successor.takeover });
  const probeAt = now + FIRST_PROBES_MS[0]!;
  successor.to({ name: 'probing', probeAt, probes: 0, acknowledged: false });
}

/** Asks the client where those connections stand that are not served yet. */
export function probe<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorIn<'probing' | 'live'>,
  now: Instant,
): void {
  const probes = state.probes + 1;
  successor.to({ ...state, probes, probeAt: now + (FIRST_PROBES_MS[probes] ?? PROBE_MS) });
  for (const connection of successor.connections.unserved) successor.put({ kind: 'probe', ...connection });
}

/** A probe is due, or the dispute is over. */
export function askAgain<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorIn<'probing'>,
  now: Instant,
): void {
  if (state.disputed !== undefined && now >= state.disputed) successor.stop('the client is another member’s');
  else probe(successor, state, now);
}

/** The client has acknowledged the binding. */
export function bound<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorState,
): void {
  if (state.name === 'live') successor.to({ ...state, acknowledged: true, renewing: false });
  else if (state.name === 'probing') successor.to({ ...state, acknowledged: true });
}

/** The holder's process has ended: whoever was in reach again is not, for good, and nobody else may be there. */
export function holderGone<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorState,
  now: Instant,
): void {
  if (state.name === 'probing' && state.disputed !== undefined) bind(successor, now);
}

/**
 * The holder was not dead. A client that has not answered by now may be served there still; or it has ended its connection there, and what it has opened since
 * is another member's: to be bound here would part it from that. Unless it is bound here already, which its answer to a probe says.
 */
export function holderBack<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorState,
  now: Instant,
): void {
  if (state.name === 'binding') successor.stop(HOLDER_LIVES);
  else if (state.name === 'probing' && !state.acknowledged && state.disputed === undefined) {
    successor.put({ kind: 'hold-back' });
    probe(successor, { ...state, disputed: now + DISPUTE_MS }, now);
  }
}

/**
 * Somebody has used the number: the holder, which asks by it; an acceptor of the holder's, by a later one; or this member, whose first Binding Update
 * was answered and the answer lost. The client answers a probe of the member alone that it is bound to.
 */
export function superseded<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorState,
  reason: string,
  now: Instant,
): void {
  if (state.name === 'probing' && state.disputed === undefined)
    probe(successor, { ...state, disputed: now + DISPUTE_MS }, now);
  // It has answered a probe, and so was bound here: the number is one that it had accepted from here, perhaps.
  else if (state.name === 'live' && !state.acknowledged && !state.renewing) renew(successor, state);
  else if (state.name === 'live' || state.name === 'binding') successor.stop(reason);
  else if (state.name === 'kept') successor.refuse(reason);
}

/** The client has refused the number, and is this member's all the same: it is asked under the next one. */
export function renew<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorIn<'live'>,
): void {
  successor.to({ ...state, renewing: true });
  successor.put({ kind: 'renew' });
}

/** Nobody else may be there to serve the client: as long as it is not known to be another's it is asked again. */
export function unanswered<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorState,
  reason: string,
): void {
  if (state.name === 'kept') {
    if (!state.warm) successor.refuse(reason);
  } else if (state.name === 'binding') successor.put({ kind: 'test' });
  else if (state.name === 'probing' && state.disputed === undefined)
    successor.put({ kind: 'bind', sequence: successor.takeover });
}
