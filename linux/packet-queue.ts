import type { FdPoller } from './fd-poller.ts';
import { LabError } from './lab-error.ts';
import { attribute, parseAttributes } from './netlink/attributes.ts';
import { ACK, ERROR, emitMessage, parseAnswer, parseMessages } from './netlink/message.ts';
import { NETLINK_NETFILTER } from './netlink/socket.ts';
import {
  openSocket,
  receiveOctets,
  SOCK_RAW,
  sendOctets,
  setNumberOption,
  WOULD_BLOCK,
} from './socket-libc.ts';
import { NETLINK_NO_ENOBUFS, SO_RCVBUFFORCE } from './socket-options.ts';
import { WatchedDescriptor } from './watched-descriptor.ts';

const AF_NETLINK = 16;
/** Subsystem and messages (`linux/netfilter/nfnetlink.h`, `nfnetlink_queue.h`). */
const SUBSYSTEM = 3 << 8;
const MESSAGES = { packet: 0, verdict: 1, configure: 2 } as const;
const CONFIGURE = { command: 1, parameters: 2, longest: 3 } as const;
const BIND = 1;
const COPY_PACKET = 2;
const PACKET = { header: 1, payload: 10 } as const;
const VERDICT_HEADER = 2;
const [DROP, ACCEPT] = [0, 1];
/** of each packet; what is sent again needs all of it */
const COPIED_OCTETS = 0xffff;
const RECEIVE_OCTETS = 128 * 1024;
/** SO_RCVBUF: of packets that wait to be looked at; what does not fit is dropped, as by a verdict */
const BUFFER_OCTETS = 4 * 1024 * 1024;
/** Packets without a verdict; the kernel's own bound is 1024, of which one sender that waits takes a quarter. */
const MOST_PACKETS = 16_384;
const ENOENT = 2;

/** A packet that the kernel holds until there is a verdict on it. */
interface QueuedPacket {
  readonly id: number;
  /** from the IPv6 header on, whole */
  readonly octets: Uint8Array;
}

/** Packets that a rule of the packet filter sends to queue `number` of the caller's network namespace, each to be let pass or not. */
export class PacketQueue {
  readonly #number: number;
  readonly #buffer = Buffer.alloc(RECEIVE_OCTETS);
  readonly #watched: WatchedDescriptor;
  readonly #onPacket: (packet: QueuedPacket) => void;
  #sequence = 0;

  private constructor(poller: FdPoller, number: number, onPacket: (packet: QueuedPacket) => void) {
    this.#number = number;
    this.#onPacket = onPacket;
    const descriptor = openSocket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER, 'packet queue');
    setNumberOption(descriptor, NETLINK_NO_ENOBUFS, 1);
    setNumberOption(descriptor, SO_RCVBUFFORCE, BUFFER_OCTETS);
    this.#watched = new WatchedDescriptor(poller, descriptor, () => this.#take());
  }

  /** Throws LabError where the kernel has no packet queues, or somebody else has this one. */
  static open(poller: FdPoller, number: number, onPacket: (packet: QueuedPacket) => void): PacketQueue {
    const queue = new PacketQueue(poller, number, onPacket);
    try {
      queue.#bind();
    } catch (error) {
      queue.close();
      throw error;
    }
    return queue;
  }

  #bind(): void {
    this.#send(MESSAGES.configure, ACK, attribute(CONFIGURE.command, Uint8Array.of(BIND, 0, 0, 0)));
    const parameters = Buffer.alloc(5);
    parameters.writeUInt32BE(COPIED_OCTETS, 0);
    parameters.writeUInt8(COPY_PACKET, 4);
    this.#send(MESSAGES.configure, ACK, attribute(CONFIGURE.parameters, parameters));
    const longest = Buffer.alloc(4);
    longest.writeUInt32BE(MOST_PACKETS, 0);
    this.#send(MESSAGES.configure, ACK, attribute(CONFIGURE.longest, longest));
    // All are answered by now.
    while (this.#take());
  }

  /** What becomes of a packet; a second verdict on one is refused by the kernel. */
  decide(id: number, passes: boolean): void {
    const verdict = Buffer.alloc(8);
    verdict.writeUInt32BE(passes ? ACCEPT : DROP, 0);
    verdict.writeUInt32BE(id, 4);
    this.#send(MESSAGES.verdict, 0, attribute(VERDICT_HEADER, verdict));
  }

  close(): void {
    this.#watched.close();
  }

  #send(message: number, flags: number, ...attributes: readonly Uint8Array[]): void {
    // struct nfgenmsg: family, version, number of the queue in network order
    const body = Uint8Array.of(0, 0, this.#number >> 8, this.#number & 0xff);
    this.#sequence += 1;
    const octets = emitMessage({ type: SUBSYSTEM | message, flags, body, attributes }, this.#sequence);
    sendOctets(this.#watched.number, octets, `packet queue ${this.#number}`);
  }

  #take(): boolean {
    const what = `packet queue ${this.#number}`;
    const length = receiveOctets(this.#watched.number, this.#buffer, 0, what);
    if (length === WOULD_BLOCK) return false;
    for (const message of parseMessages(Uint8Array.from(this.#buffer.subarray(0, length)))) {
      if (message.type === ERROR) refused(parseAnswer(message).code, what);
      else if (message.type === (SUBSYSTEM | MESSAGES.packet)) this.#packet(message.payload.subarray(4));
    }
    return true;
  }

  #packet(attributes: Uint8Array): void {
    const found = parseAttributes(attributes);
    const header = found.get(PACKET.header);
    if (header === undefined) return;
    const id = Buffer.from(header).readUInt32BE(0);
    this.#onPacket({ id, octets: found.get(PACKET.payload) ?? new Uint8Array() });
  }
}

function refused(code: number, what: string): void {
  // A verdict that comes too late: the packet is gone, with its interface perhaps.
  if (code === 0 || code === ENOENT) return;
  throw new LabError(`the kernel refused: ${what} (error ${code})`, {
    command: what,
    remedy: 'the lab kernel has packet queues (CONFIG_NETFILTER_NETLINK_QUEUE); another one may not',
  });
}
