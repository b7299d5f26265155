import { ipv6Packet, type Payload, tcpSegment, withHomeAddress, withRouting } from './capture-packets.ts';
import { careOf1, careOf2, client, contactAddress } from './handoff-messages.ts';

export type Neighbour = 'client' | 'ha1' | 'ha2';

/** A packet crossing the router. */
export interface Hop {
  readonly label: string;
  /** when it comes, in ms since the script's epoch */
  readonly atMs: number;
  readonly from: Neighbour;
  readonly to: Neighbour;
  readonly packet: Buffer;
  /** the router loses it: it comes, but does not leave */
  readonly lost?: boolean;
}

/** One TCP segment: the port at the client's or the acceptor's end, and what matters in its header. */
export interface SegmentPlan {
  readonly port: number;
  readonly flags: number;
  /** octets of its sender's stream before this segment; −1: the SYN */
  readonly offset: number;
  readonly octets?: number;
  /** octets of the other stream received; 0 by default */
  readonly received?: number;
}

export const servicePort = 8080;
export const channelPort = 7000;
export const acceptorPort = 50_000;
export const flag = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16 } as const;
/** close below 2³²: every session's sequence numbers wrap */
const serverIsn = 0xffff_fc00;
const clientIsn = 5000;

export function serverSegment({ port, flags, offset, octets = 0, received = 0 }: SegmentPlan): Payload {
  const payload = Buffer.alloc(octets, 0x61);
  const seq = serverIsn + 1 + offset;
  const fields = { from: servicePort, to: port, seq, ack: clientIsn + 1 + received, flags, payload };
  return tcpSegment(contactAddress, client, fields);
}

/** As it leaves the home agent: the donor is at home, or nearly so. */
export function fromDonor(label: string, atMs: number, plan: SegmentPlan): Hop {
  return {
    label,
    atMs,
    from: 'ha1',
    to: 'client',
    packet: ipv6Packet(contactAddress, client, serverSegment(plan)),
  };
}

export function fromAcceptor(label: string, atMs: number, plan: SegmentPlan): Hop {
  const tcp = withHomeAddress(contactAddress, serverSegment(plan));
  return { label, atMs, from: 'ha2', to: 'client', packet: ipv6Packet(careOf2, client, tcp) };
}

/** Towards `ha1` to the contact address, towards `ha2` to the acceptor's care-of address by a type 2 routing header. */
export function fromClient(label: string, atMs: number, to: 'ha1' | 'ha2', plan: SegmentPlan): Hop {
  const { port, flags, offset, octets = 0, received = 0 } = plan;
  const ack = serverIsn + 1 + received;
  const fields = { from: port, to: servicePort, seq: clientIsn + 1 + offset, ack, flags };
  const tcp = tcpSegment(client, contactAddress, { ...fields, payload: Buffer.alloc(octets) });
  const packet =
    to === 'ha1'
      ? ipv6Packet(client, contactAddress, tcp)
      : ipv6Packet(client, careOf2, withRouting(contactAddress, tcp));
  return { label, atMs, from: 'client', to, packet };
}

/** A segment of the member-to-member channel. */
export function onChannel(
  label: string,
  atMs: number,
  sender: 'donor' | 'acceptor',
  segment: { readonly seq: number; readonly flags: number; readonly payload: Buffer },
): Hop {
  const toAcceptor = sender === 'donor';
  const [source, destination] = toAcceptor ? [careOf1, careOf2] : [careOf2, careOf1];
  const [from, to] = toAcceptor ? [channelPort, acceptorPort] : [acceptorPort, channelPort];
  const packet = ipv6Packet(source, destination, tcpSegment(source, destination, { from, to, ...segment }));
  return { label, atMs, from: toAcceptor ? 'ha1' : 'ha2', to: toAcceptor ? 'ha2' : 'ha1', packet };
}
