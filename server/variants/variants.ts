import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { decodeAxes, encodeAxes, type HandoffAxes } from './axes.ts';

export { decodeAxes, encodeAxes, type HandoffAxes, untoldAxes } from './axes.ts';

/** How a donor and an acceptor order the steps of a handoff. A variant is data: to add one, add a row below. */
export interface HandoffVariant extends HandoffAxes {
  readonly name: string;
  readonly description: string;
  /** where it is described, or how its gap is made up */
  readonly source: string;
  /** the client is not handed off at all: the control of every comparison */
  readonly stays?: true;
  /** its axes are those of the best case: a donor chooses others by what it knows (choose-axes.ts) */
  readonly adaptive?: true;
}

const drained = { freezeAt: 'drained', prepareAt: 'last-send', returnRoutability: 'at-prepare' } as const;
const undrained = {
  freezeAt: 'last-send',
  prepareAt: 'request',
  returnRoutability: 'at-prepare',
  travels: 'positions',
} as const;

export const handoffVariants: readonly HandoffVariant[] = [
  {
    name: 'baseline',
    description: 'hand off right after the last send(); return routability after Init',
    source: 'paper §6.2, Table 1',
    freezeAt: 'last-send',
    prepareAt: 'never',
    returnRoutability: 'at-init',
  },
  {
    name: 'drain',
    description: 'wait until the socket is empty, then Init, return routability, binding',
    source: 'paper §6.3, Fig. 10',
    freezeAt: 'drained',
    prepareAt: 'never',
    returnRoutability: 'at-init',
  },
  {
    name: 'advance-rr',
    description: 'return routability in advance (Prepare), socket not drained',
    source: 'paper §6.4',
    freezeAt: 'last-send',
    prepareAt: 'last-send',
    returnRoutability: 'at-prepare',
  },
  {
    name: 'drain+advance-rr',
    description: 'return routability in advance while the socket drains, then Init, binding',
    source: 'paper §6.4, Fig. 11(b), Fig. 12',
    ...drained,
  },
  {
    name: 'none',
    description: 'the client is not handed off: what every other variant is compared with',
    source: 'the control',
    ...drained,
    stays: true,
  },
  {
    name: 'at-update',
    description:
      'drain+advance-rr; data right behind the Binding Update, whose acknowledgement is not awaited',
    source: 'L1 + S + L2 + guard; RFC 6275 §11.7.2',
    ...drained,
    start: 'update',
    copies: 2,
    guardMs: 1,
  },
  {
    name: 'tunnel-first',
    description: 'as at-update, and the first data in the reverse tunnel, which no binding has to precede',
    source: 'L1 + S + path by way of contact node and home agent; RFC 6275 §11.3.1',
    ...drained,
    start: 'update',
    firstPath: 'reverse-tunnel',
  },
  {
    name: 'unforeseen',
    description:
      'nobody is prepared: with Init the donor gives its own home keygen token, so that the care-of test is all that is missing; data right behind the Binding Update',
    source: 'L1 + S + 3·L2 + guard; RFC 6275 §5.2.6',
    freezeAt: 'drained',
    prepareAt: 'never',
    returnRoutability: 'home-given',
    start: 'update',
    copies: 2,
    guardMs: 1,
  },
  {
    name: 'unforeseen-standing',
    description:
      'as unforeseen, and the acceptor is a candidate whose both tokens are kept fresh as long as the client is here: no test is missing',
    source: 'L1 + S + L2 + guard; RFC 6275 §5.2.7',
    freezeAt: 'drained',
    prepareAt: 'request',
    returnRoutability: 'kept-fresh',
    start: 'update',
    copies: 2,
    guardMs: 1,
  },
  {
    name: 'unforeseen-tunnel',
    description:
      'as unforeseen and not drained: the acceptor serves in the reverse tunnel at once, which no binding has to precede, and binds the client meanwhile',
    source: '2·S and Init at the rate; RFC 6275 §11.3.1',
    freezeAt: 'last-send',
    prepareAt: 'never',
    returnRoutability: 'home-given',
    travels: 'positions',
    start: 'init',
    firstPath: 'reverse-tunnel',
  },
  {
    name: 'positions',
    description:
      'not drained: what is on its way does not travel with the state, and the acceptor’s application makes it again; data right behind the Binding Update',
    source: 'max(1 ms, S + L2 − L1) + guard',
    ...undrained,
    start: 'update',
    copies: 2,
    guardMs: 1,
  },
  {
    name: 'in-band',
    description:
      'as positions, and the donor binds the client to the acceptor behind its own last data (Alternate Care-of Address)',
    source: 'max(1 ms, S + L2 − L1); RFC 6275 §6.2.5',
    ...undrained,
    binder: 'donor',
    start: 'init',
    copies: 2,
  },
  {
    name: 'in-band+own',
    description: 'as in-band, and the acceptor sends a Binding Update of its own before its first data',
    source: 'max(1 ms, S + L2 − L1) + guard',
    ...undrained,
    binder: 'both',
    start: 'update',
    copies: 2,
    guardMs: 1,
  },
  {
    name: 'timed',
    description:
      'in-band; Init leaves before the donor’s last octets, tells up to where they go, and when the acceptor begins behind them',
    source: 'one millisecond, and what the updates take at the rate',
    ...undrained,
    freezeAt: 'announced-cut',
    binder: 'donor',
    start: 'timed',
    copies: 2,
  },
  {
    name: 'binding-first',
    description:
      'timed; the acceptor binds the client, and the donor sends its last octets in the reverse tunnel, which no binding is in the way of',
    source: 'one millisecond and the guard; RFC 6275 §11.3.1',
    ...undrained,
    freezeAt: 'announced-cut',
    start: 'timed',
    copies: 2,
    guardMs: 1,
  },
  {
    name: 'adaptive',
    description:
      'timed, and the acceptor binds the client, too, where the application makes octets again; else at-update; the paper’s for clients without Mobile IPv6 and acceptors that know no more',
    source: 'one millisecond and the guard, or as the variant that it falls back to',
    ...undrained,
    freezeAt: 'announced-cut',
    binder: 'both',
    start: 'timed',
    copies: 2,
    guardMs: 1,
    adaptive: true,
  },
];

const OWN = /^(?<name>[a-z][a-z0-9+-]*)~(?<axes>(?:[0-9a-f]{2}){3,})$/;

/**
 * What a variant of the user's own is called, everywhere: its name, and its axes as they are told to an acceptor, in hexadecimal: `mine~010101`. So
 * whoever reads the name, a member or the analysis, has the variant.
 */
export function ownVariantName(name: string, axes: HandoffAxes): string {
  const octets = [...encodeAxes(axes)].map((octet) => octet.toString(16).padStart(2, '0'));
  return `${name}~${octets.join('')}`;
}

/** The variant called `name`: a row above, or one of the user's own; undefined when there is none, or none can be so. */
export function findVariant(name: string): HandoffVariant | undefined {
  const row = handoffVariants.find((variant) => variant.name === name);
  const { axes } = OWN.exec(name)?.groups ?? {};
  if (row !== undefined || axes === undefined) return row;
  const octets = Uint8Array.from(axes.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  try {
    return { ...decodeAxes(octets), name, description: 'of one’s own', source: 'its file' };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** The variant called `name`. Throws ProtocolError when there is none. */
export function handoffVariant(name: string): HandoffVariant {
  const found = findVariant(name);
  if (found === undefined) {
    const known = handoffVariants.map((variant) => variant.name).join(', ');
    throw new ProtocolError(`unknown handoff variant '${name}' (known: ${known})`);
  }
  return found;
}
