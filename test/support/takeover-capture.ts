import assert from 'node:assert/strict';
import { decodePacket, type LogicalPacket } from '../../analysis/capture/decode.ts';
import { PcapReader } from '../../analysis/capture/pcap-reader.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';

/** A packet as the router saw it come in or go out: `out` is behind the latency of the path. Times in ms of the capture's clock. */
export interface Sighting {
  readonly ms: number;
  readonly direction: 'in' | 'out';
  readonly packet: LogicalPacket;
}

/** What a takeover looks like at the router in the middle. */
export class TakeoverCapture {
  readonly sightings: readonly Sighting[];
  readonly malformed: readonly string[];

  /** `originNs`: what all times are counted from, ns of the capture's clock. */
  constructor(path: string, originNs: bigint) {
    using reader = new PcapReader(path);
    const sightings: Sighting[] = [];
    const malformed: string[] = [];
    for (const captured of reader.packets()) {
      const packet = decodePacket(captured);
      if (packet.kind === 'malformed') malformed.push(`${captured.number}: ${packet.reason}`);
      if (packet.kind !== 'ipv6' || (captured.direction !== 'in' && captured.direction !== 'out')) continue;
      const epochNs = BigInt(reader.epochSeconds ?? 0) * 1_000_000_000n - originNs;
      const ms = (Number(epochNs) + captured.timeNs) / 1e6;
      sightings.push({ ms, direction: captured.direction, packet });
    }
    this.sightings = sightings;
    this.malformed = malformed;
  }

  /** ESP packets of one association, e.g. protected Binding Updates to the home agent. */
  esp(spi: number, ends: { readonly source?: string; readonly destination?: string }): readonly Sighting[] {
    return this.sightings.filter(
      ({ packet: { upper, outer } }) =>
        upper.kind === 'esp' &&
        upper.spi === spi &&
        (ends.source === undefined || outer.source === ends.source) &&
        (ends.destination === undefined || outer.destination === ends.destination),
    );
  }

  /** Datagrams from or to this port; `tunnel`: the addresses of the IPv6-in-IPv6 header around them, `none` where there is none. */
  datagrams(
    which: { readonly from?: number; readonly to?: number },
    tunnel: { readonly source: string; readonly destination: string } | 'none',
  ): readonly Sighting[] {
    return this.sightings.filter(({ packet: { upper, tunnels } }) => {
      if (upper.kind !== 'udp') return false;
      if (which.from !== undefined && upper.sourcePort !== which.from) return false;
      if (which.to !== undefined && upper.destinationPort !== which.to) return false;
      if (tunnel === 'none') return tunnels.length === 0;
      return tunnels[0]?.source === tunnel.source && tunnels[0].destination === tunnel.destination;
    });
  }

  /** TCP segments of clients to this port inside this tunnel. */
  segments(
    { to }: { readonly to: number },
    tunnel: { readonly source: string; readonly destination: string },
  ): readonly Sighting[] {
    return this.sightings.filter(
      ({ packet: { upper, tunnels } }) =>
        upper.kind === 'tcp' &&
        upper.destinationPort === to &&
        tunnels[0]?.source === tunnel.source &&
        tunnels[0].destination === tunnel.destination,
    );
  }

  /** When data segments of the service that a member sends to a client over the optimised route come to the router, ms. */
  dataFrom(careOfAddress: string, client: string): readonly number[] {
    return this.dataSegments(client).flatMap(({ ms, packet }) =>
      packet.network.source === careOfAddress ? [ms] : [],
    );
  }

  /** All such segments to a client, of all members or of all contact addresses unless one is named, as they come to the router. */
  dataSegments(client: string, contactAddress?: string): readonly Sighting[] {
    return this.sightings.filter(
      ({ direction, packet: { upper, network, source } }) =>
        direction === 'in' &&
        upper.kind === 'tcp' &&
        upper.payloadLength > 0 &&
        network.destination === client &&
        (contactAddress === undefined || source === contactAddress),
    );
  }

  /** Segments with octets that one member sends to another on their channel. */
  channel(from: string, to: string, port: number): readonly Sighting[] {
    return this.sightings.filter(
      ({ packet: { upper, network, tunnels } }) =>
        upper.kind === 'tcp' &&
        upper.payloadLength > 0 &&
        tunnels.length === 0 &&
        (upper.sourcePort === port || upper.destinationPort === port) &&
        network.source === from &&
        network.destination === to,
    );
  }

  /** TCP resets that the service has sent. */
  resets(contactAddress: Ipv6Address | string): readonly Sighting[] {
    return this.#flagged(contactAddress, TCP_FLAG.rst);
  }

  /** Ends of stream (FIN) that the service has sent. */
  ends(contactAddress: Ipv6Address | string): readonly Sighting[] {
    return this.#flagged(contactAddress, TCP_FLAG.fin);
  }

  #flagged(contactAddress: Ipv6Address | string, flag: number): readonly Sighting[] {
    return this.sightings.filter(
      ({ packet: { upper, source } }) =>
        upper.kind === 'tcp' && (upper.flags & flag) !== 0 && source === contactAddress,
    );
  }
}

/** The longest silence between two of these times within [from, to]. */
export function longestGap(times: readonly number[], from: number, to: number): number {
  const within = times.filter((time) => time >= from && time <= to);
  return Math.max(...within.slice(1).map((time, index) => time - within[index]!));
}

/** Virtual time has no noise: within 1 ms of what the model says. */
export function near(actual: number, expected: number, what: string, toleranceMs = 1): void {
  assert.ok(Math.abs(actual - expected) < toleranceMs, `${what}: ${actual} ms, expected ${expected}`);
}
