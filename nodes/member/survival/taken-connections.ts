import type net from 'node:net';
import { descriptorOf, hasDescriptor } from '../../../linux/tcp/node-socket.ts';
import { progressOf } from '../../../linux/tcp/progress.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { SurvivalInput, SurvivalOutput } from '../../../server/successor/endpoint-types.ts';
import { kernelRefusal } from '../../support/kernel-refusal.ts';
import type { MovedState } from '../accepted-socket.ts';
import { asMember } from '../application-guard.ts';
import { stopSilently } from '../silent-end.ts';
import { endsWithClient } from './known-end.ts';
import { ConnectionWatch, sendProbe } from './probe.ts';
import { discardFirst } from './replayed-output.ts';
import type { SurvivalOptions } from './survival-options.ts';
import { survivorSocket } from './survivor-socket.ts';

/** What a successor asks for, with its client. */
type OfReplica = Extract<SurvivalOutput<MovedState>, { readonly kind: 'of-replica' }>;
type OfKind<Kind extends OfReplica['output']['kind']> = Extract<OfReplica['output'], { readonly kind: Kind }>;
type Told = Extract<SurvivalInput, { readonly kind: 'of-replica' }>['input'];

/** One connection of another member that is being taken over. */
interface Taken {
  readonly watch: ConnectionWatch;
  socket?: net.Socket;
  /** SND.NXT when the socket was made */
  from?: number;
  /** octets that it had received by then */
  had?: number;
}

/** Connections of other members that are kept or taken over here: what their successors ask of clients, bindings and sockets. */
export class TakenConnections {
  readonly #options: SurvivalOptions;
  /** what a client or a socket says to that */
  readonly #told: (client: Ipv6Address, input: Told) => void;
  readonly #taken = new Map<Ipv6Address, Map<number, Taken>>();

  constructor(options: SurvivalOptions, told: (client: Ipv6Address, input: Told) => void) {
    this.#options = options;
    this.#told = told;
  }

  /** What a successor asks for. */
  act({ client, holder, output }: OfReplica): void {
    const { log, mobility } = this.#options;
    switch (output.kind) {
      case 'test':
        mobility.renewReturnRoutability(client);
        return;
      case 'bind':
        log.write('client-taking-over', { client, holder, sequence: output.sequence });
        mobility.resume(client);
        mobility.takeOver(client, output.sequence);
        return;
      case 'hold-back':
        mobility.suspend(client);
        return;
      case 'renew':
        mobility.resume(client);
        mobility.ask(client, output);
        return;
      case 'probe':
        this.#probe(client, output);
        return;
      case 'serve':
        this.#serve(client, holder, output);
        return;
      case 'break-off':
        this.#breakOff(client, output);
        return;
      case 'check-input':
        this.#checkInput(client, output.port);
        return;
      case 'stop':
        for (const { socket } of this.#taken.get(client)?.values() ?? [])
          if (socket !== undefined) stopSilently(socket);
        this.#endWatches(client);
        mobility.forget(client);
        log.write('takeover-given-up', { client, holder, reason: output.reason });
        return;
      case 'let-go':
        mobility.unbind(client);
        return;
      case 'over':
        this.#endWatches(client);
        this.#forgetUnbound(client, output.served);
        return;
      default:
        output satisfies never;
    }
  }

  /** Of a client that was never bound here nothing stays, its tokens included. */
  #forgetUnbound(client: Ipv6Address, served: boolean): void {
    const { connectionsOf, isArriving, mobility } = this.#options;
    // It comes by a handoff, whose tokens these are by now.
    if (isArriving(client)) return;
    if (served || mobility.lastSequence(client) !== undefined || connectionsOf(client).length > 0) return;
    mobility.forget(client);
  }

  #probe(client: Ipv6Address, { port, state }: OfKind<'probe'>): void {
    const ports = this.#taken.get(client) ?? new Map<number, Taken>();
    this.#taken.set(client, ports);
    this.#options.log.write('client-probed', { client, port });
    // One that does not leave, or whose answer is not seen, is as good as lost: there are more.
    kernelRefusal(() => {
      if (!ports.has(port)) ports.set(port, { watch: this.#watch(client, ports, port, state) });
      sendProbe(state);
    });
  }

  #watch(
    client: Ipv6Address,
    ports: ReadonlyMap<number, Taken>,
    port: number,
    state: MovedState,
  ): ConnectionWatch {
    const { connectionsOf, poller } = this.#options;
    return new ConnectionWatch(poller, state, (standing) => {
      const own = ports.get(port)?.socket;
      if (connectionsOf(client).some((socket) => socket.remotePort === port && socket !== own))
        this.#told(client, { kind: 'served-here' });
      const ahead = standing.over ? false : isAhead(ports.get(port), standing.acknowledgement);
      this.#told(client, { kind: 'standing', port, standing, ahead });
    });
  }

