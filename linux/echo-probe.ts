import type { Ipv6Address } from '../mip6/wire/address.ts';
import type { FdPoller } from './fd-poller.ts';
import { openIcmpv6Socket } from './icmpv6-socket.ts';
import { decodeSocketAddress, rawAddress } from './socket-address.ts';
import { bindSocket, sendDatagram } from './socket-libc.ts';
import { MessageBuffers } from './socket-message.ts';
import { WatchedDescriptor } from './watched-descriptor.ts';

const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
/** Echo Request and Reply (RFC 4443 §4): type, code, checksum (the kernel's), identifier, sequence number. */
const MESSAGE = { identifier: 4, sequence: 6, octets: 8 };

interface Waiting {
  readonly target: Ipv6Address;
  readonly sentAt: number;
  answered(roundTripMs: number): void;
}

/** Measures round trips by ICMPv6 echoes from one of this host's addresses. */
export class EchoProbe {
  readonly #socket: WatchedDescriptor;
  readonly #identifier: number;
  readonly #now: () => number;
  readonly #buffers = new MessageBuffers(MESSAGE.octets);
  readonly #waiting = new Map<number, Waiting>();
  #sequence = 0;

  /** `identifier`: 16 bits, of this process; `now`: ms. Throws LabError without CAP_NET_RAW, or when the address is not this host's. */
  constructor(poller: FdPoller, source: Ipv6Address, identifier: number, now: () => number) {
    this.#identifier = identifier & 0xffff;
    this.#now = now;
    const descriptor = openIcmpv6Socket(ECHO_REPLY, 'echoes');
    bindSocket(descriptor, rawAddress(source), 'echoes');
    this.#socket = new WatchedDescriptor(poller, descriptor, () => this.#takeOne());
  }

  /** Milliseconds to `target` and back; undefined when it has not answered in time, or cannot be reached. */
  roundTripMs(target: Ipv6Address, timeoutMs: number): Promise<number | undefined> {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const sequence = this.#sequence;
    const message = Buffer.alloc(MESSAGE.octets);
    message.writeUInt8(ECHO_REQUEST, 0);
    message.writeUInt16BE(this.#identifier, MESSAGE.identifier);
    message.writeUInt16BE(sequence, MESSAGE.sequence);
    return new Promise((resolve) => {
      const finish = (roundTripMs: number | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(sequence);
        resolve(roundTripMs);
      };
      const timer = setTimeout(() => finish(undefined), timeoutMs);
      this.#waiting.set(sequence, { target, sentAt: this.#now(), answered: finish });
      try {
        sendDatagram(this.#socket.number, message, rawAddress(target), `echo to ${target}`);
      } catch {
        finish(undefined);
      }
    });
  }

  close(): void {
    this.#socket.close();
  }

  #takeOne(): boolean {
    const message = this.#buffers.receive(this.#socket.number, 0, 'echo reply');
    if (message === undefined) return false;
    const { data } = message;
    if (data.length < MESSAGE.octets || data.readUInt16BE(MESSAGE.identifier) !== this.#identifier)
      return true;
    const waiting = this.#waiting.get(data.readUInt16BE(MESSAGE.sequence));
    if (waiting === undefined || decodeSocketAddress(message.name)?.address !== waiting.target) return true;
    waiting.answered(this.#now() - waiting.sentAt);
    return true;
  }
}
