import { endingConnections, openConnections } from '../../linux/tcp/connection-table.ts';
import { FlightTimes } from '../../linux/tcp/flight-times.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import {
  isRepairingLoss,
  leastRoundTripMs,
  type UnsentOctets,
  unsentOf,
} from '../../linux/tcp/path-state.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { deflated } from '../../server/handoff/deflated-state.ts';
import type { ConnectionId } from '../../server/handoff/donor-types.ts';
import type { EndpointOutput, OfDonation } from '../../server/handoff/endpoint-types.ts';
import type { WantedAxes } from '../../server/variants/choose-axes.ts';
import { monotonicMs } from '../support/role-driver.ts';
import { type DepartingConnection, DonorConnection, type HandoffOutcome } from './donor-connection.ts';
import type { HandoffContext } from './handoff-context.ts';

export interface DonorRequest {
  /** all of the client's, at least one */
  readonly connections: readonly DepartingConnection[];
  readonly client: Ipv6Address;
  readonly acceptor: Ipv6Address;
  readonly variant: WantedAxes;
  readonly waitMs: number;
}

type Output = Extract<EndpointOutput<unknown>, { readonly kind: 'of-donation' }>['output'];
type OutputOf<Kind extends Output['kind']> = Extract<Output, { readonly kind: Kind }>;

/**
 * Octets of a client that its application has not read. What members send is left as it is: it is the server's to deflate, whose documents mostly
 * are, and the paper's figures are of states with documents in them.
 */
const WORTH_DEFLATING = 4096;

/** The sockets of a client that a handoff takes away, and its binding: does what the donor says, for all of them together. */
export class DonorSockets {
  /** Resolves with what became of each connection, in the order of the request. */
  readonly finished: Promise<readonly HandoffOutcome[]>;
  readonly #context: HandoffContext;
  readonly #request: DonorRequest;
  readonly #tell: (input: OfDonation) => void;
  readonly #connections: readonly DonorConnection[];
  readonly #outcomes = Promise.withResolvers<readonly HandoffOutcome[]>();
  /** by descriptor */
  readonly #flights = new Map<number, FlightTimes>();
  #release: () => void = () => undefined;
  #over = false;

