import type { Ipv6Address } from '../mip6/wire/address.ts';
import type { FdPoller } from './fd-poller.ts';
import { AF_INET6, decodeSocketAddress, rawAddress } from './socket-address.ts';
import { bindSocket, openSocket, SOCK_RAW, sendDatagram, setOption } from './socket-libc.ts';
import { MessageBuffers } from './socket-message.ts';
import type { SocketOption } from './socket-options.ts';
import { WatchedDescriptor } from './watched-descriptor.ts';

const IPPROTO_ICMPV6 = 58;
const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
/** `struct icmp6_filter` (RFC 3542 §3.2): one bit a type; on Linux a set bit blocks. */
const ICMP6_FILTER: SocketOption = { level: IPPROTO_ICMPV6, number: 1, name: 'ICMP6_FILTER' };
const FILTER_OCTETS = 32;
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
    const descriptor = openSocket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, 'echoes');
    const filter = Buffer.alloc(FILTER_OCTETS, 0xff);
    filter.writeUInt32LE(~(1 << (ECHO_REPLY % 32)) >>> 0, 4 * Math.floor(ECHO_REPLY / 32));
    setOption(descriptor, ICMP6_FILTER, filter);
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
