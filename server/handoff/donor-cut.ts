import type { Instant } from '../../mip6/roles/shared/role.ts';
import { hearBehindInit } from './donor-behind-init.ts';
import type { DonorMachine, Given, In, Serving, TimedProof } from './donor-states.ts';
import type { DonorInput, Trips, Unsent } from './donor-types.ts';

/*
 * The announced cut: Init leaves while the donor's sockets still have octets to send, and tells up to where they do. While it travels the donor sends
 * them, so that the acceptor's first new octet can be at the client right behind the donor's last one.
 */

/** How often a donor looks at what its sockets have not sent, ms: less than what a packet takes on a narrow link. */
export const UNSENT_LOOK_MS = 1;
/** For how much longer than its rate says a donor goes on behind Init, ms: by then its acceptor is to be heard. */
const FINISHING_LATE_MS = 10;
/** A Binding Update with an Alternate Care-of Address and a Home Address option, in IPv6 and Ethernet, octets. */
const UPDATE_OCTETS = 136;
/** Less than this a clock's steps and a packet in front make of a test, ms. */
const SLOW_MS = 1;
/** A socket's octets leave by the segment: a cut that is one ahead is always seen, and the acceptor waits for what is too much. */
const SEGMENT_OCTETS = 1440;

function unsentOf({ plan }: DonorMachine): Unsent {
  return plan.unsent?.() ?? { octets: 0, perMs: 0, evenly: true };
}

/** How long so many octets take to leave, ms; 0 where nobody knows how fast. */
function durationMs(octets: number, { perMs }: Unsent): number {
  return perMs === 0 ? 0 : octets / perMs;
}

/** How long what is unsent takes to leave, ms. */
export function remainingMs(donor: DonorMachine): number {
  return leavesIn(unsentOf(donor));
}

function leavesIn(unsent: Unsent): number {
  return unsent.leaveInMs ?? durationMs(unsent.octets, unsent);
}

/** For how long at most this member sends on behind Init, ms. */
export function longestFinishMs(donor: DonorMachine): number {
  return remainingMs(donor) + FINISHING_LATE_MS;
}

/** How long so many Binding Updates take behind the last octets, ms. */
export function updatesMs(donor: DonorMachine, copies: number): number {
  return durationMs(copies * UPDATE_OCTETS, unsentOf(donor));
}

/** By how much the last octet may leave later than `remainingMs` says, ms: those that leave by the flight pause for as long as nobody knows. */
export function latenessMs(donor: DonorMachine): number {
  const { evenly, leaveInMs } = unsentOf(donor);
  return evenly || leaveInMs !== undefined ? 0 : FINISHING_LATE_MS;
}

/** By how much Init has to be ahead of the donor's last octet for the acceptor's first one to follow that at the client, ms. */
function leadMs({ plan }: DonorMachine, proof: TimedProof | undefined): number {
  const trips = plan.tripsMs?.();
  const { client, acceptor } = trips ?? {};
  if (client === undefined || acceptor === undefined || proof === undefined) return 0;
  const takes = takesMs(trips);
  return Math.max(0, acceptor + acceptorsTripMs(proof, takes) - client - takes);
}

/** What the client's Mobile IPv6 takes for a message, ms; 0 of one that takes no time to speak of. */
export function takesMs(trips: Trips | undefined): number {
  const takes = trips?.takes ?? 0;
  return takes < SLOW_MS ? 0 : takes;
}

/** From the acceptor to the client, one way, ms: half of its test, in which the client has answered its home test as well, perhaps, one behind the other. */
export function acceptorsTripMs({ tripMs }: TimedProof, takes: number): number {
  return Math.max(0, tripMs - takes);
}

/** No more is unsent than Init is to be ahead of; where the cut is not announced, nothing is. */
export function isNear(donor: DonorMachine, { proof }: Serving): boolean {
  const unsent = unsentOf(donor);
  const announces = donor.plan.variant.freezeAt === 'announced-cut';
  const lead = announces ? leadMs(donor, proof) + durationMs(SEGMENT_OCTETS, unsent) : 0;
  return leavesIn(unsent) <= lead;
}

/** Init is about to leave; the sockets go on, which takes `remainsMs`. */
export function finish(
  donor: DonorMachine,
  what: Pick<In<'finishing'>, 'given' | 'proof' | 'copies'>,
  remainsMs: number,
  now: Instant,
): void {
  const last = now + remainsMs + FINISHING_LATE_MS;
  donor.to({ name: 'finishing', until: now + UNSENT_LOOK_MS, last, ...what });
}

/** From now on this member waits for the acceptor's word. */
export function initiated(donor: DonorMachine, given: Given, now: Instant): void {
  const { attention, doneTimeoutMs } = donor.plan;
  const look = now + (attention?.everyMs ?? Number.POSITIVE_INFINITY);
  donor.to({ name: 'initiated', given, until: now + doneTimeoutMs, look });
}

/** Everything has left, or the acceptor begins whether or not it has. */
export function lookAtUnsent(donor: DonorMachine, state: In<'finishing'>, now: Instant): void {
  if (unsentOf(donor).octets > 0 && now < state.last)
    donor.to({ ...state, until: Math.min(now + UNSENT_LOOK_MS, state.last) });
  else cut(donor, state, now);
}

/** From now on this member stands still, as behind every Init, and the client is the acceptor's behind its last octets. */
function cut(donor: DonorMachine, { given, proof, copies }: In<'finishing'>, now: Instant): void {
  initiated(donor, given, now);
  donor.put({ kind: 'freeze', connections: given.connections });
  if (given.bound && proof !== undefined) donor.put({ kind: 'bind-for-acceptor', proof, copies });
}

/** What a donor hears while it sends its last octets: where the acceptor cannot have served it serves on, as if Init had never left. */
export function hearWhileFinishing(
  donor: DonorMachine,
  state: In<'finishing'>,
  input: DonorInput,
  now: Instant,
): void {
  const { connections } = state.given;
  switch (input.kind) {
    case 'refuse':
      if (input.bound) break;
      donor.resume(connections, `the acceptor refuses: ${input.reason}`, false);
      return;
    case 'unsent':
      if (input.frame !== 'init') break;
      donor.resume(connections, 'there is no channel to the acceptor', false);
      return;
    case 'done':
    case 'claim':
    case 'channel-lost':
    case 'peer-gone':
      break;
    // Answers to this member's own updates, what was asked before Init, or of a socket that comes to its end here.
    default:
      return;
  }
  cut(donor, state, now);
  const { state: stopped } = donor;
  if (stopped.name === 'initiated') hearBehindInit(donor, stopped, input, now);
}
