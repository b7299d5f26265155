import type net from 'node:net';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Acceptor, type AcceptorInput, type AcceptorOutput } from '../../server/acceptor.ts';
import type { ChannelFrame } from '../../server/channel-frames.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';
import { AcceptedSocket, setSilentDeath, stopSilently } from './frozen-socket.ts';
import type { HandoffContext } from './handoff-context.ts';

/** Runs one handoff as acceptor, from the donor's first frame until the client is this member's for good. */
export class AcceptorHandoff {
  readonly donor: Ipv6Address;
  readonly client: Ipv6Address;
  readonly #context: HandoffContext;
  readonly #onEnd: () => void;
  readonly #driver: RoleDriver<AcceptorInput, AcceptorOutput>;
  readonly #ended = Promise.withResolvers<void>();
  #restored: AcceptedSocket | undefined;
  #socket: net.Socket | undefined;

  /** `frame`: the donor's first, Prepare, or Init when there was none; `onEnd` is called once. */
  constructor(
    frame: Extract<ChannelFrame, { kind: 'prepare' | 'init' }>,
    donor: Ipv6Address,
    context: HandoffContext,
    onEnd: () => void,
  ) {
    const { handoff, client, contactAddress } = frame;
    const { doneTimeoutMs: timeoutMs, leaseMs } = context;
    this.donor = donor;
    this.#context = context;
    this.client = client;
    this.#onEnd = onEnd;
    const role = new Acceptor({ handoff, client, contactAddress, timeoutMs, leaseMs }, monotonicMs());
    this.#driver = new RoleDriver(role, (output) => this.#act(output));
  }

  handle(input: AcceptorInput): void {
    this.#driver.handle(input);
  }

  /** Resolves when the handoff has ended, in whichever way. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  #act(output: AcceptorOutput): void {
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
      case 'restore-socket':
        this.#restore(output.tcpState);
        return;
      case 'bind':
        mobility.bindAsAcceptor(client, output.lastSequence);
        log.write('binding-update-sent', { client });
        return;
      case 'renew':
        mobility.renew(client);
        return;
      case 'activate':
        this.#activate(output.applicationState);
        return;
      case 'settled':
        if (this.#socket !== undefined) setSilentDeath(this.#socket, false);
        log.write('handoff-settled', { client });
        this.#end();
        return;
      case 'stop':
        if (this.#socket !== undefined) stopSilently(this.#socket);
        mobility.forget(client);
        log.write('client-taken-back', { client, reason: output.reason });
        this.#end();
        return;
      case 'abandon':
        this.#restored?.discard();
        // A binding that is not this handoff's belongs to a later one, which has brought the client here another way.
        if (output.bound || mobility.lastSequence(client) === undefined) mobility.forget(client);
        log.write('handoff-abandoned', { client, reason: output.reason });
        this.#end();
        return;
      default:
        output satisfies never;
    }
  }

  #restore(tcpState: Uint8Array): void {
    try {
      this.#restored = AcceptedSocket.decode(tcpState, this.#context.restoring(this.client));
    } catch (error) {
      this.#driver.handle({ kind: 'failed', reason: String(error) });
      return;
    }
    this.#context.log.write('socket-restored', { client: this.client, octets: tcpState.length });
    this.#driver.handle({ kind: 'restored' });
  }

  #activate(applicationState: Uint8Array): void {
    const socket = this.#restored!.activate();
    this.#restored = undefined;
    this.#socket = socket;
    // Should this process die before the donor has let go, then without a FIN: the donor may still be able to serve.
    setSilentDeath(socket, true);
    socket.once('close', () => this.#driver.handle({ kind: 'client-gone' }));
    this.#context.log.write('socket-activated', { client: this.client });
    this.#context.onClient(socket, this.client, applicationState);
  }

  #end(): void {
    this.#driver.stop();
    this.#onEnd();
    this.#ended.resolve();
  }
}
