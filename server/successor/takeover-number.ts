import { isNewerSequence } from '../../mip6/roles/shared/sequence.ts';

/**
 * How far above its own last Binding Update a holder sets the number under which its backup may take the client over. The numbers below are the
 * holder's, for renewals and their retransmissions; the backup uses this one and no other. Below the donor's margin (`server/sequence-margin.ts`),
 * and far below 32,768, from where on a number counts as old.
 */
const MARGIN = 512;
/** Fewer left, and the holder sets another: a renewal and its retransmissions take nine. */
const LEAST_ROOM = 64;

/** The number that a holder sets whose last Binding Update has `sequence`. */
export function takeoverNumber(sequence: number): number {
  return (sequence + MARGIN) & 0xffff;
}

/**
 * How far above the number that it has in common with its backup a holder binds its client once more: what it and its backups use from then on is no number that
 * another backup's renewals come to soon, who has taken the client over in between. Of two members that use one number neither could tell that it is not its own.
 */
const APART = 128;

/** The number under which a holder takes a client back that has accepted `takeover` from it, or from a member that has ended. */
export function reclaimNumber(takeover: number): number {
  return (takeover + APART) & 0xffff;
}

/** Whether the client may have accepted `accepted` from the backup, or from a member that has had it since. */
export function mayBeTakeover(takeover: number, accepted: number): boolean {
  return ((accepted - takeover) & 0xffff) <= 2 * MARGIN;
}

/** Whether `takeover` still lies above the holder's last number, with room for those that come. */
export function hasRoom(takeover: number, sequence: number): boolean {
  const room = (takeover - sequence) & 0xffff;
  return isNewerSequence(takeover, sequence) && room >= LEAST_ROOM && room <= 2 * MARGIN;
}
