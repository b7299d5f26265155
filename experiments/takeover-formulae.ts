import type { Parameters } from './experiment.ts';

/** The values of the parameter `ending`. */
export const endings = { killed: 0, cutOff: 1, leaves: 2 } as const;
const words = ['process killed', 'network cut', 'leaves'];

export function endingOf({ ending = 0 }: Parameters): string {
  return words[ending] ?? String(ending);
}

/**
 * From the end of the contact node to the first backup's Binding Update. Killed: the end of the channel arrives, and a look whether
 * the process is there comes back, if silence is not suspected before. Cut off: the last heartbeat was sent up to a heartbeat
 * before; here the mean. Leaves: its word.
 */
export function detectionMs({ ending, memberMs = 0, suspectMs = 0, heartbeatMs = 0 }: Parameters): number {
  if (ending === endings.leaves) return memberMs;
  const silenceMs = suspectMs + memberMs - heartbeatMs / 2;
  return ending === endings.killed ? Math.min(3 * memberMs, silenceMs) : silenceMs;
}

/** How far a kill's detection may lie from that, since heartbeats come when they do. */
export function detectionVariesMs({ memberMs = 0, suspectMs = 0, heartbeatMs = 0 }: Parameters): number {
  return 3 * memberMs > suspectMs + memberMs - heartbeatMs ? heartbeatMs / 2 : 0;
}

/** At the members: detection and one registration round trip; nothing where the old contact node serves until its successor does. */
export function outageMs(p: Parameters): number {
  return p.ending === endings.leaves ? 0 : detectionMs(p) + 2 * p.homeMs!;
}

/**
 * At a client, from the first datagram without an answer to the next one with. What is between the home agent and a contact node
 * that leaves when the update arrives is lost too: the answers come from an address that the home agent no longer accepts.
 */
export function clientOutageMs(p: Parameters): number {
  return p.ending === endings.leaves ? 2 * p.homeMs! : outageMs(p);
}
