import { endingConnections, openConnections } from '../../linux/tcp/connection-table.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HandoffFrame } from '../../server/channel/channel-frames.ts';
import type {
  ConnectionId,
  DonorConnectionsInput,
  DonorConnectionsOutput,
} from '../../server/handoff/connection-types.ts';
import type { DonorInput } from '../../server/handoff/donor.ts';
import { DonorConnections } from '../../server/handoff/donor-connections.ts';
import type { HandoffVariant } from '../../server/handoff/variants.ts';
import { monotonicMs, RoleDriver } from '../support/role-driver.ts';
import { type DepartingConnection, DonorConnection, type HandoffOutcome } from './donor-connection.ts';
import type { HandoffContext } from './handoff-context.ts';

export interface DonorRequest {
  /** all of the client's, at least one */
  readonly connections: readonly DepartingConnection[];
  readonly client: Ipv6Address;
  readonly acceptor: Ipv6Address;
  readonly variant: HandoffVariant;
  readonly waitMs: number;
  /** the acceptor was told before, by a Prepare under this handoff's number */
  readonly prepared: boolean;
  /** Resolves when this member, an acceptor of the client's itself a moment ago, has it for good; undefined: it has. */
  settled(): Promise<void> | undefined;
}

/** What concerns the handoff as a whole. */
export type DonorHandoffInput = Exclude<
  DonorInput,
  { readonly kind: 'last-send-returned' | 'drained' | 'extracted' | 'not-extracted' | 'client-gone' }
>;

type Output<Kind extends DonorConnectionsOutput['kind']> = Extract<
  DonorConnectionsOutput,
  { readonly kind: Kind }
>;

/** Runs one handoff as donor: of all connections of a client together. */
export class DonorHandoff {
  /** Resolves with what became of each connection, in the order of the request. */
  readonly finished: Promise<readonly HandoffOutcome[]>;
  readonly #context: HandoffContext;
  readonly #request: DonorRequest;
  readonly #driver: RoleDriver<DonorConnectionsInput, DonorConnectionsOutput>;
  readonly #connections: readonly DonorConnection[];
  readonly #outcomes = Promise.withResolvers<readonly HandoffOutcome[]>();
  #release: () => void = () => undefined;
  #over = false;
  #gone = false;

