import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';

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