  #serve(client: Ipv6Address, holder: Ipv6Address, served: OfKind<'serve'>): void {
    const { log, onSurvivor, restoring } = this.#options;
    const { port, state, applicationState, position, input } = served;
    const taken = this.#taken.get(client)?.get(port);
    const before = takeSocket(taken);
    if (before !== undefined && hasDescriptor(before) && receivedBehind(before, taken) > 0) {
      // The one before has acknowledged what nobody else has.
      before.destroy();
      const reason = 'the client is ahead of what was written, and has been sending';
      log.write('client-lost', { client, port, reason });
      this.#told(client, { kind: 'client-gone', port });
      return;
    }
    // Two sockets cannot have the same ends.
    if (before !== undefined) stopSilently(before);
    let socket: net.Socket | undefined;
    const reason = kernelRefusal(() => {
      const survivor = survivorSocket(state, position, restoring(client), input);
      socket = survivor;
      if (input !== undefined) discardFirst(survivor, position.sent, () => endsWithClient(survivor));
    });
    if (socket === undefined) {
      log.write('client-lost', { client, port, reason: reason ?? '' });
      this.#told(client, { kind: 'client-gone', port });
      return;
    }
    if (taken !== undefined) {
      taken.socket = socket;
      taken.from = position.acknowledgement;
      taken.had = progressOf(descriptorOf(socket)).received;
    }
    socket.once(
      'close',
      asMember(() => {
        if (this.#taken.get(client)?.get(port)?.socket === socket)
          this.#told(client, { kind: 'client-gone', port });
      }),
    );
    const { sent, segments } = position;
    const what = { client, port, holder, sent, segments };
    log.write('client-survives', input === undefined ? what : { ...what, input: input.octets.length });
    // Behind gated input the output is written anew, from the state on.
    onSurvivor(socket, client, applicationState, input === undefined ? sent : 0);
  }

  #breakOff(client: Ipv6Address, { port, state, position, reason }: OfKind<'break-off'>): void {
    const { log, restoring } = this.#options;
    const before = takeSocket(this.#taken.get(client)?.get(port));
    // Which is a reset. Of one that the kernel refuses the client hears nothing, as with any dead server.
    const refusal = kernelRefusal(() =>
      (before ?? survivorSocket(state, position, restoring(client))).destroy(),
    );
    log.write('client-lost', { client, port, reason, ...(refusal === undefined ? {} : { refusal }) });
  }

  #checkInput(client: Ipv6Address, port: number): void {
    const taken = this.#taken.get(client)?.get(port);
    const octets =
      taken?.socket === undefined ? Number.POSITIVE_INFINITY : receivedBehind(taken.socket, taken);
    this.#told(client, { kind: 'received', port, octets });
  }

  stop(): void {
    for (const client of [...this.#taken.keys()]) this.#endWatches(client);
  }

  #endWatches(client: Ipv6Address): void {
    for (const { watch } of this.#taken.get(client)?.values() ?? []) watch.close();
    this.#taken.delete(client);
  }
}

/** Octets of the client's that have come since the socket was made; infinitely many of one that is closed. */
function receivedBehind(socket: net.Socket, taken: Taken | undefined): number {
  if (!hasDescriptor(socket)) return Number.POSITIVE_INFINITY;
  return progressOf(descriptorOf(socket)).received - (taken?.had ?? 0);
}

/** The socket that a connection has had so far: what becomes of it says nothing about the client any more. */
function takeSocket(taken: Taken | undefined): net.Socket | undefined {
  const socket = taken?.socket;
  if (taken !== undefined) delete taken.socket;
  return socket;
}

/** The client acknowledges what the socket has not sent: the kernel ignores that, however often it is said. */
function isAhead(taken: Taken | undefined, acknowledgement: number): boolean {
  const { socket, from } = taken ?? {};
  if (socket === undefined || from === undefined || !hasDescriptor(socket)) return false;
  const { sent } = progressOf(descriptorOf(socket));
  // A FIN counts one, and is no octet.
  return ((acknowledgement - (from + sent)) | 0) > 1;
}
