import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import { probe, renew } from './successor-binding.ts';
import type { SuccessorMachine } from './successor-machine.ts';
import { SETTLING_MS, type SuccessorIn, type SuccessorState } from './successor-state.ts';
import type { ReplicaState, Standing, SuccessorInput } from './successor-types.ts';

const never = Number.POSITIVE_INFINITY;

/** The client has said where a connection stands. */
export function stands<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorState,
  { port, standing, ahead }: Extract<SuccessorInput<State>, { readonly kind: 'standing' }>,
  now: Instant,
): void {
  const again = successor.connections.isServed(port);
  if (again === undefined || (state.name !== 'probing' && state.name !== 'live')) return;
  // What has come behind `serve` is the new socket's own affair, unless it cannot be.
  if (again && !ahead) return;
  if (state.name === 'probing') {
    const { disputed: _, ...probing } = state;
    const live = { ...probing, name: 'live', settledAt: now + SETTLING_MS, renewing: false } as const;
    successor.to(live);
    // It answers to a number that it has been given before: the answer to that was lost.
    if (state.disputed !== undefined) renew(successor, live);
  }
  if (standing.over) gone(successor, port);
  else serve(successor, port, standing);
}

/** A connection that was served here has ended, or nobody can go on with it. */
export function gone<State extends ReplicaState>(successor: SuccessorMachine<State>, port: number): void {
  const { connections, served, state } = successor;
  if (state.name === 'kept') return;
  connections.drop(port);
  if (connections.size > 0) return;
  // The end of what was served takes the binding with it.
  if (!served) successor.put({ kind: 'let-go' });
  successor.over(served);
}

/** So many octets of a client's have come to what is served here. */
export function received<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  port: number,
  octets: number,
): void {
  const { connections, state } = successor;
  if (state.name !== 'live' || connections.isServed(port) !== true) return;
  const lost = connections.settle(port, octets);
  if (lost !== undefined) successor.put(lost);
  if (connections.owed.length === 0) successor.over(true);
}

/** When a probe is due, or the client's acknowledgements are looked at no more. */
export function servingDeadline<State extends ReplicaState>(
  { connections }: SuccessorMachine<State>,
  { settledAt, probeAt }: SuccessorIn<'live'>,
): Instant | undefined {
  if (settledAt === never) return undefined;
  return earliest([settledAt, connections.unserved.length > 0 ? probeAt : undefined]);
}

/** It is due. What the client has sent to the holder, and will not send again, nobody has. */
export function settle<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: SuccessorIn<'live'>,
  now: Instant,
): void {
  if (now < state.settledAt) {
    probe(successor, state, now);
    return;
  }
  const { owed } = successor.connections;
  for (const port of owed) successor.put({ kind: 'check-input', port });
  if (owed.length === 0) successor.over(true);
  else successor.to({ ...state, settledAt: never });
}

function serve<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  port: number,
  standing: Standing,
): void {
  const output = successor.connections.serve(port, standing);
  successor.put(output);
  if (output.kind === 'serve') successor.served = true;
  else gone(successor, port);
}
