import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import { isNewerSequence, nextSequence } from '../../mip6/roles/shared/sequence.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { choose, goOnAlone, LOOK_AGAIN_MS } from './holder-backup.ts';
import type { HolderMachine } from './holder-machine.ts';
import type { Dispute, HolderIn, HolderState } from './holder-state.ts';
import { DISPUTE_MS, PROBE_MS } from './successor-state.ts';
import { hasRoom, mayBeTakeover, reclaimNumber, takeoverNumber } from './takeover-number.ts';

/** ms until a client that did not answer is asked again */
const ASK_AGAIN_MS = 5000;
const ANOTHERS = 'the client is another member’s';

/** The backup may take the client over: the client is asked whose it is, under the backup's own number. */
export function contest(holder: HolderMachine, takeover: number, backup?: Ipv6Address): void {
  if (holder.binding.isBeyond(takeover)) {
    choose(holder);
    return;
  }
  holder.connections.unsend();
  const asked = { name: 'contesting', takeover, againAt: undefined } as const;
  holder.to(backup === undefined ? asked : { ...asked, backup });
  holder.put({ kind: 'contest', sequence: takeover });
}

/** When the client is asked again, or it is given up. */
export function contestDeadline({ againAt, disputed }: HolderIn<'contesting'>): Instant | undefined {
  return earliest([againAt, disputed?.probeAt, disputed?.until]);
}

/** It is due. */
export function askAgain(holder: HolderMachine, state: HolderIn<'contesting'>, now: Instant): void {
  const { disputed, takeover, backup } = state;
  if (disputed === undefined) contest(holder, takeover, backup);
  else if (now >= disputed.until) holder.stop(ANOTHERS);
  else {
    holder.to({ ...state, disputed: { ...disputed, probeAt: now + PROBE_MS } });
    for (const checkpoint of holder.connections.checkpoints) holder.put({ kind: 'probe', checkpoint });
  }
}

/** The client has accepted a number from another member; or, where that is the contested one, from this, and the answer was lost. */
export function superseded(
  holder: HolderMachine,
  state: HolderState,
  accepted: number | undefined,
  now: Instant,
): void {
  if (state.name === 'leaving') return;
  // The answer to a question that was settled before it came: the client has accepted a number of this member's, and none since.
  if (state.name !== 'contesting' && holder.binding.isLast(accepted)) {
    holder.put({ kind: 'reclaim', sequence: nextSequence(accepted!) });
    return;
  }
  if (state.name === 'contesting' && isOfBefore(holder, state, accepted)) {
    holder.to({ ...state, againAt: undefined, own: true });
    holder.put({ kind: 'reclaim', sequence: nextSequence(accepted!) });
  } else if (state.name !== 'contesting' || state.own === true) holder.stop(ANOTHERS);
  else if (state.disputed === undefined)
    holder.to({ ...state, againAt: undefined, disputed: disputeFrom(now) });
}

/**
 * A client that has never acknowledged an update of this member's remembers a number of an older binding: neither this member's nor its backup's, whose numbers
 * are others. Any first update of this member's would be refused for it, and sent once more under the next one.
 */
function isOfBefore(
  holder: HolderMachine,
  { own, takeover }: HolderIn<'contesting'>,
  accepted: number | undefined,
): boolean {
  if (own === true || accepted === undefined || holder.binding.isKnown) return false;
  return !mayBeTakeover(takeover, accepted);
}

/** The client answers this member's probe, or the other member has ended: it is bound to this one, or to nobody that lives. */
export function reclaim(holder: HolderMachine, { disputed: _, ...state }: HolderIn<'contesting'>): void {
  holder.to({ ...state, own: true });
  holder.put({ kind: 'reclaim', sequence: reclaimNumber(state.takeover) });
}

/** The client is bound to this member: by a contest, which fences the backup off; or by an update of this member's own, above the backup's number perhaps. */
export function bound(holder: HolderMachine, state: HolderState, sequence: number): void {
  holder.binding.acknowledged(sequence);
  if (state.name === 'contesting' && !isNewerSequence(state.takeover, sequence)) choose(holder);
  else if (state.name === 'backed' && !hasRoom(state.takeover, sequence)) {
    const takeover = takeoverNumber(sequence);
    const number = holder.connections.renumber();
    holder.to({ ...state, takeover });
    holder.put({ kind: 'send-sequence', to: state.backup, number, takeover });
  }
}

/** The client gives no answer to an update. */
export function unanswered(holder: HolderMachine, state: HolderState, reason: string, now: Instant): void {
  holder.binding.failed(reason);
  if (state.name === 'contesting' && state.disputed === undefined)
    holder.to({ ...state, againAt: now + ASK_AGAIN_MS });
}

/** The client takes no update of this member's. */
export function refused(holder: HolderMachine, state: HolderState, reason: string, now: Instant): void {
  holder.binding.failed(reason);
  if (state.name === 'contesting') goOnAlone(holder, reason, now + LOOK_AGAIN_MS);
}

/**
 * The first probe leaves when all is here that the client had sent before it was bound to another member, if it was: its answer, the refusal, has left behind
 * that, so that only a packet that is overtaken by more than this could be taken for an answer.
 */
function disputeFrom(now: Instant): Dispute {
  return { probeAt: now + PROBE_MS, until: now + PROBE_MS + DISPUTE_MS };
}
