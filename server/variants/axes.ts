import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';

/** What one octet says of a hold, ms, and what each further step of it is. */
const MOST_HOLD_OCTET = 255;
const HOLD_STEP_MS = MOST_HOLD_OCTET + 1;
const MOST_HOLD_STEPS = 255;
/** An acceptor can be told to hold back for so long, ms. */
export const MOST_HOLD_MS = MOST_HOLD_STEPS * HOLD_STEP_MS + MOST_HOLD_OCTET;

/**
 * What can differ between two handoffs, and the values of each: on the wire one octet for each axis, in this order. New values and new axes are added behind
 * the others; the first value of an axis is what a donor means that does not know the axis. Of an axis of numbers, the octet is what there is more
 * than the least.
 */
const axisTable = {
  /**
   * What has to be before the donor freezes the client. `last-send`: the last `send()` has returned; `drained`: and every octet is
   * acknowledged; `nothing-unsent`: and every octet has left; `announced-cut`: the same, and the acceptor has been told before up to where.
   */
  freezeAt: ['last-send', 'drained', 'nothing-unsent', 'announced-cut'],
  /** When Prepare leaves: never, when the last `send()` has returned, or as soon as the handoff is requested. */
  prepareAt: ['never', 'last-send', 'request'],
  /**
   * When the acceptor gets its keygen tokens: both at Init, both at Prepare, the home token with Init and the care-of token then,
   * or both long before, since they are kept fresh at every candidate.
   */
  returnRoutability: ['at-init', 'at-prepare', 'home-given', 'kept-fresh'],
  /** Who binds the client to the acceptor: it, the donor in band behind its last data (Alternate Care-of Address), or one after the other. */
  binder: ['acceptor', 'donor', 'both'],
  /** What travels of octets that the client has not acknowledged: they, or their positions alone, and the acceptor's application makes them again. */
  travels: ['state', 'positions'],
  /** From when on the acceptor sends: the client's acknowledgement of the binding, its own Binding Update, Init, or an instant told in it. */
  start: ['acknowledgement', 'update', 'init', 'timed'],
  /** By which way its first data goes, until the binding is acknowledged. */
  firstPath: ['optimised', 'reverse-tunnel'],
  /** Transmissions of the Binding Update at once. */
  copies: { least: 1, most: 4 },
  /** From the acceptor's Binding Update until its first data, ms: the client needs that long to take it in. */
  guardMs: { least: 0, most: 255 },
  /**
   * From Init until the acceptor sends anything to the client, ms. Its donor makes it so long that nothing is there before the donor's own last octets
   * are, which the client would not take any more. With a first path in the reverse tunnel, where data meets no binding: until the acceptor's Binding
   * Update is at the client.
   */
  holdMs: { least: 0, most: MOST_HOLD_OCTET },
  /** 256 ms each, on top of `holdMs`. Releases without it refuse the handoff, and the donor serves on. */
  holdSteps: { least: 0, most: MOST_HOLD_STEPS },
} as const;

type Axis = keyof typeof axisTable;
type ValueOf<Name extends Axis> = (typeof axisTable)[Name] extends readonly (infer Value)[] ? Value : number;
type AlwaysTold = 'freezeAt' | 'prepareAt' | 'returnRoutability';

/** All axes, each with a value. */
export type WholeAxes = { readonly [Name in Axis]: ValueOf<Name> };

/**
 * The axes of a handoff. Donor and acceptor look at nothing else of a variant, and the donor tells its acceptor in Prepare and Init: each side does
 * its half of what the axes say. An axis that is left out has its first value, as on the wire.
 */
export type HandoffAxes = Pick<WholeAxes, AlwaysTold> & Partial<WholeAxes>;

const axisNames = Object.keys(axisTable) as readonly Axis[];
/** Those that every release with variants knows: they are always told. */
const ALWAYS_TOLD = 3;

/** Every axis and its values, for who lists or checks them; of an axis of numbers the least and the most. */
export const axisValues: {
  readonly [Name in Axis]: readonly string[] | { readonly least: number; readonly most: number };
} = axisTable;

/** What a donor of a release that does not tell its variant means: whoever sends Prepare wants return routability. */
export const untoldAxes: HandoffAxes = {
  freezeAt: 'drained',
  prepareAt: 'last-send',
  returnRoutability: 'at-prepare',
};

/** With a value for each axis. */
export function wholeAxes(axes: HandoffAxes): WholeAxes {
  const named = axisNames.map((axis) => [axis, axes[axis] ?? valueAt(axis, 0)]);
  return Object.fromEntries(named) as unknown as WholeAxes;
}

/** How long an acceptor holds back in all, ms. */
export function holdOf({ holdMs, holdSteps }: WholeAxes): number {
  return holdMs + holdSteps * HOLD_STEP_MS;
}

/** The same as axes, of whole ms up to `MOST_HOLD_MS`. */
export function holdAxes(ms: number): Pick<WholeAxes, 'holdMs' | 'holdSteps'> {
  const whole = Math.min(ms, MOST_HOLD_MS);
  return { holdMs: whole % HOLD_STEP_MS, holdSteps: Math.floor(whole / HOLD_STEP_MS) };
}

