import type net from 'node:net';
import { ProtocolError } from '../../mip6/roles/errors.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Acceptor, type AcceptorInput, type AcceptorOutput } from '../../server/acceptor.ts';
import type { ChannelFrame } from '../../server/channel-frames.ts';
import { Donor, type DonorInput, type DonorOutput } from '../../server/donor.ts';
import type { HandoffVariant } from '../../server/variants.ts';
import type { EventLog } from '../support/event-log.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';
import { AcceptedSocket, DonorSocket } from './frozen-socket.ts';
import type { Mobility } from './mobility.ts';

/** What the handoffs of a member work with. */
export interface HandoffContext {
  readonly contactAddress: Ipv6Address;
  readonly doneTimeoutMs: number;
  /** SO_SNDBUF of restored sockets, in octets as setsockopt takes them */
  readonly sendBuffer: number;
  readonly mobility: Mobility;
  readonly log: EventLog;
  send(peer: Ipv6Address, frame: ChannelFrame): boolean;
  /** Resolves at the instant at which the client has acknowledged every octet written to the socket. */
  whenDrained(socket: net.Socket, signal: AbortSignal): Promise<void>;
  /** A client has been taken over: its socket is live, the application goes on. */
  onClient(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array): void;
}

export interface DonorRequest {
  readonly socket: net.Socket;
  readonly client: Ipv6Address;
  readonly acceptor: Ipv6Address;
  readonly variant: HandoffVariant;
  readonly waitMs: number;
  readonly applicationState: Uint8Array;
}

/** Runs one handoff as donor. Resolves when the acceptor serves the client; rejects when this member has to serve on. */
export class DonorHandoff {
  readonly #context: HandoffContext;
  readonly #request: DonorRequest;
  readonly #driver: RoleDriver<DonorInput, DonorOutput>;
  readonly #frozen: DonorSocket;
  readonly #ended = new AbortController();
  readonly #onClose = (): void => this.handle({ kind: 'client-gone' });
  readonly finished: Promise<void>;
  #resolve: () => void = () => undefined;
  #reject: (reason: Error) => void = () => undefined;

  constructor(handoff: number, request: DonorRequest, context: HandoffContext) {
    const { client, variant, waitMs, applicationState } = request;
    const { contactAddress, doneTimeoutMs } = context;
    this.#context = context;
    this.#request = request;
    this.#frozen = new DonorSocket(request.socket);
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const role = new Donor({
      handoff,
      client,
      contactAddress,
      variant,
      waitMs,
      doneTimeoutMs,
      applicationState,
    });
    this.#driver = new RoleDriver(role, (output) => this.#act(output));
    request.socket.once('close', this.#onClose);
    this.#driver.handle({ kind: 'last-send-returned' });
  }

  get acceptor(): Ipv6Address {
    return this.#request.acceptor;
  }

  handle(input: DonorInput): void {
    this.#driver.handle(input);
  }

  #act(output: DonorOutput): void {
    const { log, mobility } = this.#context;
    const { client, acceptor, socket } = this.#request;
    switch (output.kind) {
      case 'send':
        log.write(`${output.frame.kind}-sent`, { client, acceptor });
        if (!this.#context.send(acceptor, output.frame)) this.#driver.handle({ kind: 'channel-lost' });
        return;
      case 'watch-drain':
        this.#context
          .whenDrained(socket, this.#ended.signal)
          .then(() => this.#driver.handle({ kind: 'drained' }));
        return;
      case 'freeze-and-extract': {
        const tcpState = this.#frozen.freezeAndExtract();
        log.write('socket-extracted', { client, octets: tcpState.length });
        const sequence = mobility.lastSequence(client) ?? 0;
        this.#driver.handle({ kind: 'extracted', tcpState, sequence });
        return;
      }
      case 'handed-off':
        mobility.forget(client);
        this.#frozen.discard();
        log.write('handed-off', { client, acceptor });
        this.#end(() => this.#resolve());
        return;
      case 'resume':
        this.#frozen.unfreeze();
        log.write('handoff-failed', { client, acceptor, reason: output.reason });
        this.#end(() => this.#reject(new ProtocolError(output.reason)));
        return;
      default:
        output satisfies never;
    }
  }

  #end(settle: () => void): void {
    this.#ended.abort();
    this.#request.socket.removeListener('close', this.#onClose);
    this.#driver.stop();
    settle();
  }
}

/** Runs one handoff as acceptor. */
export class AcceptorHandoff {
  readonly #context: HandoffContext;
  readonly #client: Ipv6Address;
  readonly #onEnd: () => void;
  readonly donor: Ipv6Address;
  #driver: RoleDriver<AcceptorInput, AcceptorOutput> | undefined;
  #restored: AcceptedSocket | undefined;

  constructor(client: Ipv6Address, donor: Ipv6Address, context: HandoffContext, onEnd: () => void) {
    this.#context = context;
    this.#client = client;
    this.donor = donor;
    this.#onEnd = onEnd;
  }

  /** The donor's first frame: Prepare, or Init when there was none. */
  start(frame: Extract<ChannelFrame, { kind: 'prepare' | 'init' }>): void {
    const { handoff, client, contactAddress } = frame;
    const role = new Acceptor(
      { handoff, client, contactAddress, timeoutMs: this.#context.doneTimeoutMs },
      monotonicMs(),
    );
    this.#driver = new RoleDriver(role, (output) => this.#act(output));
    this.#driver.handle({ kind: 'frame', frame });
  }

  handle(input: AcceptorInput): void {
    this.#driver?.handle(input);
  }

  #act(output: AcceptorOutput): void {
    const { log, mobility } = this.#context;
    const client = this.#client;
    switch (output.kind) {
      case 'send':
        this.#context.send(this.donor, output.frame);
        log.write(`${output.frame.kind}-sent`, { client });
        return;
      case 'start-return-routability':
        mobility.startReturnRoutability(client);
        return;
      case 'restore-socket':
        this.#restore(output.tcpState);
        return;
      case 'bind':
        mobility.bind(client, output.lastSequence);
        return;
      case 'activate': {
        const socket = this.#restored!.activate();
        log.write('socket-activated', { client });
        this.#context.onClient(socket, client, output.applicationState);
        this.#end();
        return;
      }
      case 'abandon':
        this.#restored?.discard();
        mobility.forget(client);
        log.write('handoff-abandoned', { client, reason: output.reason });
        this.#end();
        return;
      default:
        output satisfies never;
    }
  }

  #restore(tcpState: Uint8Array): void {
    try {
      this.#restored = new AcceptedSocket(tcpState, this.#context.sendBuffer);
      this.#context.log.write('socket-restored', { client: this.#client, octets: tcpState.length });
      this.#driver?.handle({ kind: 'restored' });
    } catch (error) {
      this.#driver?.handle({ kind: 'failed', reason: String(error) });
    }
  }

  #end(): void {
    this.#driver?.stop();
    this.#onEnd();
  }
}
