import { isOfThePaper } from '../../server/variants/axes.ts';
import { handoffVariants } from '../../server/variants/variants.ts';
import {
  type SoakConditions,
  usualConnections,
  usualDownloadsPct,
  usualHalfClosedPct,
  usualVisitsPerMinute,
} from './conditions.ts';
import type { Draws } from './random.ts';

/** A client's connection to the server, as applications/itinerary-visit.ts reads it. */
export interface PlannedVisit {
  readonly name: string;
  readonly host: string;
  /** a host's visits of one series follow one another, another series is beside them */
  readonly series: number;
  /** contact address */
  readonly server: string;
  /** not before this */
  readonly atMs: number;
  readonly itinerary: {
    readonly bytes: number;
    readonly upload: number;
    /** no other visit of the soak has either */
    readonly documents: { readonly download: number; readonly upload: number };
    readonly variant: string;
    readonly pace?: { readonly octets: number; readonly everyMs: number };
    readonly legs: readonly {
      readonly after: number;
      readonly of: 'sent' | 'received';
      readonly acceptor: string;
    }[];
  };
  readonly pace: { readonly octets: number; readonly everyMs: number };
  readonly halfClose?: true;
  readonly receiveWindow: number;
  readonly deadlineMs: number;
}

interface VisitLimits {
  readonly clients: readonly string[];
  readonly contacts: readonly {
    readonly address: string;
    /** care-of address of the member that has it at the start */
    readonly contactNode: string;
  }[];
  /** care-of addresses */
  readonly members: readonly string[];
  /** the last visits begin before this */
  readonly untilMs: number;
  readonly bindingLifetimeMs: number;
  readonly conditions: SoakConditions;
}

/** Draws of the visits themselves, of what makes some of them special, and of the further series. */
interface VisitDraws {
  readonly visits: Draws;
  readonly kinds: Draws;
  readonly series: Draws;
  readonly downloads: Draws;
}

/** A visit that is disturbed may take so much longer; then it counts as hanging. */
const patienceMs = 300_000;
/** those that move a client; see server/variants/variants.ts */
/** The paper's: with the others a connection may be lost to a cut alone (docs/faults.md), which no excuse covers yet. */
const variants = handoffVariants
  .filter((one) => isOfThePaper(one) && one.stays !== true)
  .map(({ name }) => name);
/** visits that last longer than a binding, and how many times as long */
const longShare = 0.04;
const longFactor = { least: 1.2, most: 1.6 } as const;
/** clients that have a second connection at a time, a third one, … */
const seriesShare = 1 / 3;

type Visit = Omit<PlannedVisit, 'name' | 'series'>;

/**
 * What the clients do: connections of half a minute or so, one after the other, each to one of the contact addresses, with octets in
 * both directions and up to five handoffs to members drawn from all; some clients have several connections at a time.
 */
export function drawVisits(limits: VisitLimits, draws: VisitDraws): readonly PlannedVisit[] {
  const { clients, conditions } = limits;
  const { connections = usualConnections } = conditions;
  const first = clients.flatMap((host) => drawSeries(host, 1, limits, draws, draws.visits));
  const further = clients.flatMap((host) => {
    const all: PlannedVisit[] = [];
    for (let series = 2; series <= connections && draws.series.between(0, 1) < seriesShare; series++)
      all.push(...drawSeries(host, series, limits, draws, draws.series));
    return all;
  });
  // Documents' numbers go by the place in the plan.
  return [...first, ...further].map((visit, index) => ({
    ...visit,
    itinerary: { ...visit.itinerary, documents: { download: 2 * index + 1, upload: 2 * index + 2 } },
  }));
}

