import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import {
  channelFrame,
  ipv6Packet,
  mobilityPacket,
  tunnelled,
  withHomeAddress,
  withRouting,
} from './capture-packets.ts';
import {
  acknowledgement,
  bindingUpdate,
  careOf1,
  careOf2,
  careOfTest,
  careOfTestInit,
  client,
  contactAddress,
  homeTest,
  homeTestInit,
} from './handoff-messages.ts';
import {
  flag,
  fromAcceptor,
  fromClient,
  fromDonor,
  type Hop,
  type Neighbour,
  onChannel,
} from './session-segments.ts';

export interface SessionPlan {
  readonly startMs: number;
  readonly clientPort: number;
  /** when Init comes to the router, in ms since the start; each further segment of it 1 ms later */
  readonly initAtMs: number;
  /** body of the Init frame */
  readonly initBodyOctets: number;
  /** when Prepare comes to the router, in ms since the start; the acceptor then runs return routability at once */
  readonly prepareAtMs?: number;
}

/** One-way latencies of the script's router: 40 ms to and from the client, 20 ms between the members' sites. */
const delaysMs = { client: 40, members: 20 } as const;
const segmentOctets = 1000;
const requestOctets = 9;
export const payloadOctets = 4 * segmentOctets;

export function delayMs({ from, to }: Pick<Hop, 'from' | 'to'>): number {
  return from === 'client' || to === 'client' ? delaysMs.client : delaysMs.members;
}

/** Writes down, hop by hop, what the testbed's router sees of a handoff from node1 to node2. */
export class HandoffScript {
  readonly hops: Hop[] = [];
  /** next sequence number on the member-to-member channel, by sender */
  readonly #channelNext = { donor: 900_000, acceptor: 0xffff_ffff };

  /** The acceptor opens the channel to the donor; each says Hello. */
  openChannel(atMs: number): void {
    this.#channelSegment('channel-syn', atMs, 'acceptor', flag.syn, Buffer.alloc(0));
    this.#channelSegment('channel-syn-ack', atMs + 20, 'donor', flag.syn | flag.ack, Buffer.alloc(0));
    this.#channelNext.acceptor += 1;
    this.#channelNext.donor += 1;
    this.frame('hello-2', atMs + 41, 'acceptor', 1, 16);
    this.frame('hello-1', atMs + 41, 'donor', 1, 16);
  }

  /** One session with one handoff. */
  session(plan: SessionPlan): void {
    const at = (ms: number): number => plan.startMs + ms;
    const { initAtMs, prepareAtMs } = plan;
    this.#open(plan);
    if (prepareAtMs !== undefined) this.frame('prepare', at(prepareAtMs), 'donor', 2, 36);
    const initLeaves = this.frame('init', at(initAtMs), 'donor', 3, plan.initBodyOctets) + delaysMs.members;
    const begin = prepareAtMs === undefined ? initLeaves : at(prepareAtMs) + delaysMs.members;
    const testsLeave = this.#returnRoutability(begin + 0.5);
    const update = Math.max(testsLeave, initLeaves) + 0.75;
    this.toClient('bu', update, bindingUpdate(420));
    this.toAcceptor('ba', update + 40.25, acknowledgement(0));
    this.#close(plan.clientPort, update + 81.5);
  }

  /** One frame on the channel, a segment every ms; gives when its last segment comes to the router. */
  frame(label: string, atMs: number, sender: 'donor' | 'acceptor', type: number, bodyOctets: number): number {
    const bytes = channelFrame(type, bodyOctets);
    let last = atMs;
    for (let offset = 0; offset < bytes.length; offset += segmentOctets) {
      last = atMs + offset / segmentOctets;
      const part = bytes.subarray(offset, offset + segmentOctets);
      this.#channelSegment(label, last, sender, flag.ack | flag.psh, part);
      this.#channelNext[sender] += part.length;
    }
    return last;
  }

  /** A Mobility Header message from the acceptor, straight to the client. */
  toClient(label: string, atMs: number, message: MobilityMessage): void {
    const mobility = withHomeAddress(contactAddress, mobilityPacket(contactAddress, client, message));
    this.#hop(label, atMs, 'ha2', 'client', ipv6Packet(careOf2, client, mobility));
  }

  /** A Mobility Header message from the client to the acceptor by a type 2 routing header. */
  toAcceptor(label: string, atMs: number, message: MobilityMessage): void {
    const mobility = withRouting(contactAddress, mobilityPacket(client, contactAddress, message));
    this.#hop(label, atMs, 'client', 'ha2', ipv6Packet(client, careOf2, mobility));
  }