  constructor(request: DonorRequest, context: HandoffContext, tell: (input: OfDonation) => void) {
    const { client, acceptor, connections } = request;
    this.#context = context;
    this.#request = request;
    this.#tell = tell;
    this.finished = this.#outcomes.promise;
    this.#connections = connections.map(
      (connection, id) =>
        new DonorConnection(connection, context, () => tell({ kind: 'client-gone', connection: id })),
    );
    context.log.write('handoff-requested', { client, acceptor, ...this.#number() });
  }

  /** A connection of these has octets on their way that were lost. */
  get repairsLoss(): boolean {
    return this.#descriptors.some(isRepairingLoss);
  }

  /** One way to the client, as the kernel has measured; undefined when it has not, as of sockets that have just come here. */
  get tripMs(): number | undefined {
    const trips = this.#descriptors.flatMap((one) => leastRoundTripMs(one) ?? []);
    return trips.length === 0 ? undefined : Math.min(...trips) / 2;
  }

  /** What has been written to the client and has not left. */
  get unsent(): UnsentOctets {
    const now = monotonicMs();
    const each = this.#descriptors.map((one) => {
      const times = this.#flights.get(one) ?? new FlightTimes();
      this.#flights.set(one, times);
      return unsentOf(one, times, now);
    });
    const sum = (name: 'octets' | 'perMs'): number => each.reduce((total, one) => total + one[name], 0);
    const uneven = each.filter(({ evenly }) => !evenly);
    const told = uneven.flatMap(({ leaveInMs }) => leaveInMs ?? []);
    const isTold = uneven.length > 0 && told.length === uneven.length;
    return {
      ...{ octets: sum('octets'), perMs: sum('perMs'), evenly: uneven.length === 0 },
      ...(isTold ? { leaveInMs: Math.max(...told) } : {}),
    };
  }

  /** Of those that live. */
  get #descriptors(): readonly number[] {
    return this.#connections.flatMap(({ isOver, socket }) => (isOver ? [] : [descriptorOf(socket)]));
  }

  /** To be called when the endpoint knows of the donation. */
  begin(): void {
    for (const id of this.#connections.keys()) this.#whenWritten(id);
  }

  act(output: Output): void {
    const { log, mobility } = this.#context;
    const { client } = this.#request;
    switch (output.kind) {
      case 'hold-new-connections':
        this.#release = this.#context.holdNewConnections(client);
        return;
      case 'watch-drain':
        for (const connection of output.connections) this.#watchDrain(connection);
        return;
      case 'freeze-and-extract':
        this.#extract(output);
        return;
      case 'freeze':
        for (const connection of this.#of(output.connections))
          if (!connection.isOver) connection.frozen.stop();
        return;
      case 'bind-for-acceptor':
        mobility.bindFor(client, this.#request.acceptor, output.proof, output.copies);
        log.write('bound-in-band', { client, acceptor: this.#request.acceptor });
        return;
      case 'stop-optimising':
        mobility.stopOptimising(client);
        return;
      case 'leave-out':
        this.#lose([output.connection], 'the client has closed its connection');
        return;
      case 'handed-off':
        this.#handedOff(output);
        return;
      case 'contest':
        log.write('client-contested', { client, sequence: output.sequence });
        mobility.ask(client, output);
        return;
      case 'reclaim':
        log.write('client-reclaiming', { client, sequence: output.sequence });
        mobility.ask(client, output);
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
    else this.#tell({ kind: whole.isOver ? 'client-gone' : 'last-send-returned', connection });
  }

  #watchDrain(connection: ConnectionId): void {
    const { socket, ended } = this.#connections[connection]!;
    void this.#context.whenDrained(socket, ended).then(() => this.#tell({ kind: 'drained', connection }));
  }

  /** All sockets, or none: the first that cannot be moved ends it. */
  #extract({ connections: ids, leavesOut, aheadMs }: OutputOf<'freeze-and-extract'>): void {
    const { log, mobility, readsOptions, readsDeflated } = this.#context;
    const { client, acceptor } = this.#request;
    const living = ids.filter((id) => !this.#connections[id]!.isOver);
    // An end is told by the socket itself.
    if (living.length === 0) return;
    const reason = this.#other();
    if (reason !== undefined) {
      this.#tell({ kind: 'not-extracted', reason });
      return;
    }
    this.#context.onFreezing?.(client);
    mobility.suspend(client);
    const content = leavesOut === undefined ? undefined : this.#context.content?.();
    for (const connection of living) {
      const { socket, frozen, applicationState } = this.#connections[connection]!;
      const before = monotonicMs();
      let tcpState: Uint8Array;
      let goesOn: Uint8Array | undefined;
      try {
        const makesAgain = content && ((octets: number) => content(applicationState, octets));
        if (aheadMs !== undefined)
          goesOn = frozen.extractAndGoOn(aheadMs, readsOptions?.(acceptor), makesAgain);
        tcpState = goesOn ?? frozen.freezeAndExtract(readsOptions?.(acceptor), makesAgain);
        if (frozen.unread >= WORTH_DEFLATING && readsDeflated?.(acceptor) === true)
          tcpState = deflated(tcpState);
      } catch (error) {
        const which = ids.length > 1 ? `from port ${socket.remotePort}: ` : '';
        this.#tell({ kind: 'not-extracted', reason: which + String(error) });
        return;
      }
      const { remotePort: port = 0 } = socket;
      if (leavesOut === true && goesOn === undefined && !frozen.leftOut)
        log.write('variant-fell-back', { client, acceptor, port, rules: 'octets-travel' });
      log.write('socket-extracted', { client, port, octets: tcpState.length, ms: monotonicMs() - before });
      const sequence = mobility.lastSequence(client) ?? 0;
      const state = { tcpState, applicationState };
      const going = goesOn === undefined ? {} : { goesOn: true as const };
      this.#tell({ kind: 'extracted', connection, state, sequence, ...going });
    }
  }

  /** A connection that is not among ours and needs the binding here: why, if there is one, the client stays. */
  #other(): string | undefined {
    const { contactAddress } = this.#context;
    const { client } = this.#request;
    const ours = new Set(this.#connections.map(({ socket }) => socket.remotePort));
    // Begun before new ones were held, and come too late.
    const begun = openConnections(contactAddress, client).find((port) => !ours.has(port));
    if (begun !== undefined) return `the client opens another connection, from port ${begun}`;
    // The client would not take its last octets from this member any more.
    const [ending] = endingConnections(contactAddress, client).filter(({ port }) => !ours.has(port));
    return ending && `another connection of the client is in ${ending.state}, from port ${ending.port}`;
  }

  #handedOff({ connections }: OutputOf<'handed-off'>): void {
    const { client, acceptor } = this.#request;
    this.#context.mobility.handedOff(client);
    for (const connection of this.#of(connections)) connection.moved();
    this.#context.log.write('handed-off', { client, acceptor, ...this.#number() });
    this.#finish();
  }

  async #resume({ reason, checkClient, connections }: OutputOf<'resume'>): Promise<void> {
    const { log, mobility } = this.#context;
    const { client, acceptor } = this.#request;
    mobility.resume(client);
    this.#context.onResumed?.(client);
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
    else if (!(await connection.returns(this.#context, this.#request.client)))
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
