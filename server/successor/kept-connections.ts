import { EVERY_PORT } from './frames.ts';
import { InputLog, type InputPiece } from './input-log.ts';
import { inputBehind, positionAt } from './position.ts';
import type { KeptConnection, Position, ReplicaState, Standing, SuccessorOutput } from './successor-types.ts';

type Connection<State> = KeptConnection<State> & {
  /** of a gated one */
  readonly log?: InputLog;
  /** undefined: not yet */
  readonly served?: { readonly position: Position; readonly input: number };
};

/** A FIN counts one, and is no octet. */
const END = 1;

type Output<State> = SuccessorOutput<State>;

/** The replicas of a client's connections at its backup, and where those go on that are served here. */
export class KeptConnections<State extends ReplicaState> {
  readonly #connections = new Map<number, Connection<State>>();

  get size(): number {
    return this.#connections.size;
  }

  get ports(): readonly number[] {
    return [...this.#connections.keys()];
  }

  keep({ port, state, applicationState, gated }: KeptConnection<State>): void {
    const kept = { port, state, applicationState };
    if (gated !== true) this.#connections.set(port, kept);
    else this.#connections.set(port, { ...kept, gated, log: this.#logBehind(port, state) });
  }

  /** What a client has sent; false: it cannot be kept, or goes with nothing that is. */
  input(port: number, piece: InputPiece): boolean {
    const log = this.#connections.get(port)?.log;
    if (log === undefined) return false;
    const outcome = log.isBefore(piece) ? 'known' : log.add(piece);
    return outcome === 'kept' || outcome === 'known';
  }

  /** Octets that are kept of a connection's input. */
  inputOctets(port: number): number {
    return this.#connections.get(port)?.log?.size ?? 0;
  }

  /** What came behind an earlier checkpoint may lie behind this one, too. */
  #logBehind(port: number, state: State): InputLog {
    const next = nextOf(state);
    const log = this.#connections.get(port)?.log;
    if (log === undefined || ((next - log.next) | 0) > 0) return new InputLog(next);
    log.trim(next);
    return log;
  }

  /** One, or all (EVERY_PORT). */
  drop(port: number): void {
    if (port === EVERY_PORT) this.#connections.clear();
    else this.#connections.delete(port);
  }

  /** Those whose clients have not said where they stand. */
  get unserved(): readonly KeptConnection<State>[] {
    return [...this.#connections.values()].flatMap(({ served, log: _, ...connection }) =>
      served === undefined ? connection : [],
    );
  }

  /** undefined: it is not kept here */
  isServed(port: number): boolean | undefined {
    const connection = this.#connections.get(port);
    return connection && connection.served !== undefined;
  }

  /** It goes on where its client stands, or nobody can. */
  serve(port: number, standing: Standing): Extract<Output<State>, { readonly kind: 'serve' | 'break-off' }> {
    const { served: _, log, ...kept } = this.#connections.get(port)!;
    const { state } = kept;
    const { position, whyNot: reason } = positionAt(state, standing);
    if (reason !== undefined) return { kind: 'break-off', port, state, position, reason };
    const served = { position, input: inputBehind(state, standing, log?.next) };
    if (log === undefined) {
      this.#connections.set(port, { ...kept, served });
      return { kind: 'serve', ...kept, position };
    }
    this.#connections.set(port, { ...kept, log, served });
    return { kind: 'serve', ...kept, position, input: { octets: log.octets, ended: log.ended } };
  }

  /** Those that are served here, and whose clients have sent something to the holder behind the state. */
  get owed(): readonly number[] {
    return [...this.#connections.values()]
      .filter(({ served }) => (served?.input ?? 0) > 0)
      .map(({ port }) => port);
  }

  /** One of these has sent more than its end. */
  get owesOctets(): boolean {
    return [...this.#connections.values()].some(({ served }) => (served?.input ?? 0) > END);
  }

  /** So many octets of one of these have come since: what is lost of it breaks it off. */
  settle(port: number, octets: number): Extract<Output<State>, { readonly kind: 'break-off' }> | undefined {
    const connection = this.#connections.get(port);
    if (connection?.served === undefined) return undefined;
    const { input, position } = connection.served;
    this.#connections.delete(port);
    // A client that has closed its side awaits nothing but the rest.
    const lost = input - octets;
    if (lost <= END) return undefined;
    const reason = `the client has sent ${lost} octets to the member that died, and does not repeat them`;
    return { kind: 'break-off', port, state: connection.state, position, reason };
  }
}

/** RCV.NXT: a FIN counts one. */
function nextOf({ receiveNext, receivedFin }: ReplicaState): number {
  return (receiveNext + (receivedFin ? 1 : 0)) >>> 0;
}
