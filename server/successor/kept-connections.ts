import { EVERY_PORT } from './frames.ts';
import { inputBehind, positionAt } from './position.ts';
import type { KeptConnection, Position, ReplicaState, Standing, SuccessorOutput } from './successor-types.ts';

type Connection<State> = KeptConnection<State> & {
  /** undefined: not yet */
  readonly served?: { readonly position: Position; readonly input: number };
};

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

  keep({ port, state, applicationState }: KeptConnection<State>): void {
    this.#connections.set(port, { port, state, applicationState });
  }

  /** One, or all (EVERY_PORT). */
  drop(port: number): void {
    if (port === EVERY_PORT) this.#connections.clear();
    else this.#connections.delete(port);
  }

  /** Those whose clients have not said where they stand. */
  get unserved(): readonly KeptConnection<State>[] {
    return [...this.#connections.values()].flatMap(({ served, ...connection }) =>
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
    const { state, applicationState } = this.#connections.get(port)!;
    const { position, whyNot: reason } = positionAt(state, standing);
    if (reason !== undefined) return { kind: 'break-off', port, state, position, reason };
    const input = inputBehind(state, standing);
    this.#connections.set(port, { port, state, applicationState, served: { position, input } });
    return { kind: 'serve', port, state, applicationState, position };
  }

  /** Those that are served here, and whose clients have sent something to the holder behind the state. */
  get owed(): readonly number[] {
    return [...this.#connections.values()]
      .filter(({ served }) => (served?.input ?? 0) > 0)
      .map(({ port }) => port);
  }

  /** So many octets of one of these have come since: what is lost of it breaks it off. */
  settle(port: number, octets: number): Extract<Output<State>, { readonly kind: 'break-off' }> | undefined {
    const connection = this.#connections.get(port);
    if (connection?.served === undefined) return undefined;
    const { input, position } = connection.served;
    this.#connections.delete(port);
    // A FIN counts one, and is no octet: a client that has closed its side awaits nothing but the rest.
    const lost = input - octets;
    if (lost <= 1) return undefined;
    const reason = `the client has sent ${lost} octets to the member that died, and does not repeat them`;
    return { kind: 'break-off', port, state: connection.state, position, reason };
  }
}
