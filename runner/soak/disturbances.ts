import type { Disturbance } from '../procedures/disturbances.ts';
import type { Draws } from './random.ts';

/** A member as the disturbances see it. */
export interface Disturbable {
  readonly name: string;
  /** care-of address */
  readonly address: string;
  /** joins the others then; absent: is there from the start */
  readonly joinsMs?: number;
}

interface DisturbanceLimits {
  readonly members: readonly Disturbable[];
  /** of each contact address: names of the members that may be its contact node */
  readonly trusted: readonly (readonly string[])[];
  /** all members are in order before this, and from `untilMs` on */
  readonly fromMs: number;
  readonly untilMs: number;
  /** between the beginnings of two disturbances */
  readonly meanMs: number;
  /** members disturbed at a time, at most */
  readonly most: number;
  /** a departure may take so long */
  readonly leaveMs: number;
  /** for so long after its return a member does not count as one that others may rely on */
  readonly settleMs: number;
}

type Kind = 'crash' | 'leave' | 'cut' | 'partition';

const kinds: readonly (readonly [Kind, number])[] = [
  ['crash', 4],
  ['leave', 2],
  ['cut', 3],
  ['partition', 2],
];
/** ms; a process that has ended may be away longer than TCP connections stand, a network is back before; behind a departure's longest */
const away: Readonly<Record<Kind, readonly [least: number, most: number]>> = {
  crash: [3000, 45_000],
  leave: [1000, 40_000],
  cut: [500, 20_000],
  partition: [500, 20_000],
};

/**
 * Joins at their times; kills, departures, network cuts and returns of members: `crash` and `leave` with a later `start`, `cut` (a whole machine, or it and some
 * other members from each other) with a later `heal`. Of each contact address at least one trusted member is in order and settled
 * all the time: without one no contact address can survive.
 */
export function drawDisturbances(limits: DisturbanceLimits, draws: Draws): readonly Disturbance[] {
  const { members, fromMs, untilMs, meanMs, most } = limits;
  /** by name: until when a member is disturbed, ms */
  const until = new Map(members.map(({ name, joinsMs = Number.NEGATIVE_INFINITY }) => [name, joinsMs]));
  const steps: Disturbance[] = members.flatMap(({ name, joinsMs }) =>
    joinsMs === undefined ? [] : [{ atMs: rounded(joinsMs), action: 'start' as const, target: name }],
  );
  for (let atMs = fromMs + draws.exponential(meanMs); atMs < untilMs; atMs += draws.exponential(meanMs)) {
    const now = atMs;
    const disturbed = members.filter(({ name, joinsMs = 0 }) => joinsMs <= now && until.get(name)! > now);
    const candidates = members.filter(({ name }) => mayGo(name, now, until, limits));
    if (disturbed.length >= most || candidates.length === 0) continue;
    const member = draws.one(candidates);
    const kind = draws.weighted(kinds);
    const [least, longest] = away[kind];
    const goneMs = kind === 'leave' ? now + limits.leaveMs : now;
    const backMs = Math.min(goneMs + draws.between(least, longest), untilMs);
    until.set(member.name, backMs);
    steps.push(...stepsOf(kind, member, rounded(now), rounded(backMs), members, draws));
  }
  return steps.toSorted((one, other) => one.atMs - other.atMs);
}

function mayGo(
  name: string,
  nowMs: number,
  until: ReadonlyMap<string, number>,
  { trusted, settleMs }: DisturbanceLimits,
): boolean {
  const inOrder = (other: string): boolean => until.get(other)! + settleMs < nowMs;
  // It may itself be on its way back only: a second disturbance would meet it while it starts.
  if (!inOrder(name)) return false;
  return trusted.every(
    (group) => !group.includes(name) || group.some((other) => other !== name && inOrder(other)),
  );
}

function stepsOf(
  kind: Kind,
  member: Disturbable,
  atMs: number,
  backMs: number,
  members: readonly Disturbable[],
  draws: Draws,
): readonly Disturbance[] {
  const target = member.name;
  switch (kind) {
    case 'crash':
    case 'leave':
      return [
        { atMs, action: kind, target },
        { atMs: backMs, action: 'start', target },
      ];
    case 'cut':
      return [
        { atMs, action: 'cut', target },
        { atMs: backMs, action: 'heal', target },
      ];
    case 'partition': {
      const others = members.filter(({ name }) => name !== target);
      const some = others.filter(() => draws.between(0, 1) < 0.5);
      const addresses = (some.length === 0 ? others : some).map(({ address }) => address);
      return [
        { atMs, action: 'cut', target, addresses },
        { atMs: backMs, action: 'heal', target },
      ];
    }
    default:
      return kind satisfies never;
  }
}

function rounded(ms: number): number {
  return Math.round(ms);
}
