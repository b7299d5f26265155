/**
 * A term of office of a contact node. Terms are numbered, and each number belongs to one member of the trust group, so that no
 * two members ever hold the same term, however little they heard of each other. A higher one supersedes a lower one.
 *
 * Every term has sequence numbers of its own: its holder starts above all numbers that an earlier term may have used, even when none of the
 * earlier updates has arrived. The home agent's replay check then refuses the earlier terms.
 */
export type Epoch = number;

/** Members that may hold a contact address's association data, at most (paper §7.1). */
export const LARGEST_TRUST_GROUP = 16;
/** ESP sequence numbers of a term on each association (RFC 4303 §2.2: 32 bits without extension). */
export const ESP_NUMBERS_PER_EPOCH = 2 ** 14;
/** The last term that has them. */
export const LAST_EPOCH = 2 ** 32 / ESP_NUMBERS_PER_EPOCH - 1;
/** Binding Updates of a term to the home agent. */
const UPDATES_PER_EPOCH = 64;

/** The first term above `highest` that belongs to `place`; undefined when the numbers are used up: the associations need new keys. */
export function epochAbove(highest: Epoch | undefined, place: number): Epoch | undefined {
  const least = highest === undefined ? 0 : highest + 1;
  const round = Math.ceil((least - place) / LARGEST_TRUST_GROUP);
  const epoch = Math.max(0, round) * LARGEST_TRUST_GROUP + place;
  return epoch > LAST_EPOCH ? undefined : epoch;
}

/** What stands for the last ESP packet before a term: the kernel counts on from here. */
export function espFloor(epoch: Epoch): number {
  return epoch * ESP_NUMBERS_PER_EPOCH;
}

/** Whether a term has few ESP numbers left: the contact node enters its next one. */
export function isNearlySpent(epoch: Epoch, lastOutbound: number): boolean {
  return lastOutbound - espFloor(epoch) > (3 * ESP_NUMBERS_PER_EPOCH) / 4;
}

/**
 * Where a term's Binding Updates to the home agent count on from. These numbers have only 16 bits, and are compared modulo 2¹⁶:
 * a home agent that missed 32,768 of them answers with status 135 and its own, from which the mobile node goes on.
 */
export function updateFloor(epoch: Epoch): number {
  return (epoch * UPDATES_PER_EPOCH) & 0xffff;
}
