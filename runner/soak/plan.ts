import type { WideAreaParameters } from '../../topologies/wide-area-parameters.ts';
import { MOST_SITES } from '../../topologies/wide-area-problems.ts';
import { type Place, type WideAreaRoles, wideAreaRoles } from '../../topologies/wide-area-roles.ts';
import type { Disturbance } from '../procedures/disturbances.ts';
import type { GroupTimes } from '../procedures/wide-area-server.ts';
import { type AgentPlan, drawAgentDeaths, drawCorrespondents } from './agents.ts';
import type { SoakSize } from './conditions.ts';
import { drawLifetimes, drawNetwork, type Lifetimes, type SoakConditions } from './conditions.ts';
import { type Disturbable, drawDisturbances } from './disturbances.ts';
import { drawMembership, type MembershipPlan } from './membership.ts';
import { Draws } from './random.ts';
import { drawVisits, type PlannedVisit } from './visits.ts';

/** The whole system: 8 members, 3 contact addresses, 50 clients of three kinds. */
export const wholeSystem: Omit<SoakSize, 'minutes'> = {
  members: 8,
  contactAddresses: 3,
  clients: 50,
  plainClients: 10,
  filteredClients: 10,
};

/** All that happens in a soak; the seed and the size decide it. */
export interface SoakPlan {
  readonly seed: number;
  readonly size: SoakSize;
  readonly conditions: SoakConditions;
  /** for wideArea */
  readonly network: WideAreaParameters;
  readonly roles: WideAreaRoles;
  readonly group: GroupTimes;
  readonly membership: MembershipPlan;
  readonly lifetimes: Lifetimes;
  readonly agents: AgentPlan;
  readonly disturbances: readonly Disturbance[];
  readonly visits: readonly PlannedVisit[];
}

const group: GroupTimes = {
  heartbeatMs: 500,
  suspectMs: 2000,
  staggerMs: 400,
  registrationMs: 4000,
  handOverMs: 3000,
};
/** Parts of the plan that draw on their own. */
const parts = {
  network: 1,
  disturbances: 2,
  visits: 3,
  membership: 4,
  lifetimes: 5,
  agents: 6,
  visitKinds: 7,
  series: 8,
  downloads: 9,
} as const;
const quietStartMs = 10_000;
/** A member that has come back has its channels, and its copy of the associations, within this. */
const settleMs = 15_000;

/** Draws a soak from its seed. Whether there can be a network of this size is for wideArea to say. */
export function planSoak(seed: number, size: SoakSize, conditions: SoakConditions = {}): SoakPlan {
  const draws = (part: keyof typeof parts): Draws => new Draws(seed, parts[part]);
  const clientSites = Math.min(size.clients, MOST_SITES - size.members);
  const network = drawNetwork(seed, size, conditions, draws('network'), clientSites);
  const roles = wideAreaRoles(network);
  // All members are back when the last visits begin.
  const times = { fromMs: quietStartMs, untilMs: size.minutes * 60_000 - settleMs };
  const most = Math.max(1, Math.floor(size.members / 4));
  const membership = drawMembership({ roles, most, ...times }, draws('membership'));
  const lifetimes = drawLifetimes(size.minutes, draws('lifetimes'));
  const correspondents = drawCorrespondents(roles);
  const disturbances = [
    ...drawDisturbances(
      {
        members: roles.members.map((member) => joiningAt(member, membership)),
        trusted: roles.contactAddresses.map(({ contactNode, backups }) => [contactNode, ...backups]),
        ...times,
        meanMs: meanBetweenMs(size, conditions),
        most,
        leaveMs: membership.leaveMs,
        settleMs,
      },
      draws('disturbances'),
    ),
    ...(conditions.disturbancesPerMinute === 0
      ? []
      : drawAgentDeaths({ roles, correspondents, ...times }, draws('agents'))),
  ];
  const visitLimits = {
    clients: roles.clients.map(({ name }) => name),
    contacts: roles.contactAddresses.map(({ address, contactNode }) => ({
      address,
      contactNode: roles.members.find(({ name }) => name === contactNode)!.address,
    })),
    members: roles.members.map(({ address }) => address),
    untilMs: size.minutes * 60_000,
    bindingLifetimeMs: 1000 * lifetimes.bindingSeconds,
    conditions,
  };
  return {
    seed,
    size,
    conditions,
    network,
    roles,
    group: conditions.replicas === undefined ? group : { ...group, replicas: conditions.replicas },
    membership,
    lifetimes,
    agents: { correspondents },
    disturbances: disturbances.toSorted((one, other) => one.atMs - other.atMs),
    visits: drawVisits(visitLimits, {
      visits: draws('visits'),
      kinds: draws('visitKinds'),
      series: draws('series'),
      downloads: draws('downloads'),
    }),
  };
}

/** Between the beginnings of two disturbances of members, ms. */
function meanBetweenMs(
  { members }: SoakSize,
  { disturbancesPerMinute = members / 2 }: SoakConditions,
): number {
  return disturbancesPerMinute === 0 ? Number.POSITIVE_INFINITY : 60_000 / disturbancesPerMinute;
}

function joiningAt({ name, address }: Place, { joins }: MembershipPlan): Disturbable {
  const joinsMs = joins.find(({ member }) => member === name)?.atMs;
  return joinsMs === undefined ? { name, address } : { name, address, joinsMs };
}
