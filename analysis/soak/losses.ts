import type { LogicalPacket } from '../capture/decode.ts';
import type { SoakPacket } from './packets.ts';
import type { Pause } from './progress.ts';

/** A packet that came in and has not gone out by then is lost: more than any path's latency, ms. */
const longestMs = 1500;
/** where a machine that is cut off sends its packets (nodes/conductor/partition.ts) */
const nowhere = '100::1';

/**
 * Packets that were lost within the core router, which is where the paths have their loss, by the machines that they were between. A segment in a
 * tunnel is lost to the ends of its connection, one of which sends it again when its timer runs out, wherever between home agent and members that was.
 */
export class Losses {
  /** packet → when it came in, ms; several of the same look: the earliest */
  readonly #under = new Map<string, number[]>();
  /** address → when a packet from or to it was lost, ms, and the other one's address */
  readonly #lost = new Map<string, { readonly atMs: number; readonly other: string }[]>();

  take({ atMs, direction, packet }: SoakPacket): void {
    if (packet.outer.destination === nowhere) return;
    const key = looks(packet);
    const times = this.#under.get(key);
    if (direction === 'in') {
      if (times === undefined) this.#under.set(key, [atMs]);
      else times.push(atMs);
      this.#expire(atMs);
      return;
    }
    times?.shift();
    if (times?.length === 0) this.#under.delete(key);
  }

  /** How many packets from or to this address were lost in this time; `between`: those whose other end is one of these. */
  count(address: string, { fromMs, toMs }: Pause, between?: ReadonlySet<string>): number {
    const lost = this.#lost.get(address) ?? [];
    return lost.filter(
      ({ atMs, other }) => fromMs <= atMs && atMs <= toMs && (between === undefined || between.has(other)),
    ).length;
  }

  /** In the order of time, so that the oldest are first. */
  #expire(nowMs: number): void {
    for (const [key, times] of this.#under) {
      if (nowMs - times[0]! < longestMs) return;
      this.#under.delete(key);
      const [source, destination] = key.split(' ') as [string, string];
      for (const atMs of times) {
        this.#add(source, destination, atMs);
        this.#add(destination, source, atMs);
      }
    }
  }

  #add(address: string, other: string, atMs: number): void {
    const known = this.#lost.get(address);
    if (known === undefined) this.#lost.set(address, [{ atMs, other }]);
    else known.push({ atMs, other });
  }
}

/** What a packet is known by on both sides of the router; first those that it is lost to. */
function looks({ outer, tunnels, source, destination, upper }: LogicalPacket): string {
  const losers = upper.kind === 'tcp' && tunnels.length > 0 ? { source, destination } : outer;
  const ends = `${losers.source} ${losers.destination} ${outer.source} ${outer.destination} ${tunnels.length} ${source} ${destination}`;
  switch (upper.kind) {
    case 'tcp': {
      const { sourcePort, destinationPort, sequence, acknowledgement, flags, payloadLength } = upper;
      return `${ends} ${sourcePort} ${destinationPort} ${sequence} ${acknowledgement} ${flags} ${payloadLength}`;
    }
    case 'esp':
      return `${ends} ${upper.spi} ${upper.sequence}`;
    default:
      return `${ends} ${upper.kind}`;
  }
}
