import { handoffVariants } from '../../server/variants.ts';
import type { Draws } from './random.ts';

/** A client's connection to the server, as nodes/applications/itinerary-visit.ts reads it. */
export interface PlannedVisit {
  readonly name: string;
  readonly host: string;
  /** contact address */
  readonly server: string;
  /** not before this; a host's visits follow one another */
  readonly atMs: number;
  readonly itinerary: {
    readonly bytes: number;
    readonly upload: number;
    readonly variant: string;
    readonly legs: readonly {
      readonly after: number;
      readonly of: 'sent' | 'received';
      readonly acceptor: string;
    }[];
  };
  readonly pace: { readonly octets: number; readonly everyMs: number };
  readonly receiveWindow: number;
  readonly deadlineMs: number;
}

export interface VisitLimits {
  readonly clients: readonly string[];
  readonly contactAddresses: readonly string[];
  /** care-of addresses */
  readonly members: readonly string[];
  /** the last visits begin before this */
  readonly untilMs: number;
}

/** A visit that is disturbed may take so much longer; then it counts as hanging. */
const patienceMs = 300_000;
/** the paper's variants; see server/variants.ts */
const variants = handoffVariants.map(({ name }) => name);

/**
 * What the clients do: connections of half a minute or so, one after the other, each to one of the contact addresses, with octets in
 * both directions and up to five handoffs to members drawn from all.
 */
export function drawVisits(limits: VisitLimits, draws: Draws): readonly PlannedVisit[] {
  return limits.clients.flatMap((host) => {
    const visits: PlannedVisit[] = [];
    for (let atMs = draws.between(0, 15_000), number = 1; atMs < limits.untilMs; number++) {
      const lastsMs = Math.min(4000 + draws.exponential(30_000), 150_000);
      visits.push(drawVisit(`${host}-${number}`, host, Math.round(atMs), lastsMs, limits, draws));
      atMs += lastsMs + draws.exponential(15_000);
    }
    return visits;
  });
}

function drawVisit(
  name: string,
  host: string,
  atMs: number,
  lastsMs: number,
  { contactAddresses, members }: VisitLimits,
  draws: Draws,
): PlannedVisit {
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
    name,
    host,
    server: draws.one(contactAddresses),
    atMs,
    itinerary: {
      bytes,
      upload,
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
