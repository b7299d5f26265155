/*
 * The signalling of each variant, packet by packet as it passes the router at L_CS = 40, L_SS = 20 ms. A test in the lab compares it
 * with a capture. Channel frames are in segments of TCP, which sends them again: there a fault is a delay.
 */

/** Return routability by the acceptor; the home test goes by way of the contact node, so each half of it passes the router twice. */
const tests = [
  'home-test-init',
  'care-of-test-init',
  'home-test-init-relayed',
  'care-of-test',
  'home-test',
  'home-test-relayed',
] as const;
const binding = ['binding-update', 'binding-acknowledgement'] as const;

/** The acceptor's answer when it has been tested: awaited by who binds the client to it, or lets go of octets on their way. */
const prepared = ['prepare', ...tests, 'prepared'] as const;
/** The donor's own update for the acceptor, behind its last data; the acknowledgements come back to it. */
const inBand = ['binding-update-in-band', 'binding-update-in-band-2'] as const;
const inBandAnswers = ['binding-acknowledgement-in-band', 'binding-acknowledgement-in-band-2'] as const;

/** A second copy behind the first: of each message the first is meant, unless its number is told. */
const twice = [
  'binding-update',
  'binding-update-2',
  'binding-acknowledgement',
  'binding-acknowledgement-2',
] as const;

/** Init leaves before the donor's last data, and its own updates behind them. */
const announced = [...prepared, 'init', ...inBand] as const;

const ofBoth = [
  ...[...prepared, ...inBand, 'init', 'binding-update', 'binding-update-2'],
  ...[...inBandAnswers, 'binding-acknowledgement', 'binding-acknowledgement-2', 'done'],
];

/** What the members' channel carries, by its direction, in order. */
export const channelSignals = {
  toAcceptor: ['prepare', 'init'],
  toDonor: ['prepared', 'done'],
} as const;

/** By variant, in order. */
export const signalling: Readonly<Record<string, readonly string[]>> = {
  baseline: ['init', ...tests, ...binding, 'done'],
  'advance-rr': ['prepare', 'init', ...tests, ...binding, 'done'],
  drain: ['init', ...tests, ...binding, 'done'],
  'drain+advance-rr': ['prepare', ...tests, 'init', ...binding, 'done'],
  'at-update': ['prepare', ...tests, 'init', ...twice, 'done'],
  'tunnel-first': ['prepare', ...tests, 'init', ...binding, 'done'],
  unforeseen: ['init', 'care-of-test-init', 'care-of-test', ...twice, 'done'],
  'unforeseen-standing': ['prepare', ...tests, 'init', ...twice, 'done'],
  'unforeseen-tunnel': ['init', 'care-of-test-init', 'care-of-test', ...binding, 'done'],
  positions: [...prepared, 'init', ...twice, 'done'],
  // The acceptor's own update comes when it serves already, and has not heard of the donor's.
  'in-band': [...prepared, ...inBand, 'init', ...inBandAnswers, 'done', ...binding],
  'in-band+own': ofBoth,
  timed: [...announced, 'done', ...inBandAnswers, ...binding],
  'binding-first': [...prepared, 'init', ...twice, 'done'],
  adaptive: [
    ...[...announced, 'binding-update', 'binding-update-2'],
    ...[...inBandAnswers, 'binding-acknowledgement', 'binding-acknowledgement-2', 'done'],
  ],
};

/** What can go wrong with a packet, or right behind it; the place in this list is the value of the parameter `kind`. */
export const faultKinds = [
  'lost',
  'doubled',
  'delayed',
  'donor-cut-off',
  'acceptor-cut-off',
  'donor-killed',
  'acceptor-killed',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** The first that ends a process: such a case has a lab of its own. */
export const firstKill = faultKinds.indexOf('donor-killed');

/** Packets of the variant with the longest list. */
export const mostSignals = Math.max(...Object.values(signalling).map(({ length }) => length));

/** `atlas/drain/8-binding-update/lost`; undefined where the variant has no such packet. */
export function caseName(variant: string, kind: number, place: number): string | undefined {
  const signal = signalling[variant]?.[place - 1];
  return signal && `atlas/${variant}/${place}-${signal}/${faultKinds[kind]}`;
}

/** Of two faults in one handoff: the first's name, `+`, and the second's packet and kind. Without a second, the first's. */
export function pairName(
  variant: string,
  first: { readonly kind: number; readonly place: number },
  second: { readonly kind: number; readonly place: number },
): string | undefined {
  const name = caseName(variant, first.kind, first.place);
  if (second.place === 0 || name === undefined) return name;
  const other = caseName(variant, second.kind, second.place);
  return other && `${name}+${other.split('/').slice(2).join('/')}`;
}

interface FaultCase {
  readonly variant: string;
  readonly kind: number;
  /** of the packet among the variant's, from 1 */
  readonly place: number;
}

/** The case of this name; undefined when there is none. */
export function caseOf(name: string): FaultCase | undefined {
  return allCases().find(({ variant, kind, place }) => caseName(variant, kind, place) === name);
}

/** Every single fault of every variant. */
export function allCases(): readonly FaultCase[] {
  return Object.entries(signalling).flatMap(([variant, signals]) =>
    signals.flatMap((_, index) => faultKinds.map((_, kind) => ({ variant, kind, place: index + 1 }))),
  );
}
