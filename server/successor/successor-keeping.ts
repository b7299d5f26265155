import type { Instant } from '../../mip6/roles/shared/role.ts';
import { isLate } from '../attention.ts';
import { bind } from './successor-binding.ts';
import type { SuccessorMachine } from './successor-machine.ts';
import { RETEST_MS, type SuccessorIn } from './successor-state.ts';
import type { ReplicaState, SuccessorInput } from './successor-types.ts';

type Kept = SuccessorIn<'kept'>;

/** The holder has sent a checkpoint, or another number to bind the client under. */
export function keep<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: Kept,
  input: Extract<SuccessorInput<State>, { readonly kind: 'replica' | 'sequence' }>,
): void {
  successor.number = input.number;
  successor.takeover = input.takeover;
  if (input.kind === 'replica') successor.connections.keep(input);
  if (state.warm) acknowledge(successor);
}

/** The holder has sent what its client has. A hole in what is kept cannot be mended: the holder finds another backup. */
export function keepInput<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: Kept,
  { number, port, piece }: Extract<SuccessorInput<State>, { readonly kind: 'input' }>,
): void {
  successor.number = number;
  if (!successor.connections.input(port, piece)) successor.refuse('what the client has sent cannot be kept');
  else if (state.warm) acknowledge(successor);
}

/** The holder takes one back, or all. */
export function drop<State extends ReplicaState>(successor: SuccessorMachine<State>, port: number): void {
  successor.connections.drop(port);
  if (successor.connections.size === 0) successor.over(false);
}

/** Both tokens are here. */
export function warm<State extends ReplicaState>(successor: SuccessorMachine<State>, now: Instant): void {
  successor.to({ name: 'kept', warm: true, testedAt: now });
  acknowledge(successor);
}

/** The holder is gone, or silent. */
export function take<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: Kept,
  now: Instant,
): void {
  if (successor.connections.size === 0) successor.over(false);
  else if (state.warm) bind(successor, now);
  else {
    successor.to({ name: 'binding' });
    successor.put({ kind: 'test' });
  }
}

/** When tokens are asked for anew, or the holder has been silent for too long. */
export function keepingDeadline<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: Kept,
): Instant {
  return Math.min(silentAt(successor), state.testedAt + RETEST_MS);
}

/** It is due. */
export function wait<State extends ReplicaState>(
  successor: SuccessorMachine<State>,
  state: Kept,
  now: Instant,
): void {
  if (now >= state.testedAt + RETEST_MS) {
    successor.to({ ...state, testedAt: now });
    successor.put({ kind: 'test' });
  }
  const silent = silentAt(successor);
  if (now < silent) return;
  // Not yet when this process stood still as well: what the holder has sent meanwhile is not read yet.
  if (isLate(now, silent)) successor.patientFrom = now;
  else take(successor, state, now);
}

function silentAt<State extends ReplicaState>({ plan, patientFrom }: SuccessorMachine<State>): Instant {
  return Math.max(plan.heardAt(), patientFrom) + plan.silentMs;
}

function acknowledge<State extends ReplicaState>(successor: SuccessorMachine<State>): void {
  const { number } = successor;
  if (successor.acknowledged === number || successor.connections.size === 0) return;
  successor.acknowledged = number;
  successor.put({ kind: 'acknowledge', number });
}