  /** The same from the donor, */
  donorToClient(label: string, atMs: number, message: MobilityMessage): void {
    const mobility = withHomeAddress(contactAddress, mobilityPacket(contactAddress, client, message));
    this.#hop(label, atMs, 'ha1', 'client', ipv6Packet(careOf1, client, mobility));
  }

  /** and to it. */
  clientToDonor(label: string, atMs: number, message: MobilityMessage): void {
    const mobility = withRouting(contactAddress, mobilityPacket(client, contactAddress, message));
    this.#hop(label, atMs, 'client', 'ha1', ipv6Packet(client, careOf1, mobility));
  }

  #open({ startMs, clientPort: port }: SessionPlan): void {
    const at = (ms: number): number => startMs + ms;
    const pushing = flag.ack | flag.psh;
    const octets = segmentOctets;
    const ack = { port, flags: flag.ack, offset: requestOctets };
    this.hops.push(
      fromClient('syn', at(0), 'ha1', { port, flags: flag.syn, offset: -1 }),
      fromDonor('syn-ack', at(40.5), { port, flags: flag.syn | flag.ack, offset: -1 }),
      fromClient('ack', at(80.6), 'ha1', { port, flags: flag.ack, offset: 0 }),
      fromClient('request', at(80.7), 'ha1', { port, flags: pushing, offset: 0, octets: requestOctets }),
      fromDonor('donor-data-1', at(121), {
        port,
        flags: flag.ack,
        offset: 0,
        octets,
        received: requestOctets,
      }),
      fromDonor('donor-data-2', at(122.25), {
        port,
        flags: pushing,
        offset: octets,
        octets,
        received: requestOctets,
      }),
      fromClient('ack-1', at(161), 'ha1', { ...ack, received: octets }),
      fromClient('ack-2', at(162.25), 'ha1', { ...ack, received: 2 * octets }),
    );
  }

  /** Gives when the last of Home Test and Care-of Test leaves towards the acceptor. */
  #returnRoutability(start: number): number {
    const homeInit = ipv6Packet(contactAddress, client, mobilityPacket(contactAddress, client, homeTestInit));
    const home = ipv6Packet(client, contactAddress, mobilityPacket(client, contactAddress, homeTest));
    const careOfInit = ipv6Packet(careOf2, client, mobilityPacket(careOf2, client, careOfTestInit));
    const careOf = ipv6Packet(client, careOf2, mobilityPacket(client, careOf2, careOfTest));
    this.#hop('hoti-tunnelled', start, 'ha2', 'ha1', tunnelled(careOf2, careOf1, homeInit));
    this.#hop('coti', start + 0.1, 'ha2', 'client', careOfInit);
    this.#hop('hoti', start + 20.5, 'ha1', 'client', homeInit);
    this.#hop('cot', start + 40.2, 'client', 'ha2', careOf);
    this.#hop('hot', start + 60.6, 'client', 'ha1', home);
    this.#hop('hot-tunnelled', start + 101, 'ha1', 'ha2', tunnelled(careOf1, careOf2, home));
    return start + 101 + delaysMs.members;
  }

  #close(port: number, firstDataMs: number): void {
    const at = (ms: number): number => firstDataMs + ms;
    const octets = segmentOctets;
    const received = requestOctets;
    const fin = flag.ack | flag.fin;
    this.frame('done', at(1.5), 'acceptor', 4, 6);
    this.hops.push(
      fromAcceptor('acceptor-data-1', at(0), { port, flags: flag.ack, offset: 2 * octets, octets, received }),
      fromAcceptor('acceptor-data-2', at(1), { port, flags: fin, offset: 3 * octets, octets, received }),
      fromClient('client-fin', at(41.25), 'ha2', {
        port,
        flags: fin,
        offset: received,
        received: payloadOctets + 1,
      }),
      fromAcceptor('last-ack', at(82), {
        port,
        flags: flag.ack,
        offset: payloadOctets + 1,
        received: received + 1,
      }),
    );
    this.toClient('bu-delete', at(83), bindingUpdate(0, 43));
    this.toAcceptor('ba-delete', at(123.5), acknowledgement(0, 43));
  }

  #channelSegment(
    label: string,
    atMs: number,
    sender: 'donor' | 'acceptor',
    flags: number,
    payload: Buffer,
  ): void {
    this.hops.push(onChannel(label, atMs, sender, { seq: this.#channelNext[sender], flags, payload }));
  }

  #hop(label: string, atMs: number, from: Neighbour, to: Neighbour, packet: Buffer): void {
    this.hops.push({ label, atMs, from, to, packet });
  }
}
