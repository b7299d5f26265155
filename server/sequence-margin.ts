import { nextSequence } from '../mip6/roles/shared/sequence.ts';

/**
 * How far above the last accepted Binding Update a donor takes a client back. The numbers below belong to the acceptor, for
 * its Binding Update, the retransmissions and renewals: once the client has accepted the donor's number it refuses all of
 * those (RFC 6275 §9.5.1), late ones included. Far below 32,768, from where on a number counts as old.
 */
const MARGIN = 1024;

/** The sequence number under which a donor takes a client back whose last accepted update had `sequence`. */
export function reclaimingSequence(sequence: number): number {
  return (sequence + MARGIN) & 0xffff;
}

/**
 * The number under which an acceptor takes over what its donor has died with: above every number that the dead one may have used in asking the
 * client and in taking it back, of which some may still be under way.
 */
export function inheritingSequence(sequence: number): number {
  return (sequence + 2 * MARGIN) & 0xffff;
}

/**
 * The number under which a donor that does not know whether its acceptor serves asks the client: the acceptor's first. The client
 * accepts it from one of the two, and answers the other with status 135.
 */
export function contestedSequence(sequence: number): number {
  return nextSequence(sequence);
}

/** How far above its contested number whoever has had a client since a handoff can be: a takeover and a reclaim behind what was inherited. */
export const MOST_BEYOND = 8 * MARGIN;
