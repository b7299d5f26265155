import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';

/**
 * What can differ between two handoffs. Donor and acceptor look at nothing else of a variant, and the donor tells its acceptor in Prepare
 * and Init: each side does its half of what the axes say.
 */
export interface HandoffAxes {
  /** What has to be before the donor freezes the client. `last-send`: the last `send()` has returned; `drained`: and every octet is acknowledged. */
  readonly freezeAt: 'last-send' | 'drained';
  /** When Prepare leaves: never, when the last `send()` has returned, or as soon as the handoff is requested. */
  readonly prepareAt: 'never' | 'last-send' | 'request';
  /** When the acceptor runs return routability with the client. */
  readonly returnRoutability: 'at-init' | 'at-prepare';
}

/** How a donor and an acceptor order the steps of a handoff. A variant is data: to add one, add a row below. */
export interface HandoffVariant extends HandoffAxes {
  readonly name: string;
  readonly description: string;
  /** where it is described, or how its gap is made up */
  readonly source: string;
  /** the client is not handed off at all: the control of every comparison */
  readonly stays?: true;
}

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
    freezeAt: 'drained',
    prepareAt: 'last-send',
    returnRoutability: 'at-prepare',
  },
  {
    name: 'none',
    description: 'the client is not handed off: what every other variant is compared with',
    source: 'the control',
    freezeAt: 'drained',
    prepareAt: 'last-send',
    returnRoutability: 'at-prepare',
    stays: true,
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

/** What a donor of a release that does not tell its variant means: whoever sends Prepare wants return routability. */
export const untoldAxes: HandoffAxes = {
  freezeAt: 'drained',
  prepareAt: 'last-send',
  returnRoutability: 'at-prepare',
};

/** Why these cannot be had together, in words; undefined when they can. */
function whyImpossible({ prepareAt, returnRoutability }: HandoffAxes): string | undefined {
  if (prepareAt === 'never' && returnRoutability === 'at-prepare')
    return "return routability 'at-prepare' without a Prepare";
  return undefined;
}

/**
 * The axes on the wire, in this order: one octet each, the place of the value in its list. New values and new axes are added behind the
 * others; the first value of an axis is what a donor means that does not know the axis.
 */
const wireAxes = {
  freezeAt: ['last-send', 'drained'],
  prepareAt: ['never', 'last-send', 'request'],
  returnRoutability: ['at-init', 'at-prepare'],
} as const satisfies { readonly [Axis in keyof HandoffAxes]: readonly HandoffAxes[Axis][] };

const axisNames = Object.keys(wireAxes) as readonly (keyof HandoffAxes)[];

/** One octet for each axis. */
export function encodeAxes(axes: HandoffAxes): Uint8Array {
  return Uint8Array.from(axisNames, (axis) => (wireAxes[axis] as readonly string[]).indexOf(axes[axis]));
}

/** The same back. Throws ProtocolError for what this release does not know, or cannot do. */
export function decodeAxes(octets: Uint8Array): HandoffAxes {
  const unknown = octets.subarray(axisNames.length).some((octet) => octet !== 0);
  if (unknown) throw new ProtocolError(`a handoff variant of ${octets.length} axes`);
  const axes = Object.fromEntries(
    axisNames.map((axis, place) => [axis, axisValue(axis, octets[place] ?? 0)]),
  );
  const reason = whyImpossible(axes as unknown as HandoffAxes);
  if (reason !== undefined) throw new ProtocolError(`a handoff variant with ${reason}`);
  return axes as unknown as HandoffAxes;
}

function axisValue(axis: keyof HandoffAxes, octet: number): string {
  const value = wireAxes[axis][octet];
  if (value === undefined) throw new ProtocolError(`a handoff variant with ${axis} ${octet}`);
  return value;
}
