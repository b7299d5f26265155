import type { WideAreaParameters } from '../../topologies/wide-area.ts';
import { MOST_SITES } from '../../topologies/wide-area-problems.ts';
import { type Place, type WideAreaRoles, wideAreaRoles } from '../../topologies/wide-area-roles.ts';
import type { Disturbance } from '../procedures/disturbances.ts';
import type { GroupTimes } from '../procedures/wide-area-server.ts';
import { type Disturbable, drawDisturbances } from './disturbances.ts';
import { drawMembership, type MembershipPlan } from './membership.ts';
import { Draws } from './random.ts';
import { drawVisits, type PlannedVisit } from './visits.ts';

/** How large a soak is. */
export interface SoakSize {
  readonly members: number;
  readonly contactAddresses: number;
  /** of all kinds */
  readonly clients: number;
  readonly plainClients: number;
  readonly filteredClients: number;
  /** virtual minutes of visits and disturbances; what comes after them is not counted */
  readonly minutes: number;
}

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
  /** for wideArea */
  readonly network: WideAreaParameters;
  readonly roles: WideAreaRoles;
  readonly group: GroupTimes;
  readonly membership: MembershipPlan;
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
const parts = { network: 1, disturbances: 2, visits: 3, membership: 4 } as const;
const quietStartMs = 10_000;
/** A member that has come back has its channels, and its copy of the associations, within this. */
const settleMs = 15_000;

/** Draws a soak from its seed. Whether there can be a network of this size is for wideArea to say. */
export function planSoak(seed: number, size: SoakSize): SoakPlan {
  const network = networkOf(seed, size);
  const roles = wideAreaRoles(network);
  const untilMs = size.minutes * 60_000;
  const names = (contact: WideAreaRoles['contactAddresses'][number]) => [
    contact.contactNode,
    ...contact.backups,
  ];
  const most = Math.max(1, Math.floor(size.members / 4));
  const membership = drawMembership(
    { roles, most, fromMs: quietStartMs, untilMs: untilMs - settleMs },
    new Draws(seed, parts.membership),
  );
  const limits = {
    members: roles.members.map((member) => joiningAt(member, membership)),
    trusted: roles.contactAddresses.map(names),
    fromMs: quietStartMs,
    // All members are back when the last visits begin.
    untilMs: untilMs - settleMs,
    meanMs: 120_000 / size.members,
    most,
    leaveMs: membership.leaveMs,
    settleMs,
  };
  const visitLimits = {
    clients: roles.clients.map(({ name }) => name),
    contactAddresses: roles.contactAddresses.map(({ address }) => address),
    members: roles.members.map(({ address }) => address),
    untilMs,
  };
  return {
    seed,
    size,
    network,
    roles,
    group,
    membership,
    disturbances: drawDisturbances(limits, new Draws(seed, parts.disturbances)),
    visits: drawVisits(visitLimits, new Draws(seed, parts.visits)),
  };
}

function joiningAt({ name, address }: Place, { joins }: MembershipPlan): Disturbable {
  const joinsMs = joins.find(({ member }) => member === name)?.atMs;
  return joinsMs === undefined ? { name, address } : { name, address, joinsMs };
}

/** A site for each member: whatever one sends to another then passes the core router, where it is captured. */
function networkOf(seed: number, size: SoakSize): WideAreaParameters {
  const { members, contactAddresses, clients, plainClients, filteredClients } = size;
  const draws = new Draws(seed, parts.network);
  return {
    members,
    sites: members,
    contactAddresses,
    clients,
    clientSites: Math.min(clients, MOST_SITES - members),
    plainClients,
    filteredClients,
    nameServers: 0,
    rateKbit: 100_000,
    spanMs: draws.whole(20, 120),
    lossPct: draws.one([0, 0.1, 0.3, 1]),
    jitterMs: draws.one([0, 0, 3]),
    seed,
  };
}
