import { EPOLLIN, type FdPoller } from '../fd-poller.ts';
import { attachFilter } from '../packet-filter.ts';
import { openPacketSocket } from '../packet-socket.ts';
import type { SocketEndpoint } from '../socket-address.ts';
import { closeDescriptor, localEndpoint, receiveOctets, remoteEndpoint } from '../socket-libc.ts';
import {
  ACKNOWLEDGEMENT_OCTETS,
  acknowledgementFilter,
  acknowledgementNumber,
} from './acknowledgement-filter.ts';
import { connectionIsOver } from './connection-end.ts';
import { LastOctet } from './last-octet.ts';
import { outstanding } from './queue-length.ts';

const MOST_PER_WAKE_UP = 1024;

/**
 * Waits, without a timer, for the acknowledgement of all that was written to a connected socket: a packet socket
 * shows the arriving segments, and SIOCOUTQ has the last word. Three wake-ups as a rule: two segments tell where the
 * last octet is, after which the filter passes only what acknowledges it.
 *
 * The kernel's own report of acknowledgements (SO_TIMESTAMPING, TX_ACK) was tried: it has to be asked for before
 * the last write, reports every write, and until a report is read libuv's epoll spins on the socket: 45,000 rounds
 * in 0.3 s were counted on a host. Virtual time must have no such loop, since it need not pass in it.
 */
export class Drain {
  readonly #poller: FdPoller;
  readonly #socket: number;
  readonly #onDrained: () => void;
  readonly #remote: SocketEndpoint;
  readonly #localPort: number;
  readonly #monitor: number;
  readonly #packet = Buffer.alloc(ACKNOWLEDGEMENT_OCTETS);
  readonly #lastOctet = new LastOctet();
  #target: number | undefined;
  #ended = false;

  /** Calls `onDrained` once, never before the constructor returns. Throws LabError. */
  constructor(poller: FdPoller, socket: number, onDrained: () => void) {
    this.#poller = poller;
    this.#socket = socket;
    this.#onDrained = onDrained;
    this.#remote = remoteEndpoint(socket);
    this.#localPort = localEndpoint(socket).port;
    this.#monitor = openPacketSocket(acknowledgementFilter(this.#remote, this.#localPort));
    poller.watch(this.#monitor, EPOLLIN, () => this.#look());
    // After the monitor: an acknowledgement in between would be missed.
    if (outstanding(socket) === 0) queueMicrotask(() => this.#end(true));
  }

  /** Stops waiting, for instance because the socket is about to be closed. */
  cancel(): void {
    this.#end(false);
  }

  #look(): void {
    if (this.#ended) return;
    if (!this.#isSameConnection()) {
      this.#end(false);
      return;
    }
    const before = outstanding(this.#socket);
    const acknowledged = this.#latestAcknowledgement();
    const left = outstanding(this.#socket);
    if (left === 0) this.#end(true);
    // Equal: no segment was processed in between, so that the acknowledgement and the length belong together.
    else if (acknowledged !== undefined && left === before)
      this.#aim(this.#lastOctet.look(acknowledged, left));
  }

  #aim(target: number | undefined): void {
    if (target === undefined || target === this.#target) return;
    this.#target = target;
    attachFilter(this.#monitor, acknowledgementFilter(this.#remote, this.#localPort, target));
    if (outstanding(this.#socket) === 0) this.#end(true);
  }

  #latestAcknowledgement(): number | undefined {
    let latest: number | undefined;
    for (let count = 0; count < MOST_PER_WAKE_UP; count++) {
      if (receiveOctets(this.#monitor, this.#packet, 0, 'acknowledgement') < 0) break;
      const number = acknowledgementNumber(this.#packet);
      if (latest === undefined || (number - latest) << 0 > 0) latest = number;
    }
    return latest;
  }

  /** The connection may have been reset; the descriptor may have been closed and given away. */
  #isSameConnection(): boolean {
    if (connectionIsOver(this.#socket)) return false;
    const { address, port } = remoteEndpoint(this.#socket);
    return address === this.#remote.address && port === this.#remote.port;
  }

  #end(drained: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#poller.unwatch(this.#monitor);
    closeDescriptor(this.#monitor);
    if (drained) this.#onDrained();
  }
}
