import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import { DISPUTE_MS, PROBE_MS } from './successor-state.ts';

/**
 * A client has refused the number that its holder and its backup have in common: it has accepted it before, from the one or from the other. The holder's own
 * first update may have been, and the answer lost. So the client is asked by probes, which it answers to the member alone that it is bound to.
 */
export interface Dispute {
  readonly probeAt: Instant;
  readonly until: Instant;
}

/**
 * The first probe leaves when all is here that the client had sent before it was bound to another member, if it was: its answer, the refusal, has left behind
 * that, so that only a packet that is overtaken by more than this could be taken for an answer.
 */
export function disputeFrom(now: Instant): Dispute {
  return { probeAt: now + PROBE_MS, until: now + PROBE_MS + DISPUTE_MS };
}

export function afterProbe(dispute: Dispute, now: Instant): Dispute {
  return { ...dispute, probeAt: now + PROBE_MS };
}

export function disputeDeadline(dispute: Dispute | undefined): Instant | undefined {
  return dispute && earliest([dispute.probeAt, dispute.until]);
}
