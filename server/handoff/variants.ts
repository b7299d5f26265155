import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';

/**
 * How a donor and an acceptor order the steps of a handoff. A variant is data: to add one, add a row here.
 * Everything that runs a handoff takes a variant by name.
 */
export interface HandoffVariant {
  readonly name: string;
  readonly description: string;
  /** where the paper describes it */
  readonly source: string;
  /** `last-send`: freeze as soon as the last `send()` has returned; `drained`: when the client has acknowledged every octet. */
  readonly freezeAt: 'last-send' | 'drained';
  /** true: the donor sends Prepare when the last `send()` has returned, and the acceptor runs return routability at once. */
  readonly prepare: boolean;
}

export const handoffVariants: readonly HandoffVariant[] = [
  {
    name: 'baseline',
    description: 'hand off right after the last send(); return routability after Init',
    source: 'paper §6.2, Table 1',
    freezeAt: 'last-send',
    prepare: false,
  },
  {
    name: 'drain',
    description: 'wait until the socket is empty, then Init, return routability, binding',
    source: 'paper §6.3, Fig. 10',
    freezeAt: 'drained',
    prepare: false,
  },
  {
    name: 'advance-rr',
    description: 'return routability in advance (Prepare), socket not drained',
    source: 'paper §6.4',
    freezeAt: 'last-send',
    prepare: true,
  },
  {
    name: 'drain+advance-rr',
    description: 'return routability in advance while the socket drains, then Init, binding',
    source: 'paper §6.4, Fig. 11(b), Fig. 12',
    freezeAt: 'drained',
    prepare: true,
  },
];

/** The variant called `name`. Throws ProtocolError when there is none. */
export function handoffVariant(name: string): HandoffVariant {
  const found = handoffVariants.find((variant) => variant.name === name);
  if (found === undefined) {
    const known = handoffVariants.map((variant) => variant.name).join(', ');
    throw new ProtocolError(`unknown handoff variant '${name}' (known: ${known})`);
  }
  return found;
}