/** The donor freezes nothing before the acceptor has said that the client has tested it: it would stand still for as long. */
export function awaitsPrepared(axes: HandoffAxes): boolean {
  const { returnRoutability, binder, travels } = wholeAxes(axes);
  return returnRoutability === 'at-prepare' && (binder !== 'acceptor' || travels === 'positions');
}

/** Whether a member can do its part that knows the paper's variants alone. */
export function isOfThePaper(axes: HandoffAxes): boolean {
  return (
    encodeAxes(axes).length === ALWAYS_TOLD &&
    octetOf('freezeAt', axes) < 2 &&
    octetOf('returnRoutability', axes) < 2
  );
}

/** One octet for each axis, up to the last that is not as it was before there was one. */
export function encodeAxes(axes: HandoffAxes): Uint8Array {
  const octets = axisNames.map((axis) => octetOf(axis, axes));
  const told = octets.findLastIndex((octet) => octet !== 0) + 1;
  return Uint8Array.from(octets.slice(0, Math.max(told, ALWAYS_TOLD)));
}

/** The same back, without axes that have their first value. Throws ProtocolError for what this release does not know, or cannot do. */
export function decodeAxes(octets: Uint8Array): HandoffAxes {
  const unknown = octets.subarray(axisNames.length).some((octet) => octet !== 0);
  if (unknown) throw new ProtocolError(`a handoff variant of ${octets.length} axes`);
  const named = axisNames.map((axis, place) => [axis, told(axis, octets[place] ?? 0)] as const);
  const axes = Object.fromEntries(
    named.filter((_, place) => place < ALWAYS_TOLD || (octets[place] ?? 0) !== 0),
  ) as unknown as HandoffAxes;
  const reason = whyImpossible(axes);
  if (reason !== undefined) throw new ProtocolError(`a handoff variant with ${reason}`);
  return axes;
}

/** Why these cannot be had together, in words; undefined when they can. */
export function whyImpossible(axes: HandoffAxes): string | undefined {
  const whole = wholeAxes(axes);
  const { freezeAt, prepareAt, returnRoutability, binder, travels, start, firstPath, guardMs } = whole;
  const hold = holdOf(whole);
  const rules: readonly (readonly [boolean, string])[] = [
    [
      prepareAt === 'never' && returnRoutability === 'at-prepare',
      "return routability 'at-prepare' without a Prepare",
    ],
    [
      returnRoutability === 'kept-fresh' && prepareAt !== 'request',
      `tokens that are kept fresh and Prepare '${prepareAt}': a candidate keeps them from Prepare on, long before the last send`,
    ],
    [
      binder !== 'acceptor' && returnRoutability !== 'at-prepare',
      `binder '${binder}' and return routability '${returnRoutability}': the donor binds with the acceptor's care-of token, which it has from no earlier answer`,
    ],
    [
      binder === 'acceptor' && start === 'init' && firstPath === 'optimised',
      "start 'init' on the optimised path, and nobody has bound the client by then",
    ],
    [
      binder === 'donor' && (start === 'acknowledgement' || start === 'update'),
      `binder 'donor' and start '${start}': the acceptor sends no Binding Update that it could wait for`,
    ],
    [
      (freezeAt === 'announced-cut') !== (start === 'timed'),
      `freezeAt '${freezeAt}' and start '${start}': a cut is announced to who starts by the clock, and only to it`,
    ],
    [
      freezeAt === 'announced-cut' && (travels === 'state' || returnRoutability !== 'at-prepare'),
      "a cut that is announced to an acceptor that has no octets before it ('positions') or has not been tested ('at-prepare')",
    ],
    [
      freezeAt === 'drained' && travels === 'positions',
      'positions of a drained socket, which has no octets that could be made again',
    ],
    [
      guardMs > 0 && start === 'acknowledgement',
      `a guard of ${guardMs} ms and start 'acknowledgement': an acknowledged binding needs none`,
    ],
    [
      hold > 0 && freezeAt === 'drained',
      `a hold of ${hold} ms behind a drained socket, which has nothing under way`,
    ],
  ];
  return rules.find(([broken]) => broken)?.[1];
}

function octetOf(axis: Axis, axes: HandoffAxes): number {
  const value = axes[axis];
  if (value === undefined) return 0;
  const values = axisValues[axis];
  return 'least' in values ? Number(value) - values.least : values.indexOf(String(value));
}

function valueAt(axis: Axis, octet: number): string | number | undefined {
  const values = axisValues[axis];
  if (!('least' in values)) return values[octet];
  return values.least + octet <= values.most ? values.least + octet : undefined;
}

function told(axis: Axis, octet: number): string | number {
  const value = valueAt(axis, octet);
  if (value === undefined) throw new ProtocolError(`a handoff variant with ${axis} ${octet}`);
  return value;
}
