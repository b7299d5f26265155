import { Outbox } from '../mip6/roles/shared/outbox.ts';
import { ProtocolError } from '../mip6/roles/shared/protocol-error.ts';

/** All states that may follow each state of a machine; staying in a state, with other values in it, needs no mention. */
export type Transitions<Name extends string> = { readonly [From in Name]: readonly Name[] };

/** Throws ProtocolError for a transition that is not in the list: a mistake in the machine, which no input may bring about. */
export function checkTransition<Name extends string>(
  machine: string,
  transitions: Transitions<Name>,
  from: Name,
  to: Name,
): void {
  if (from !== to && !transitions[from].includes(to))
    throw new ProtocolError(`${machine}: no transition from ${from} to ${to}`);
}

/** The state of a machine, which changes along its list of transitions alone, and what the machine has said and nobody has taken yet. */
export class Machine<State extends { readonly name: string }, Output> {
  readonly #name: string;
  readonly #transitions: Transitions<State['name']>;
  readonly #outputs = new Outbox<Output>();
  #state: State;

  constructor(name: string, transitions: Transitions<State['name']>, first: State) {
    this.#name = name;
    this.#transitions = transitions;
    this.#state = first;
  }

  get state(): State {
    return this.#state;
  }

  to(state: State): void {
    checkTransition<State['name']>(this.#name, this.#transitions, this.#state.name, state.name);
    this.#state = state;
  }

  put(output: Output): void {
    this.#outputs.push(output);
  }

  poll(): Output | undefined {
    return this.#outputs.poll();
  }
}
