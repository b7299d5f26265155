import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { Acceptor } from './acceptor.ts';
import type { AcceptorInput, AcceptorOutput, AcceptorPlan } from './acceptor-types.ts';
import { type BundledConnection, decodeConnections } from './connection-bundle.ts';
import type { AcceptorConnectionsInput, AcceptorConnectionsOutput } from './connection-types.ts';
import type { InitFrame } from './frames.ts';

/**
 * The acceptor's half of a handoff of all connections of one client to one contact address (paper §7.4): it binds the client when
 * every socket stands, and a single one that cannot be re-created makes it refuse all.
 */
export class AcceptorConnections implements Role<AcceptorConnectionsInput, AcceptorConnectionsOutput> {
  readonly #acceptor: Acceptor;
  readonly #outputs: AcceptorConnectionsOutput[] = [];
  #init: InitFrame | undefined;
  #bundle: readonly BundledConnection[] = [];
  readonly #restored = new Set<number>();
  readonly #ended = new Set<number>();

  constructor(plan: AcceptorPlan, now: Instant) {
    this.#acceptor = new Acceptor(plan, now);
  }

  get finished(): boolean {
    return this.#acceptor.finished;
  }

  handle(input: AcceptorConnectionsInput, now: Instant): void {
    if (input.kind === 'frame' && input.frame.kind === 'init') this.#init ??= input.frame;
    if (input.kind === 'restored') {
      this.#restored.add(input.connection);
      if (this.#covers(this.#restored)) this.#tell({ kind: 'restored' }, now);
    } else if (input.kind === 'client-gone') {
      this.#ended.add(input.connection);
      if (this.#covers(this.#ended)) this.#tell({ kind: 'client-gone' }, now);
    } else this.#tell(input, now);
  }

  poll(): AcceptorConnectionsOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.#acceptor.deadline();
  }

  handleTimeout(now: Instant): void {
    this.#acceptor.handleTimeout(now);
    this.#drain(now);
  }

  #covers(connections: ReadonlySet<number>): boolean {
    return this.#bundle.every((_, connection) => connections.has(connection));
  }

  #tell(input: AcceptorInput, now: Instant): void {
    this.#acceptor.handle(input, now);
    this.#drain(now);
  }

  #drain(now: Instant): void {
    for (let output = this.#acceptor.poll(); output !== undefined; output = this.#acceptor.poll())
      this.#put(output, now);
  }

  #put(output: AcceptorOutput, now: Instant): void {
    switch (output.kind) {
      case 'restore-socket':
        this.#restore(now);
        return;
      case 'activate':
        this.#outputs.push({ kind: 'activate', connections: this.#bundle });
        return;
      default:
        this.#outputs.push(output);
    }
  }

  #restore(now: Instant): void {
    try {
      this.#bundle = decodeConnections(this.#init!);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#tell({ kind: 'failed', reason: error.message }, now);
      return;
    }
    this.#outputs.push({ kind: 'restore-sockets', connections: this.#bundle });
  }
}