  constructor(handoff: number, request: DonorRequest, context: HandoffContext) {
    const { client, acceptor, variant, prepared, waitMs, connections } = request;
    const { contactAddress, doneTimeoutMs, leaseMs } = context;
    this.#context = context;
    this.#request = request;
    this.finished = this.#outcomes.promise;
    const attention = context.attentionTo(acceptor);
    const plan = {
      ...{ handoff, client, contactAddress, variant, prepared, waitMs, doneTimeoutMs, leaseMs },
      ...(attention === undefined ? {} : { attention }),
      claims: context.takesClaims(acceptor),
    };
    const role = new DonorConnections(plan, [...connections.keys()]);
    this.#driver = new RoleDriver(role, (output) => this.#act(output));
    this.#connections = connections.map(
      (connection, id) =>
        new DonorConnection(connection, context, () =>
          this.#driver.handle({ kind: 'client-gone', connection: id }),
        ),
    );
    context.log.write('handoff-requested', { client, acceptor, ...this.#number() });
    for (const id of this.#connections.keys()) this.#whenWritten(id);
  }

  get client(): Ipv6Address {
    return this.#request.client;
  }

  get acceptor(): Ipv6Address {
    return this.#request.acceptor;
  }

  /** The acceptor has the client, and this member has let go. */
  get handedOff(): boolean {
    return this.#gone;
  }

  handle(input: DonorHandoffInput): void {
    this.#driver.handle(input);
  }

  #act(output: DonorConnectionsOutput): void {
    const { log, mobility } = this.#context;
    const { client, acceptor } = this.#request;
    switch (output.kind) {
      case 'send':
        if (this.#context.send(acceptor, output.frame))
          log.write(`${output.frame.kind}-sent`, { client, acceptor });
        else this.#driver.handle(notSent(output.frame));
        return;
      case 'hold-new-connections':
        this.#release = this.#context.holdNewConnections(client);
        return;
      case 'watch-drain':
        for (const connection of output.connections) this.#watchDrain(connection);
        return;
      case 'freeze-and-extract':
        this.#whenMovable(() => this.#extract(output.connections));
        return;
      case 'leave-out':
        this.#lose([output.connection], 'the client has closed its connection');
        return;
      case 'handed-off':
        this.#handedOff(output);
        return;
      case 'contest':
        log.write('client-contested', { client, sequence: output.sequence });
        mobility.contest(client, output.sequence);
        return;
      case 'reclaim':
        log.write('client-reclaiming', { client, sequence: output.sequence });
        mobility.reclaim(client, output.sequence);
        return;
      case 'resume':
        void this.#resume(output).catch(this.#outcomes.reject);
        return;
      case 'lose':
        if (output.unbound) mobility.handedOff(client);
        this.#lose(output.connections, output.reason);
        this.#finish();
        return;
      default:
        output satisfies never;
    }
  }

  /** Tells that the last send() has returned when it has: what Node still holds would neither drain nor move. */
  #whenWritten(connection: ConnectionId): void {
    const whole = this.#connections[connection]!;
    if (this.#over) return;
    const wait = whole.isOver ? undefined : whole.written();
    if (wait !== undefined) void wait.then(() => this.#whenWritten(connection));
    else this.#driver.handle({ kind: whole.isOver ? 'client-gone' : 'last-send-returned', connection });
  }

  #watchDrain(connection: ConnectionId): void {
    const { socket, ended } = this.#connections[connection]!;
    void this.#context
      .whenDrained(socket, ended)
      .then(() => this.#driver.handle({ kind: 'drained', connection }));
  }

  /** No other member may take the client back any more. */
  #whenMovable(act: () => void): void {
    // It may have come to nothing meanwhile, and the sockets be the application's again.
    if (this.#over) return;
    const wait = this.#request.settled();
    if (wait !== undefined) void wait.then(() => this.#whenMovable(act));
    else act();
  }

  /** All sockets, or none: the first that cannot be moved ends it. */
  #extract(ids: readonly ConnectionId[]): void {
    const { log, mobility, readsOptions } = this.#context;
    const { client } = this.#request;
    const living = ids.filter((id) => !this.#connections[id]!.isOver);
    // An end is told by the socket itself.
    if (living.length === 0) return;
    const reason = this.#other();
    if (reason !== undefined) {
      this.#driver.handle({ kind: 'not-extracted', connection: ids[0]!, reason });
      return;
    }
    mobility.suspend(client);
    for (const connection of living) {
      const { socket, frozen, applicationState } = this.#connections[connection]!;
      const before = monotonicMs();
      let tcpState: Uint8Array;
      try {
        tcpState = frozen.freezeAndExtract(readsOptions?.(this.acceptor));
      } catch (error) {
        const which = ids.length > 1 ? `from port ${socket.remotePort}: ` : '';
        this.#driver.handle({ kind: 'not-extracted', connection, reason: which + String(error) });
        return;
      }
      const { remotePort: port = 0 } = socket;
      log.write('socket-extracted', { client, port, octets: tcpState.length, ms: monotonicMs() - before });
      const sequence = mobility.lastSequence(client) ?? 0;
      const state = { tcpState, applicationState };
      this.#driver.handle({ kind: 'extracted', connection, state, sequence });
    }
  }

  /** A connection that is not among ours and needs the binding here: why, if there is one, the client stays. */
  #other(): string | undefined {
    const { contactAddress } = this.#context;
    const ours = new Set(this.#connections.map(({ socket }) => socket.remotePort));
    // Begun before new ones were held, and come too late.
    const begun = openConnections(contactAddress, this.client).find((port) => !ours.has(port));
    if (begun !== undefined) return `the client opens another connection, from port ${begun}`;
    // The client would not take its last octets from this member any more.
    const [ending] = endingConnections(contactAddress, this.client).filter(({ port }) => !ours.has(port));
    return ending && `another connection of the client is in ${ending.state}, from port ${ending.port}`;
  }

  #handedOff({ connections }: Output<'handed-off'>): void {
    const { client, acceptor } = this.#request;
    this.#gone = true;
    this.#context.mobility.handedOff(client);
    for (const connection of this.#of(connections)) connection.moved();
    this.#context.log.write('handed-off', { client, acceptor, ...this.#number() });
    this.#finish();
  }

  async #resume({ reason, checkClient, connections }: Output<'resume'>): Promise<void> {
    const { log, mobility } = this.#context;
    const { client, acceptor } = this.#request;
    mobility.resume(client);
    const all = this.#of(connections);
    const here = all.filter(({ isDestroyed }) => !isDestroyed);
    for (const connection of all.filter(({ isDestroyed }) => isDestroyed))
      this.#breakOff(connection, `${reason}; its application has ended it here meanwhile`);
    for (const connection of here) connection.end();
    await Promise.all(here.map((connection) => this.#goOn(connection, reason, checkClient)));
    if (all.some(({ outcome }) => !(outcome instanceof ProtocolError))) {
      const told = { client, acceptor, reason, ...this.#number() };
      log.write('handoff-failed', checkClient ? { ...told, reclaimed: true } : told);
    }
    this.#finish();
  }

  async #goOn(connection: DonorConnection, reason: string, checkClient: boolean): Promise<void> {
    if (!checkClient) connection.stays();
    else if (!(await connection.returns(this.#context, this.client)))
      this.#loseOne(connection, `${reason}; the acceptor had served the client further`);
  }

  #lose(connections: readonly ConnectionId[], reason: string): void {
    for (const connection of this.#of(connections)) this.#loseOne(connection, reason);
  }

  #loseOne(connection: DonorConnection, reason: string): void {
    connection.lost(reason);
    this.#logLost(connection, reason);
  }

  #breakOff(connection: DonorConnection, reason: string): void {
    connection.brokenOff(reason);
    this.#logLost(connection, reason);
  }

  #logLost({ socket }: DonorConnection, reason: string): void {
    const { client, acceptor } = this.#request;
    const { remotePort: port = 0 } = socket;
    this.#context.log.write('client-lost', { client, port, acceptor, reason });
  }

  #finish(): void {
    this.#over = true;
    this.#release();
    this.#driver.stop();
    this.#outcomes.resolve(this.#connections.map(({ outcome }) => outcome));
  }

  #of(connections: readonly ConnectionId[]): DonorConnection[] {
    return connections.map((connection) => this.#connections[connection]!);
  }

  #number(): { readonly connections?: number } {
    const connections = this.#connections.length;
    return connections > 1 ? { connections } : {};
  }
}

/** What it means that a frame has not even left: of an acceptor that never got Init nobody need wonder whether it serves. */
function notSent(frame: HandoffFrame): DonorHandoffInput {
  if (frame.kind !== 'init') return { kind: 'channel-lost' };
  const refused = {
    kind: 'refuse',
    handoff: frame.handoff,
    bound: false,
    reason: 'no channel to it',
  } as const;
  return { kind: 'frame', frame: refused };
}