function drawSeries(
  host: string,
  series: number,
  limits: VisitLimits,
  { kinds, downloads }: VisitDraws,
  draws: Draws,
): readonly PlannedVisit[] {
  const { visitsPerMinute = usualVisitsPerMinute } = limits.conditions;
  const scale = usualVisitsPerMinute / visitsPerMinute;
  const visits: PlannedVisit[] = [];
  for (let atMs = draws.between(0, 15_000 * scale), number = 1; atMs < limits.untilMs; number++) {
    const usualMs = Math.min((4000 + draws.exponential(30_000)) * scale, 150_000);
    const lastsMs = Math.max(usualMs, longMs(limits, kinds));
    const name = series === 1 ? `${host}-${number}` : `${host}-${series}-${number}`;
    const visit = drawVisit(host, Math.round(atMs), lastsMs, limits, draws);
    const whole = asDownload(withKind(visit, limits, kinds), lastsMs, limits.conditions, downloads);
    visits.push({ name, series, ...whole });
    atMs += lastsMs + draws.exponential(15_000 * scale);
  }
  return visits;
}

/** 0: the visit is no long one. */
function longMs({ bindingLifetimeMs }: VisitLimits, kinds: Draws): number {
  const [which, factor] = [kinds.between(0, 1), kinds.between(longFactor.least, longFactor.most)];
  return which < longShare ? bindingLifetimeMs * factor : 0;
}

/** No member is asked to hand a client off to itself: not to the one before, nor at first to the contact node, which takes all that come. */
function withKind(visit: Visit, { members, contacts, conditions }: VisitLimits, kinds: Draws): Visit {
  const { halfClosedPct = usualHalfClosedPct } = conditions;
  const halfClosed = kinds.between(0, 100) < halfClosedPct;
  let holder = contacts.find(({ address }) => address === visit.server)!.contactNode;
  const legs = visit.itinerary.legs.map((leg) => {
    const others = members.filter((member) => member !== holder);
    const acceptor = leg.acceptor === holder ? kinds.one(others) : leg.acceptor;
    holder = acceptor;
    return { ...leg, acceptor };
  });
  const whole = { ...visit, itinerary: { ...visit.itinerary, legs } };
  return halfClosed ? { ...whole, halfClose: true } : whole;
}

/** The client sends its request alone; the server writes about as long as the visit was to last, and hands the client off twice at most. */
function asDownload(visit: Visit, lastsMs: number, conditions: SoakConditions, draws: Draws): Visit {
  const { downloadsPct = conditions.replicas === 1 ? usualDownloadsPct : 0 } = conditions;
  const pace = { octets: draws.whole(1, draws.one([500, 4000, 20_000])), everyMs: draws.whole(300, 2000) };
  const places = [draws.between(0, 1), draws.between(0, 1)].toSorted((one, other) => one - other);
  if (draws.between(0, 100) >= downloadsPct) return visit;
  const bytes = pace.octets * Math.max(1, Math.round(lastsMs / pace.everyMs));
  const legs = visit.itinerary.legs
    .slice(0, places.length)
    .map(
      ({ acceptor }, index) => ({ after: Math.ceil(places[index]! * bytes), of: 'sent', acceptor }) as const,
    );
  return { ...visit, itinerary: { ...visit.itinerary, bytes, upload: 0, pace, legs } };
}

function drawVisit(
  host: string,
  atMs: number,
  lastsMs: number,
  { contacts, members }: VisitLimits,
  draws: Draws,
): Visit {
  const everyMs = draws.whole(300, 2000);
  const octets = draws.whole(1, 1200);
  const upload = octets * Math.max(1, Math.round(lastsMs / everyMs));
  const bytes = draws.whole(1, draws.one([1000, 50_000, 300_000]));
  const leg = (after: number, of: 'sent' | 'received') => ({ after, of, acceptor: draws.one(members) });
  const downloadLegs = draws.one([0, 0, 1]);
  const uploadLegs = draws.whole(0, 4);
  const points = (count: number, most: number): readonly number[] =>
    Array.from({ length: count }, () => draws.whole(1, most)).toSorted((one, other) => one - other);
  return {
    host,
    server: draws.one(contacts).address,
    atMs,
    itinerary: {
      bytes,
      upload,
      documents: { download: 0, upload: 0 },
      variant: draws.one(variants),
      legs: [
        ...points(downloadLegs, bytes).map((after) => leg(after, 'sent')),
        ...points(uploadLegs, upload).map((after) => leg(after, 'received')),
      ],
    },
    pace: { octets, everyMs },
    receiveWindow: draws.one([16_384, 65_535]),
    deadlineMs: Math.round(lastsMs + patienceMs),
  };
}
