import type net from 'node:net';
import { ConnectionEnd, connectionIsOver } from '../../linux/tcp/connection-end.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { ProtocolError } from '../../mip6/roles/errors.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Donor, type DonorInput, type DonorOutput } from '../../server/donor.ts';
import type { HandoffVariant } from '../../server/variants.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';
import { DonorSocket } from './frozen-socket.ts';
import type { HandoffContext } from './handoff-context.ts';

export interface DonorRequest {
  readonly socket: net.Socket;
  readonly client: Ipv6Address;
  readonly acceptor: Ipv6Address;
  readonly variant: HandoffVariant;
  readonly waitMs: number;
  readonly applicationState: Uint8Array;
  /** the acceptor was told before, by a Prepare under this handoff's number */
  readonly prepared: boolean;
  /** Resolves when this member, an acceptor of the client's itself a moment ago, has it for good; undefined: it has. */
  settled(): Promise<void> | undefined;
}

/** Runs one handoff as donor. */
export class DonorHandoff {
  /**
   * Resolves with undefined when the acceptor serves the client, or with the socket on which this member has to serve on: the
   * same, or a new one in its place. Rejects with ProtocolError when nobody can serve the client any more.
   */
  readonly finished: Promise<net.Socket | undefined>;
  readonly #context: HandoffContext;
  readonly #request: DonorRequest;
  readonly #driver: RoleDriver<DonorInput, DonorOutput>;
  readonly #frozen: DonorSocket;
  readonly #connection: ConnectionEnd;
  readonly #ended = new AbortController();
  readonly #onClose = (): void => this.handle({ kind: 'client-gone' });
  #resolve: (socket: net.Socket | undefined) => void = () => undefined;
  #reject: (reason: Error) => void = () => undefined;

  constructor(handoff: number, request: DonorRequest, context: HandoffContext) {
    const { client, variant, prepared, waitMs, applicationState } = request;
    const { contactAddress, doneTimeoutMs, leaseMs } = context;
    this.#context = context;
    this.#request = request;
    this.#frozen = new DonorSocket(request.socket);
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const timing = { waitMs, doneTimeoutMs, leaseMs };
    const role = new Donor({
      handoff,
      client,
      contactAddress,
      variant,
      prepared,
      applicationState,
      ...timing,
    });
    this.#driver = new RoleDriver(role, (output) => this.#act(output));
    request.socket.once('close', this.#onClose);
    // Node does not read the socket any more, and so does not see that the client has reset it.
    this.#connection = new ConnectionEnd(context.poller, descriptorOf(request.socket), this.#onClose);
    context.log.write('handoff-requested', { client, acceptor: request.acceptor });
    const over = connectionIsOver(descriptorOf(request.socket));
    this.#driver.handle({ kind: over ? 'client-gone' : 'last-send-returned' });
  }

  get client(): Ipv6Address {
    return this.#request.client;
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
        if (!this.#context.send(acceptor, output.frame)) this.#driver.handle({ kind: 'channel-lost' });
        else log.write(`${output.frame.kind}-sent`, { client, acceptor });
        return;
      case 'watch-drain':
        void this.#context
          .whenDrained(socket, this.#ended.signal)
          .then(() => this.#driver.handle({ kind: 'drained' }));
        return;
      case 'freeze-and-extract':
        this.#whenMovable(() => this.#extract());
        return;
      case 'handed-off':
        mobility.forget(client);
        this.#end(() => this.#frozen.discard());
        log.write('handed-off', { client, acceptor });
        this.#resolve(undefined);
        return;
      case 'reclaim':
        log.write('client-reclaiming', { client, sequence: output.sequence });
        mobility.reclaim(client, output.sequence);
        return;
      case 'resume':
        this.#resume(output);
        return;
      case 'lose':
        if (output.unbound) mobility.forget(client);
        this.#lose(output.reason);
        return;
      default:
        output satisfies never;
    }
  }

  /** The socket's octets are all in the kernel, and no other member may take the client back any more. */
  #whenMovable(act: () => void): void {
    const { socket } = this.#request;
    const settled = this.#request.settled();
    if (settled !== undefined) void settled.then(() => this.#whenMovable(act));
    else if (socket.writableLength > 0) socket.write('', act);
    else act();
  }

  #extract(): void {
    const { log, mobility } = this.#context;
    const { client, socket } = this.#request;
    // The end, if it is one, is told by the socket itself.
    if (this.#ended.signal.aborted || socket.destroyed) return;
    mobility.suspend(client);
    let tcpState: Uint8Array;
    const before = monotonicMs();
    try {
      tcpState = this.#frozen.freezeAndExtract();
    } catch (error) {
      this.#driver.handle({ kind: 'not-extracted', reason: String(error) });
      return;
    }
    log.write('socket-extracted', { client, octets: tcpState.length, ms: monotonicMs() - before });
    this.#driver.handle({ kind: 'extracted', tcpState, sequence: mobility.lastSequence(client) ?? 0 });
  }

  #resume({ reason, checkClient }: Extract<DonorOutput, { kind: 'resume' }>): void {
    const { poller, log, mobility, restoring } = this.#context;
    const { client, acceptor, socket } = this.#request;
    mobility.resume(client);
    if (!checkClient) {
      this.#end(() => this.#frozen.unfreeze());
      log.write('handoff-failed', { client, acceptor, reason });
      this.#resolve(socket);
      return;
    }
    this.#end(() => undefined);
    void this.#frozen.unfreezeWhereClientStands(poller, restoring(client)).then((alive) => {
      if (alive === undefined) this.#lose(`${reason}; the acceptor had served the client further`);
      else {
        log.write('handoff-failed', { client, acceptor, reason, reclaimed: true });
        this.#resolve(alive);
      }
    }, this.#reject);
  }

  #lose(reason: string): void {
    const { client, acceptor } = this.#request;
    this.#end(() => this.#frozen.discard());
    this.#context.log.write('client-lost', { client, acceptor, reason });
    this.#reject(new ProtocolError(reason));
  }

  #end(last: () => void): void {
    this.#ended.abort();
    this.#connection.cancel();
    this.#request.socket.removeListener('close', this.#onClose);
    this.#driver.stop();
    last();
  }
}
