import type net from 'node:net';
import { putBack } from '../../linux/tcp/absent-octets.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ArrivingConnection } from '../../server/handoff/acceptor-types.ts';
import type { EndpointOutput, OfArrival } from '../../server/handoff/endpoint-types.ts';
import { UnheardClient } from '../../server/handoff/unheard-client.ts';
import { kernelRefusal } from '../support/kernel-refusal.ts';
import { RoleDriver } from '../support/role-driver.ts';
import type { RoleLog } from '../support/role-log.ts';
import { AcceptedSocket, endPace, forgetDonorsClock, type MovedState } from './accepted-socket.ts';
import { asMember } from './application-guard.ts';
import type { HandoffContext } from './handoff-context.ts';
import { stopSilently } from './silent-end.ts';

type Output = Extract<EndpointOutput<MovedState>, { readonly kind: 'of-arrival' }>['output'];

/** One way to a client that has not answered here yet, ms: with an initial window alone nothing would leave until the first acknowledgement comes. */
const UNTESTED_TRIP_MS = 100;

/** The sockets of a client that a handoff brings here, and its binding: does what the acceptor says. */
export class AcceptorSockets {
  readonly #client: Ipv6Address;
  readonly #context: HandoffContext;
  readonly #ofPeers: RoleLog;
  readonly #tell: (input: OfArrival) => void;
  #restored: readonly AcceptedSocket[] = [];
  #sockets: readonly net.Socket[] = [];
  /** octets of the donor's are in flight */
  #inFlight = false;
  readonly #unheard = new RoleDriver(new UnheardClient(), () => this.#forgetDonorsClock());

  /** `ofPeers`: for what peers can cause as often as they like. */
  constructor(
    client: Ipv6Address,
    context: HandoffContext,
    ofPeers: RoleLog,
    tell: (input: OfArrival) => void,
  ) {
    this.#client = client;
    this.#context = context;
    this.#ofPeers = ofPeers;
    this.#tell = tell;
  }

  act(output: Output): void {
    const { log, mobility } = this.#context;
    const client = this.#client;
    switch (output.kind) {
      case 'restore-sockets':
        this.#restore(output);
        return;
      case 'start-return-routability':
        log.write('return-routability-started', { client });
        mobility.ask(client, output);
        return;
      case 'bind':
      case 'bind-again':
        mobility.ask(client, output);
        log.write('binding-update-sent', { client });
        return;
      case 'adopt':
      case 'renew':
        mobility.ask(client, output);
        return;
      case 'activate':
        this.#activate(output.applicationStates);
        return;
      case 'settled':
        for (const socket of this.#sockets) endPace(socket);
        log.write('handoff-settled', { client });
        return;
      case 'stop':
        this.#unheard.stop();
        for (const socket of this.#sockets) stopSilently(socket);
        mobility.forget(client);
        log.write('client-taken-back', { client, reason: output.reason });
        return;
      case 'abandon':
        for (const socket of this.#restored) socket.discard();
        if (output.forgets) mobility.forget(client);
        log.write('handoff-abandoned', { client, reason: output.reason });
        return;
      default:
        output satisfies never;
    }
  }

  /** All sockets, or none. */
  #restore({ connections, goOn }: Extract<Output, { readonly kind: 'restore-sockets' }>): void {
    const client = this.#client;
    const tripMs = this.#context.testedTripMs?.(client) ?? UNTESTED_TRIP_MS;
    const restoring = { ...this.#context.restoring(client), paceOverMs: goOn === true ? 2 * tripMs : 0 };
    this.#logUnknown(connections);
    const restored: AcceptedSocket[] = [];
    this.#restored = restored;
    const content = this.#context.content?.();
    for (const { state, octets, applicationState } of connections) {
      try {
        const whole = putBack(state, (missing) => content?.(applicationState, missing));
        restored.push(new AcceptedSocket(whole, restoring));
        this.#inFlight ||= whole.sent.length > 0;
      } catch (error) {
        this.#tell({ kind: 'not-restored', reason: String(error) });
        return;
      }
      this.#context.log.write('socket-restored', { client, octets });
    }
    this.#tell({ kind: 'restored' });
  }

  /** One line, however many options and connections: what it says is the donor's. */
  #logUnknown(connections: readonly ArrivingConnection<MovedState>[]): void {
    const unknown = new Set(connections.flatMap(({ state }) => state.unknownOptions));
    if (unknown.size === 0) return;
    const reason = 'options that this member does not know';
    const option = [...unknown].join(' ');
    this.#ofPeers.write({ kind: 'socket-option-not-set', client: this.#client, option, reason });
  }

  #activate(applicationStates: readonly Uint8Array[]): void {
    const { log, onClient } = this.#context;
    const client = this.#client;
    this.#sockets = this.#restored.map((restored) => restored.activate());
    this.#restored = [];
    if (this.#inFlight) this.#unheard.handle({ kind: 'served' });
    for (const [connection, socket] of this.#sockets.entries()) {
      socket.once(
        'close',
        asMember(() => this.#tell({ kind: 'client-gone', connection })),
      );
      log.write('socket-activated', { client, port: socket.remotePort ?? 0 });
      onClient(socket, client, applicationStates[connection]!);
    }
  }

  #forgetDonorsClock(): void {
    for (const socket of this.#sockets) kernelRefusal(() => forgetDonorsClock(socket));
  }
}
