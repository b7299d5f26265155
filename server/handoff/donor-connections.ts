import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { type BundledConnection, encodeConnections, whyNotInOneInit } from './connection-bundle.ts';
import type {
  ConnectionId,
  DonorConnectionsInput,
  DonorConnectionsOutput,
  DonorConnectionsPlan,
} from './connection-types.ts';
import { Donor } from './donor.ts';
import type { DonorInput, DonorOutput } from './donor-types.ts';
import type { HandoffFrame } from './frames.ts';

interface Progress {
  readonly sent: boolean;
  readonly drained: boolean;
  readonly state?: BundledConnection;
}

/**
 * The donor's half of a handoff of all connections of one client to one contact address (paper §7.4): a binding moves all of
 * the client's packets to that address, so either all connections go to one acceptor, or none.
 *
 * It is the `Donor` of one connection, to which all of them together are one: it drains when the last has drained, its state is
 * all their states, and a single socket that cannot be moved lets every one be served on here.
 */
export class DonorConnections implements Role<DonorConnectionsInput, DonorConnectionsOutput> {
  readonly #donor: Donor;
  readonly #connections = new Map<ConnectionId, Progress>();
  readonly #outputs: DonorConnectionsOutput[] = [];
  /** of all connections, for Init */
  #states: readonly BundledConnection[] = [];
  /** last Binding Update sequence number of the client */
  #sequence = 0;
  #phase: 'sending' | 'draining' | 'extracting' | 'initiated' = 'sending';

  /** `connections`: those of the client to this contact address, at least one. */
  constructor(plan: DonorConnectionsPlan, connections: readonly ConnectionId[]) {
    this.#donor = new Donor({ ...plan, applicationState: new Uint8Array() });
    for (const connection of connections) this.#connections.set(connection, { sent: false, drained: false });
  }

  get finished(): boolean {
    return this.#donor.finished;
  }

  handle(input: DonorConnectionsInput, now: Instant): void {
    switch (input.kind) {
      case 'last-send-returned':
      case 'drained':
        this.#progress(input, now);
        return;
      case 'extracted':
        this.#extracted(input, now);
        return;
      case 'not-extracted':
        if (this.#phase === 'extracting') this.#tell({ kind: 'not-extracted', reason: input.reason }, now);
        return;
      case 'client-gone':
        this.#gone(input.connection, now);
        return;
      default:
        this.#tell(input, now);
    }
  }

  poll(): DonorConnectionsOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.#donor.deadline();
  }

  handleTimeout(now: Instant): void {
    this.#donor.handleTimeout(now);
    this.#drain();
  }

  #progress(
    { kind, connection }: { kind: 'last-send-returned' | 'drained'; connection: ConnectionId },
    now: Instant,
  ): void {
    const before = this.#connections.get(connection);
    if (before === undefined) return;
    const change = kind === 'drained' ? { drained: true } : { sent: true };
    this.#connections.set(connection, { ...before, ...change });
    this.#proceed(now);
  }

  #proceed(now: Instant): void {
    const all = [...this.#connections.values()];
    if (this.#phase === 'sending' && all.every(({ sent }) => sent)) {
      this.#phase = 'draining';
      this.#outputs.push({ kind: 'hold-new-connections' });
      this.#tell({ kind: 'last-send-returned' }, now);
    } else if (this.#phase === 'draining' && all.every(({ drained }) => drained)) {
      this.#tell({ kind: 'drained' }, now);
    }
  }

  #extracted(
    { connection, state, sequence }: Extract<DonorConnectionsInput, { kind: 'extracted' }>,
    now: Instant,
  ): void {
    const before = this.#connections.get(connection);
    if (before === undefined || this.#phase !== 'extracting') return;
    this.#connections.set(connection, { ...before, state });
    this.#sequence = sequence;
    this.#initiate(now);
  }

  #initiate(now: Instant): void {
    const states = [...this.#connections.values()].flatMap((progress) => progress.state ?? []);
    if (states.length < this.#connections.size) return;
    const reason = whyNotInOneInit(states);
    if (reason !== undefined) {
      this.#tell({ kind: 'not-extracted', reason }, now);
      return;
    }
    this.#phase = 'initiated';
    this.#states = states;
    this.#tell({ kind: 'extracted', tcpState: new Uint8Array(0), sequence: this.#sequence }, now);
  }

  /**
   * A connection that ends before its socket is frozen is simply not moved; a state that has gone out is the acceptor's, whatever
   * becomes of the socket here.
   */
  #gone(connection: ConnectionId, now: Instant): void {
    if (this.finished || this.#phase === 'initiated' || !this.#connections.has(connection)) return;
    const last = this.#connections.size === 1;
    if (last) this.#tell({ kind: 'client-gone' }, now);
    else {
      this.#connections.delete(connection);
      this.#outputs.push({ kind: 'leave-out', connection });
      if (this.#phase === 'extracting') this.#initiate(now);
      else this.#proceed(now);
    }
  }

  #tell(input: DonorInput, now: Instant): void {
    this.#donor.handle(input, now);
    this.#drain();
  }

  #drain(): void {
    for (let output = this.#donor.poll(); output !== undefined; output = this.#donor.poll())
      this.#put(output);
  }

  #put(output: DonorOutput): void {
    if (output.kind === 'freeze-and-extract') this.#phase = 'extracting';
    if (output.kind === 'send') this.#send(output.frame);
    else if (output.kind === 'contest' || output.kind === 'reclaim') this.#outputs.push(output);
    else this.#outputs.push({ ...output, connections: [...this.#connections.keys()] });
  }

  #send(frame: HandoffFrame): void {
    const whole = frame.kind === 'init' ? { ...frame, ...encodeConnections(this.#states) } : frame;
    this.#outputs.push({ kind: 'send', frame: whole });
  }
}
