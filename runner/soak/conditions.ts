import type { WideAreaParameters } from '../../topologies/wide-area-parameters.ts';
import type { Draws } from './random.ts';

/** What of a soak's conditions is given instead of drawn; absent: drawn, or as much as the whole system has. */
export interface SoakConditions {
  /** loss of each pair of sites, per direction */
  readonly lossPct?: number;
  /** variation of each pair's latency, ± ms */
  readonly jitterMs?: number;
  /** disturbances that begin in a virtual minute, on average; 0: none. Default: half a one for each member */
  readonly disturbancesPerMinute?: number;
  /** visits of a client in a virtual minute, on average; they last and pause accordingly. Default: 1.2 */
  readonly visitsPerMinute?: number;
  /** connections that a client has at a time, at most; default 2, of every third client */
  readonly connections?: number;
  /** share of the visits whose client closes its side behind its last octet; default 10 */
  readonly halfClosedPct?: number;
  /** see `replicas` of a group; default 0 */
  readonly replicas?: 0 | 1;
  /** share of the visits whose clients send nothing but their request, so that they can be protected; default 40 with replicas, else 0 */
  readonly downloadsPct?: number;
}

/** Of the visits of a soak with replicas. */
export const usualDownloadsPct = 40;

export const usualVisitsPerMinute = 1.2;
export const usualConnections = 2;
export const usualHalfClosedPct = 10;

/** Seconds for which bindings are asked; with the shortest of them a visit sees several renewals. */
export interface Lifetimes {
  readonly homeSeconds: number;
  readonly bindingSeconds: number;
}

/** The longest one is the server's own, RFC 6275's MAX_RR_BINDING_LIFETIME. */
const lifetimes = [60, 120, 420] as const;

/** Lifetimes of which the soak lasts three at least, so that visits longer than one have room in it; else the shortest. */
export function drawLifetimes(minutes: number, draws: Draws): Lifetimes {
  const possible = lifetimes.filter((seconds) => 3 * seconds <= 60 * minutes);
  const draw = (): number => draws.one(possible.length === 0 ? lifetimes.slice(0, 1) : possible);
  return { homeSeconds: draw(), bindingSeconds: draw() };
}

/** A site for each member: whatever one sends to another then passes the core router, where it is captured. */
export function drawNetwork(
  seed: number,
  size: SoakSize,
  given: SoakConditions,
  draws: Draws,
  clientSites: number,
): WideAreaParameters {
  const { members, contactAddresses, clients, plainClients, filteredClients } = size;
  const spanMs = draws.whole(20, 120);
  // What is given is drawn all the same, so that it changes nothing else.
  const drawn = { lossPct: draws.one([0, 0.1, 0.3, 1]), jitterMs: draws.one([0, 0, 3]) };
  return {
    members,
    sites: members,
    contactAddresses,
    clients,
    clientSites,
    plainClients,
    filteredClients,
    nameServers: 0,
    rateKbit: 100_000,
    spanMs,
    lossPct: given.lossPct ?? drawn.lossPct,
    jitterMs: given.jitterMs ?? drawn.jitterMs,
    seed,
  };
}

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
