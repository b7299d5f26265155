import { attribute, parseAttributes } from './attributes.ts';
import { ACK, type NetlinkMessage, type NetlinkRequest } from './message.ts';

/** Subsystem and messages (`linux/netfilter/nfnetlink.h`, `nfnetlink_queue.h`). */
const SUBSYSTEM = 3 << 8;
const MESSAGES = { packet: 0, verdict: 1, configure: 2 } as const;
const CONFIGURE = { command: 1, parameters: 2, longest: 3 } as const;
const BIND = 1;
const COPY_PACKET = 2;
const PACKET = { header: 1, payload: 10 } as const;
const VERDICT_HEADER = 2;
const [DROP, ACCEPT] = [0, 1];
/** of each packet, less what stands before them: what is sent again needs all of it */
const COPIED_OCTETS = 0xffff;
/** struct nfgenmsg: family, version, number of the queue in network order */
const HEAD_OCTETS = 4;

/** A packet that the kernel holds until there is a verdict on it. */
export interface QueuedPacket {
  readonly id: number;
  /** from the IPv6 header on, whole */
  readonly octets: Uint8Array;
}

/** Makes the sender the listener of queue `number`, whole packets, of which so many wait at most; each is answered. */
export function bindQueue(number: number, mostPackets: number): readonly NetlinkRequest[] {
  const parameters = Buffer.alloc(5);
  parameters.writeUInt32BE(COPIED_OCTETS, 0);
  parameters.writeUInt8(COPY_PACKET, 4);
  const longest = Buffer.alloc(4);
  longest.writeUInt32BE(mostPackets, 0);
  return [
    attribute(CONFIGURE.command, Uint8Array.of(BIND, 0, 0, 0)),
    attribute(CONFIGURE.parameters, parameters),
    attribute(CONFIGURE.longest, longest),
  ].map((one) => request(number, MESSAGES.configure, ACK, one));
}

/** What becomes of a packet of queue `number`; not answered. */
export function verdictOn(number: number, id: number, passes: boolean): NetlinkRequest {
  const verdict = Buffer.alloc(8);
  verdict.writeUInt32BE(passes ? ACCEPT : DROP, 0);
  verdict.writeUInt32BE(id, 4);
  return request(number, MESSAGES.verdict, 0, attribute(VERDICT_HEADER, verdict));
}

/** A packet that waits; undefined: the message says something else. Throws LabError when a length in it is illegal. */
export function queuedPacket({ type, payload }: NetlinkMessage): QueuedPacket | undefined {
  if (type !== (SUBSYSTEM | MESSAGES.packet)) return undefined;
  const found = parseAttributes(payload.subarray(HEAD_OCTETS));
  const header = found.get(PACKET.header);
  if (header === undefined) return undefined;
  return { id: Buffer.from(header).readUInt32BE(0), octets: found.get(PACKET.payload) ?? new Uint8Array() };
}

function request(number: number, message: number, flags: number, one: Uint8Array): NetlinkRequest {
  const body = Uint8Array.of(0, 0, number >> 8, number & 0xff);
  return { type: SUBSYSTEM | message, flags, body, attributes: [one] };
}
