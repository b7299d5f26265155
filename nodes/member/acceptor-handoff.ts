import type net from 'node:net';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HandoffFrame, InitFrame } from '../../server/channel/channel-frames.ts';
import type { AcceptorInput } from '../../server/handoff/acceptor.ts';
import { AcceptorConnections } from '../../server/handoff/acceptor-connections.ts';
import type { BundledConnection } from '../../server/handoff/connection-bundle.ts';
import type {
  AcceptorConnectionsInput,
  AcceptorConnectionsOutput,
} from '../../server/handoff/connection-types.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';
import { asMember } from './application-guard.ts';
import { AcceptedSocket, stopSilently } from './frozen-socket.ts';
import type { HandoffContext } from './handoff-context.ts';

/** What concerns the handoff as a whole. */
export type AcceptorHandoffInput = Exclude<AcceptorInput, { readonly kind: 'restored' | 'client-gone' }>;

/** Runs one handoff as acceptor, of all connections of a client together, from the donor's first frame until the client is this member's for good. */
export class AcceptorHandoff {
  readonly donor: Ipv6Address;
  readonly client: Ipv6Address;
  readonly #context: HandoffContext;
  readonly #onEnd: (settledAt?: number) => void;
  readonly #driver: RoleDriver<AcceptorConnectionsInput, AcceptorConnectionsOutput>;
  readonly #ended = Promise.withResolvers<void>();
  #begun = false;
  #states: readonly TcpConnectionState[] = [];
  #restored: AcceptedSocket[] = [];
  #sockets: net.Socket[] = [];

  /**
   * `frame`: the donor's first, Prepare, or Init when there was none; `onEnd` is called once, when the client is this member's
   * for good with the sequence number of its Binding Update.
   */
  constructor(
    frame: Extract<HandoffFrame, { kind: 'prepare' | 'init' }>,
    donor: Ipv6Address,
    context: HandoffContext,
    onEnd: (settledAt?: number) => void,
  ) {
    const { handoff, client, contactAddress } = frame;
    const { doneTimeoutMs: timeoutMs, leaseMs } = context;
    this.donor = donor;
    this.#context = context;
    this.client = client;
    this.#onEnd = onEnd;
    const role = new AcceptorConnections(
      { handoff, client, contactAddress, timeoutMs, leaseMs, claims: context.takesClaims(donor) },
      monotonicMs(),
    );
    this.#driver = new RoleDriver(role, (output) => this.#act(output));
  }

  /** Its Init has come. */
  get begun(): boolean {
    return this.#begun;
  }

  /** The donor's Init: `states` are the connections that it brings. */
  initiate(init: InitFrame, states: readonly TcpConnectionState[]): void {
    // A second one says nothing new.
    if (this.#begun) return;
    this.#states = states;
    this.handle({ kind: 'frame', frame: init });
  }

  handle(input: AcceptorHandoffInput): void {
    this.#begun ||= input.kind === 'frame' && input.frame.kind === 'init';
    this.#driver.handle(input);
  }

  /** Resolves when the handoff has ended, in whichever way. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  #act(output: AcceptorConnectionsOutput): void {
    const { log, mobility } = this.#context;
    const client = this.client;
    switch (output.kind) {
      case 'send':
        if (this.#context.send(this.donor, output.frame)) log.write(`${output.frame.kind}-sent`, { client });
        return;
      case 'start-return-routability':
        log.write('return-routability-started', { client });
        mobility.startReturnRoutability(client);
        return;
      case 'restore-sockets':
        this.#restore(output.connections);
        return;
      case 'bind':
        mobility.bindAsAcceptor(client, output.lastSequence, output.insists);
        log.write('binding-update-sent', { client });
        return;
      case 'renew':
        mobility.renew(client);
        return;
      case 'activate':
        this.#activate(output.connections);
        return;
      case 'settled':
        log.write('handoff-settled', { client });
        this.#end(mobility.lastSequence(client) ?? 0);
        return;
      case 'stop':
        for (const socket of this.#sockets) stopSilently(socket);
        mobility.forget(client);
        log.write('client-taken-back', { client, reason: output.reason });
        this.#end();
        return;
      case 'abandon':
        for (const socket of this.#restored) socket.discard();
        // A binding that is not this handoff's belongs to a later one, which has brought the client here another way.
        if (output.bound || mobility.lastSequence(client) === undefined) mobility.forget(client);
        log.write('handoff-abandoned', { client, reason: output.reason });
        this.#end();
        return;
      default:
        output satisfies never;
    }
  }

  /** All sockets, or none. */
  #restore(connections: readonly BundledConnection[]): void {
    const { client } = this;
    for (const [connection, { tcpState }] of connections.entries()) {
      try {
        this.#restored.push(new AcceptedSocket(this.#states[connection]!, this.#context.restoring(client)));
      } catch (error) {
        this.#driver.handle({ kind: 'failed', reason: String(error) });
        return;
      }
      this.#context.log.write('socket-restored', { client, octets: tcpState.length });
      this.#driver.handle({ kind: 'restored', connection });
    }
    this.#states = [];
  }

  #activate(connections: readonly BundledConnection[]): void {
    const { log, onClient } = this.#context;
    const { client } = this;
    this.#sockets = this.#restored.map((restored) => restored.activate());
    this.#restored = [];
    for (const [connection, socket] of this.#sockets.entries()) {
      const gone = asMember(() => this.#driver.handle({ kind: 'client-gone', connection }));
      socket.once('close', gone);
      log.write('socket-activated', { client, port: socket.remotePort ?? 0 });
      onClient(socket, client, connections[connection]!.applicationState);
    }
  }

  #end(settledAt?: number): void {
    this.#driver.stop();
    this.#onEnd(settledAt);
    this.#ended.resolve();
  }
}
