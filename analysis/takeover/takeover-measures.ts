import type { takeoverTable } from '../../experiments/takeover-measures.ts';
import type { Observation } from './observation.ts';
import type { Roles } from './roles.ts';
import { beforeMs } from './traffic.ts';

/** What the repetition shows, for one measure. */
interface Evidence {
  readonly seen: Observation;
  readonly roles: Roles;
  /** links lose packets */
  readonly lossy: boolean;
  /** connections that their clients report as lost */
  readonly lost: { readonly held: number; readonly others: number };
}

type Extractor = (evidence: Evidence) => number | undefined;

/** By name; ms unless the name says something else. All from the capture, but for `lost-…` and the zero of `detection` and `heartbeat-age`. */
export const extractors: Readonly<Record<keyof typeof takeoverTable, Extractor>> = {
  outage: ({ seen }) => outage(seen),
  detection: ({ seen, roles }) => firstUpdate(seen, roles)?.ms,
  'heartbeat-age': ({ seen }) => ageOf(seen.signsSent.filter((ms) => ms < 0).at(-1)),
  silence: ({ seen, roles }) => {
    const update = firstUpdate(seen, roles);
    const sign = seen.signsHeard.filter((ms) => ms < (update?.ms ?? 0)).at(-1);
    return update === undefined || sign === undefined ? undefined : update.ms - sign;
  },
  registration: ({ seen, roles }) => {
    const [update, answer] = [firstUpdate(seen, roles), firstAcknowledgement(seen, roles)];
    return update === undefined || answer === undefined ? undefined : answer.ms - update.ms;
  },
  'client-outage': ({ seen, lossy }) => clientOutage(seen, lossy),
  'optimized-gap': ({ seen, roles }) => {
    const longest = Math.max(...seen.updates.map(({ ms }) => ms), 0) + beforeMs;
    // A silence that begins with the end lies between the last packet before it and the first one behind it.
    const last = Math.max(...seen.optimized.filter((ms) => ms <= 0));
    // Its document lasts longer than the takeover: one that has fallen silent for good is silent until the successor serves, at least.
    const served = firstAcknowledgement(seen, roles)?.ms ?? last;
    const after = [...seen.optimized, ...(seen.optimized.every((ms) => ms < served) ? [served] : [])];
    const gap = longestGap(after, last, longest) - longestGap(seen.optimized, -beforeMs, 0);
    return Number.isNaN(gap) ? undefined : gap;
  },
  registrations: ({ seen }) =>
    seen.acknowledgements.filter(({ direction, status }) => direction === 'out' && status < 128).length,
  'contact-switches': ({ seen: { relayedTo } }) =>
    relayedTo.filter((member, index) => index > 0 && member !== relayedTo[index - 1]).length,
  'esp-reversals': ({ seen }) => seen.espReversals,
  'update-reversals': ({ seen }) => seen.updateReversals,
  resets: ({ seen }) => seen.resets,
  'lost-held': ({ lost }) => lost.held,
  'lost-others': ({ lost }) => lost.others,
};

/** The successor's first Binding Update, as it comes to the router. */
export function firstUpdate({ updates }: Observation, { successor }: Roles) {
  return updates.find(({ ms, direction, member }) => ms > 0 && direction === 'in' && member === successor);
}

/** Its acknowledgement, when it has come all the way to the successor. */
export function firstAcknowledgement(seen: Observation, roles: Roles) {
  const update = firstUpdate(seen, roles);
  return seen.acknowledgements.find(
    ({ ms, direction, member, sequence, status }) =>
      ms > 0 &&
      direction === 'out' &&
      member === roles.successor &&
      sequence === update?.sequence &&
      status < 128,
  );
}

/** The old contact node's last answer → the first datagram at its successor; 0 where that one comes first. */
function outage({ answersOfContactNode, servedBySuccessor }: Observation): number | undefined {
  const [last, first] = [answersOfContactNode.at(-1), servedBySuccessor[0]];
  return last === undefined || first === undefined ? undefined : Math.max(0, first - last);
}

/**
 * First datagram without an answer → the next one with, when they come to the router; 0 where all are answered. Where links lose
 * packets, of the longest row without an answer.
 */
function clientOutage({ requests, answered }: Observation, lossy: boolean): number | undefined {
  const lost = [...requests.keys()].filter((number) => !answered.has(number)).sort((a, b) => a - b);
  if (lost.length === 0) return 0;
  const [first, last] = lossy ? longestRow(lost) : [lost[0]!, lost.at(-1)!];
  const [from, to] = [requests.get(first), requests.get(last + 1)];
  return from === undefined || to === undefined ? undefined : to - from;
}

/** First and last of the longest run of consecutive numbers; `sorted` has one at least. */
function longestRow(sorted: readonly number[]): readonly [number, number] {
  let longest: readonly [number, number] = [sorted[0]!, sorted[0]!];
  let first = sorted[0]!;
  for (const [index, number] of sorted.entries()) {
    if (index > 0 && sorted[index - 1] !== number - 1) first = number;
    if (number - first > longest[1] - longest[0]) longest = [first, number];
  }
  return longest;
}

function ageOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : -ms;
}

/** The longest silence between two of these instants within [from, to]; not a number where there are fewer. */
function longestGap(times: readonly number[], from: number, to: number): number {
  const within = times.filter((time) => time >= from && time <= to);
  return within.length < 2
    ? Number.NaN
    : within.slice(1).reduce((longest, time, index) => Math.max(longest, time - within[index]!), 0);
}
