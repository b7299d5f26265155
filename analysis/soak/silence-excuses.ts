import { type DisturbedTime, disturbedTimes } from './disturbed.ts';
import type { Pause } from './progress.ts';
import type { SoakRecord } from './record.ts';
import type { Visit } from './visit.ts';

/** A machine or process in an office, ms: holder of a connection, contact node of its address, what is always on its path. */
export interface Term {
  readonly name: string;
  readonly fromMs: number;
  toMs: number;
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What has come back has its channels, copies and registrations within this, ms; see runner/soak/plan.ts. */
const settledMs = 15_000;
const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;

/**
 * What excuses that a client stands still, and until when: a disturbance of who holds its connection, of the contact node or the home
 * agent of its address, or of its own daemon, while it is in that office; of two of them, that they are cut off from each other; of an
 * acceptor, from the last instant on at which the donor could hear of it before it froze the socket. The consequences of a disturbance
 * end: after as long again, since timers double, and what it takes to settle.
 */
export class SilenceExcuses {
  readonly #record: SoakRecord;
  readonly #times: readonly DisturbedTime[];
  readonly #nameOf: ReadonlyMap<string, string>;

  constructor(record: SoakRecord) {
    this.#record = record;
    this.#times = disturbedTimes(record);
    this.#nameOf = new Map(record.roles.members.map(({ name, address }) => [address, name]));
  }

  excused(visit: Visit, pause: Pause, contactNodes: readonly Term[]): boolean {
    if (visit.excuses.some((excuse) => overlap(excuse, pause))) return true;
    // A connection that nobody has taken yet goes where the client's binding leads: to who has its others.
    const holders = [...visit.openings, ...visit.holdings].map(({ member, fromMs, toMs }) => ({
      name: member,
      fromMs,
      toMs,
    }));
    const offices = [...holders, ...contactNodes, ...this.#always(visit)];
    return (
      this.#strikes(offices, pause) ||
      this.#unheardRelease(visit, pause, contactNodes) ||
      this.#acceptorExcuses(visit, pause, holders, contactNodes)
    );
  }

  /** The contact node does not answer for a client that it takes for another member's, which could not tell it that it has let it go. */
  #unheardRelease({ released }: Visit, pause: Pause, contactNodes: readonly Term[]): boolean {
    if (released === undefined) return false;
    const { member: name, atMs: fromMs } = released;
    const offices = [{ name, fromMs, toMs: fromMs + this.#unheardMs }, ...contactNodes];
    return this.#strikes(offices, pause);
  }

  /** Some disturbance strikes these in their offices, and reaches into the pause. */
  #strikes(offices: readonly Term[], pause: Pause): boolean {
    return this.#times.some((time) => this.#between(time, offices).some((span) => reaches(span, pause)));
  }

  /** When a disturbance strikes somebody in office; a cut of some from some others: two of them, on either side of it. */
  #between(time: DisturbedTime, offices: readonly Term[]): readonly Span[] {
    const { target, addresses } = time;
    const struck = offices.filter(({ name }) => name === target);
    if (addresses === undefined) return struck.flatMap((term) => common(time, term));
    const others = new Set(addresses.map((address) => this.#nameOf.get(address)));
    return struck.flatMap((term) =>
      offices.filter(({ name }) => others.has(name)).flatMap((other) => common(time, term, other)),
    );
  }

  #acceptorExcuses(
    visit: Visit,
    pause: Pause,
    holders: readonly Term[],
    contactNodes: readonly Term[],
  ): boolean {
    return requestsIn(visit, pause).some(({ donor, acceptor, frozenMs, endedMs = POSITIVE_INFINITY }) => {
      if (frozenMs === undefined) return false;
      const term = { name: acceptor, fromMs: frozenMs - this.#unheardMs, toMs: endedMs };
      const giving = { name: donor, fromMs: term.fromMs, toMs: endedMs };
      return this.#times.some((time) => {
        // It cannot be bound without its contact node, whenever the two were cut off from each other.
        const unbindable = time.addresses === undefined ? [] : this.#between(time, [term, ...contactNodes]);
        const lost = time.fromMs < term.fromMs ? [] : this.#between(time, [term, giving, ...holders]);
        return [...unbindable, ...lost].some((span) => reaches(span, pause));
      });
    });
  }

  /** In office all the time: the address's home agent, the client's own daemon. */
  #always({ server, client }: Visit): readonly Term[] {
    const { roles, agents } = this.#record;
    const name = roles.clients.find(({ address }) => address === client)?.name ?? '';
    const daemons = Object.entries(agents.correspondents).filter(([, clients]) => clients.includes(name));
    const contacts = roles.contactAddresses.filter(({ address }) => address === server);
    return [...daemons.map(([daemon]) => daemon), ...contacts.map(({ homeAgent }) => homeAgent.name)].map(
      (one) => ({ name: one, fromMs: NEGATIVE_INFINITY, toMs: POSITIVE_INFINITY }),
    );
  }

  /** An acceptor that has fallen silent within this may still be thought to be in order, ms. */
  get #unheardMs(): number {
    const { network, group } = this.#record;
    return 2 * group.heartbeatMs + 2 * (network.spanMs + network.jitterMs);
  }
}

/** Requests under way in this time. */
export function requestsIn({ requests }: Visit, span: Span): Visit['requests'] {
  return requests.filter(({ atMs, endedMs = POSITIVE_INFINITY }) =>
    overlap({ fromMs: atMs, toMs: endedMs }, span),
  );
}

export function termsIn<T extends Span>(terms: readonly T[], span: Span): readonly T[] {
  return terms.filter((term) => overlap(term, span));
}

function overlap(
  one: { readonly fromMs: number } & ({ readonly toMs: number } | { readonly untilMs: number }),
  other: Span,
): boolean {
  const toMs = 'toMs' in one ? one.toMs : one.untilMs;
  return one.fromMs <= other.toMs && other.fromMs <= toMs;
}

/** What all of them have in common, if anything. */
function common(...spans: readonly Span[]): readonly Span[] {
  const fromMs = Math.max(...spans.map((span) => span.fromMs));
  const toMs = Math.min(...spans.map((span) => span.toMs));
  return fromMs <= toMs ? [{ fromMs, toMs }] : [];
}

/** Whether the pause began within a disturbance or what follows from it. */
function reaches({ fromMs, toMs }: Span, pause: Pause): boolean {
  return overlap({ fromMs, toMs: toMs + (toMs - fromMs) + settledMs }, pause);
}
