import type { FdPoller } from './fd-poller.ts';
import { LabError } from './lab-error.ts';
import { ERROR, emitMessage, type NetlinkRequest, parseAnswer, parseMessages } from './netlink/message.ts';
import { bindQueue, type QueuedPacket, queuedPacket, verdictOn } from './netlink/queue-messages.ts';
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
const RECEIVE_OCTETS = 128 * 1024;
/** SO_RCVBUF: of packets that wait to be looked at; what does not fit is dropped, as by a verdict */
const BUFFER_OCTETS = 4 * 1024 * 1024;
/** Packets without a verdict; the kernel's own bound is 1024, of which one sender that waits takes a quarter. */
export const MOST_PACKETS = 16_384;
const ENOENT = 2;

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
    for (const request of bindQueue(this.#number, MOST_PACKETS)) this.#send(request);
    // All are answered by now.
    while (this.#take());
  }

  /** What becomes of a packet; a second verdict on one is refused by the kernel. */
  decide(id: number, passes: boolean): void {
    this.#send(verdictOn(this.#number, id, passes));
  }

  close(): void {
    this.#watched.close();
  }

  #send(request: NetlinkRequest): void {
    this.#sequence += 1;
    sendOctets(this.#watched.number, emitMessage(request, this.#sequence), `packet queue ${this.#number}`);
  }

  #take(): boolean {
    const what = `packet queue ${this.#number}`;
    const length = receiveOctets(this.#watched.number, this.#buffer, 0, what);
    if (length === WOULD_BLOCK) return false;
    for (const message of parseMessages(Uint8Array.from(this.#buffer.subarray(0, length)))) {
      if (message.type === ERROR) refused(parseAnswer(message).code, what);
      const packet = queuedPacket(message);
      if (packet !== undefined) this.#onPacket(packet);
    }
    return true;
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
