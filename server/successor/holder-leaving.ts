import { previousSequence } from '../../mip6/roles/shared/sequence.ts';
import { EVERY_PORT } from './frames.ts';
import { choose, goOnAlone, NOT_MOBILE } from './holder-backup.ts';
import { contest } from './holder-dispute.ts';
import type { HolderMachine } from './holder-machine.ts';
import type { HolderState } from './holder-state.ts';

/**
 * The client goes to another member. The next number is the backup's own from now on, and the acceptor's first: should the backup not have heard of this, or have
 * begun by then, the client takes that number from one of the two.
 */
export function leave(holder: HolderMachine, state: HolderState): void {
  if (state.name === 'leaving') return;
  const takeover = state.name === 'backed' || state.name === 'contesting' ? state.takeover : undefined;
  if (state.name === 'backed')
    holder.put({
      kind: 'send-drop',
      to: state.backup,
      port: EVERY_PORT,
      reason: 'the client goes to another member',
    });
  if (takeover !== undefined) holder.put({ kind: 'burn', sequence: previousSequence(takeover) });
  holder.connections.unsend();
  holder.to({ name: 'leaving', takeover });
}

/** The client stays after all. */
export function stay(holder: HolderMachine, state: HolderState): void {
  if (state.name !== 'leaving') return;
  if (state.takeover === undefined || !holder.mobile) choose(holder);
  else contest(holder, state.takeover);
}

/** The client has no Mobile IPv6: nobody can take it over without the contact node. */
export function isNotMobile(holder: HolderMachine, state: HolderState): void {
  if (!holder.mobile) return;
  holder.mobile = false;
  if (state.name === 'backed')
    holder.put({ kind: 'send-drop', to: state.backup, port: EVERY_PORT, reason: NOT_MOBILE });
  if (state.name !== 'choosing' && state.name !== 'backed' && state.name !== 'contesting') return;
  goOnAlone(holder, NOT_MOBILE, Number.POSITIVE_INFINITY);
}
