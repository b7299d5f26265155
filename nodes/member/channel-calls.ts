import type net from 'node:net';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Calls, type CallsInput, type CallsOutput, type CallsPlan } from '../../server/channel/calls.ts';
import { RoleDriver } from '../support/role-driver.ts';
import type { ChannelNetwork } from './channel-network.ts';

interface ChannelCallsOptions extends CallsPlan {
  readonly network: Pick<ChannelNetwork, 'connect'>;
  /** Its host has answered; the socket is the callee's. */
  onConnected(peer: Ipv6Address, socket: net.Socket): void;
  /** Its host says that nobody is there. */
  onNobody(peer: Ipv6Address): void;
}

/** A member's calls to others, by TCP from its care-of address. */
export class ChannelCalls {
  readonly #options: ChannelCallsOptions;
  readonly #driver: RoleDriver<CallsInput, CallsOutput>;
  /** by the number of their calls, until they are over */
  readonly #sockets = new Map<number, net.Socket>();
  #closed = false;

  constructor(options: ChannelCallsOptions) {
    this.#options = options;
    const isWanted = (peer: Ipv6Address): boolean => !this.#closed && options.isWanted(peer);
    this.#driver = new RoleDriver(new Calls({ ...options, isWanted }), (output) => {
      if (output.kind === 'connect') this.#connect(output.peer, output.call);
      else this.#sockets.get(output.call)?.destroy();
    });
  }

  call(peer: Ipv6Address): void {
    this.#driver.handle({ kind: 'call', peer });
  }

  /** A peer is there that waits for its next call: it is called now. */
  hasten(peer: Ipv6Address): void {
    this.#driver.handle({ kind: 'hasten', peer });
  }

  cancel(peer: Ipv6Address): void {
    this.#driver.handle({ kind: 'cancel', peer });
  }

  close(): void {
    this.#closed = true;
    this.#driver.stop();
    for (const socket of this.#sockets.values()) if (socket.connecting) socket.destroy();
  }

  #connect(peer: Ipv6Address, call: number): void {
    const { network, onConnected, onNobody } = this.#options;
    const socket = network.connect(peer);
    this.#sockets.set(call, socket);
    socket.once('error', (error) => {
      if ('code' in error && error.code === 'ECONNREFUSED') onNobody(peer);
    });
    socket.once('connect', () => {
      this.#driver.handle({ kind: 'answered', call });
      onConnected(peer, socket);
    });
    socket.once('close', () => {
      this.#sockets.delete(call);
      if (!this.#closed) this.#driver.handle({ kind: 'closed', call });
    });
  }
}
