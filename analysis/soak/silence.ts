import { Losses } from './losses.ts';
import type { SoakPacket } from './packets.ts';
import { type Pause, Progress } from './progress.ts';
import type { SoakEvent, SoakRecord, Violation } from './record.ts';
import { requestsIn, SilenceExcuses, type Term, termsIn } from './silence-excuses.ts';
import type { Visit } from './visit.ts';

/** The longest silence that nothing excuses. */
export interface LongestSilence {
  readonly visit: string;
  readonly fromMs: number;
  readonly lastedMs: number;
}

/** Shorter pauses are of no interest, ms. */
const leastMs = 100;
/** The minimum of TCP's retransmission timer (RFC 6298 §2.4 as Linux has it) with the round trip that comes to it, at least, ms. */
const retransmissionMs = 1000;
/** The first timeout of a connection whose round trip is not known, as after a handoff (RFC 6298 §5.7), ms. */
const firstTimeoutMs = 3000;
/** A run of losses whose probability is below this does not happen in a soak. */
const impossible = 1e-7;
/** Lost messages between members that hold a handoff up one after the other: Init, a test's, an acknowledgement. */
const mostHeldUp = 3;
/**
 * One-way trips of a handoff, in the paper's longest form: L1 + S + (2 S + 2 L1) + 3 L2. As many again: what the client sent meanwhile it
 * sends again when its doubled timer runs out.
 */
const tripsOfHandoff = 2 * 9;
/** by way of contact node and home agent each trip is three */
const tripsOfDetour = 3;
const { POSITIVE_INFINITY } = Number;

/**
 * How long clients stood still while nothing excused it: with octets outstanding nothing gets further towards the client, although its
 * holder, the contact node and the home agent of its address are in order, and so is an acceptor from the instant on at which the donor
 * could last know of it. What is excused ends: with the disturbance, and as long again (timers double), and what it takes to settle.
 */
export class Silences {
  readonly violations: Violation[] = [];
  longest: LongestSilence | undefined;
  /** silences that something excused: how many were longer than what is allowed, and the longest, ms */
  excused = 0;
  longestExcusedMs = 0;
  readonly #record: SoakRecord;
  readonly #losses = new Losses();
  readonly #excuses: SilenceExcuses;
  readonly #addressOf: ReadonlyMap<string, string>;
  readonly #nameOf: ReadonlyMap<string, string>;
  readonly #plain: ReadonlySet<string>;
  /** contact address → its contact nodes, by the home agent: each from its claim on, which the home agent may hear of later */
  readonly #contactNodes = new Map<string, Term[]>();
  /** member and contact address → when it has claimed the address, and not let it go since, ms */
  readonly #claims = new Map<string, number>();
  readonly #progress = new Map<Visit, Progress>();
  /** client, port and contact address → visits */
  #visits: ReadonlyMap<string, readonly Visit[]> = new Map();

  constructor(record: SoakRecord) {
    const { roles } = record;
    this.#record = record;
    this.#excuses = new SilenceExcuses(record);
    this.#plain = new Set(
      roles.clients.filter(({ kind }) => kind !== 'correspondent-node').map(({ address }) => address),
    );
    this.#addressOf = new Map(roles.members.map(({ name, address }) => [name, address]));
    this.#nameOf = new Map(roles.members.map(({ name, address }) => [address, name]));
  }

  /** To be called with all events, in the order of time, before the first packet. */
  takeEvent({ node, event, atMs, fields }: SoakEvent): void {
    // Members leave the first contact address out.
    const claimed = `${node} ${String(fields.contactAddress ?? this.#record.roles.contactAddresses[0]?.address)}`;
    if (event === 'contact-claimed') this.#claims.set(claimed, atMs);
    if (event === 'contact-released') this.#claims.delete(claimed);
    if (event !== 'registration-accepted' || fields.change === 'deleted') return;
    const name = this.#nameOf.get(String(fields.careOfAddress));
    const address = String(fields.homeAddress);
    const terms = this.#contactNodes.get(address) ?? [];
    if (name === undefined || terms.at(-1)?.name === name) return;
    const last = terms.at(-1);
    if (last !== undefined) last.toMs = atMs;
    const fromMs = Math.min(atMs, this.#claims.get(`${name} ${address}`) ?? atMs);
    terms.push({ name, fromMs, toMs: POSITIVE_INFINITY });
    this.#contactNodes.set(address, terms);
  }

  /** Between the last event and the first packet. */
  watch(visits: readonly Visit[]): void {
    this.#visits = Map.groupBy(
      visits.filter(({ port }) => port !== undefined),
      ({ client, port, server }) => `${client} ${port} ${server}`,
    );
  }

  take(seen: SoakPacket): void {
    this.#losses.take(seen);
    const { atMs, direction, packet } = seen;
    const { upper, source, destination, outer } = packet;
    if (upper.kind !== 'tcp') return;
    const { servicePort } = this.#record;
    if (upper.destinationPort === servicePort && direction === 'in' && outer.source === source)
      this.#of(source, upper.sourcePort, destination, atMs)?.fromClient(atMs, upper);
    if (upper.sourcePort !== servicePort) return;
    const progress = this.#of(destination, upper.destinationPort, source, atMs);
    if (direction === 'in') progress?.fromServer(atMs, upper);
    else if (outer.destination === destination) progress?.toClient(atMs, upper);
  }

  /** Behind the last packet. */
  finish(): void {
    for (const [visit, progress] of this.#progress) {
      progress.end(visit.finishedMs ?? POSITIVE_INFINITY);
      for (const pause of progress.pauses) this.#judge(visit, pause);
    }
  }

  #of(client: string, port: number, server: string, atMs: number): Progress | undefined {
    const visit = this.#visits
      .get(`${client} ${port} ${server}`)
      ?.find(({ startedMs, finishedMs = POSITIVE_INFINITY }) => startedMs <= atMs && atMs <= finishedMs);
    if (visit === undefined) return undefined;
    const known = this.#progress.get(visit) ?? new Progress(leastMs);
    this.#progress.set(visit, known);
    return known;
  }

  #judge(visit: Visit, pause: Pause): void {
    const lastedMs = pause.toMs - pause.fromMs;
    const allowedMs = this.#allowedMs(visit, pause);
    if (this.#excuses.excused(visit, pause, this.#contactNodes.get(visit.server) ?? [])) {
      this.longestExcusedMs = Math.max(this.longestExcusedMs, lastedMs);
      if (lastedMs > allowedMs) this.excused++;
      return;
    }
    if (lastedMs > (this.longest?.lastedMs ?? 0))
      this.longest = { visit: visit.name, fromMs: pause.fromMs, lastedMs };
    if (lastedMs <= allowedMs) return;
    const text = `${visit.name}: stood still for ${seconds(lastedMs)} from ${seconds(pause.fromMs)} on, with holder and path in order; ${seconds(allowedMs)} are allowed`;
    this.violations.push({ invariant: 'silence', atMs: pause.fromMs, text });
  }

  /** Some round trips for each handoff that was asked for, and what the retransmission of lost packets takes. */
  #allowedMs(visit: Visit, pause: Pause): number {
    const { fromMs, toMs } = pause;
    const { spanMs, jitterMs } = this.#record.network;
    const detour = this.#plain.has(visit.client) ? tripsOfDetour : 1;
    const handoffs = requestsIn(visit, pause).length;
    const trips = tripsOfHandoff * detour * Math.max(1, handoffs) * (spanMs + jitterMs);
    const span = { fromMs: fromMs - firstTimeoutMs, toMs };
    const own = Math.min(this.#mostInARow, this.#losses.count(visit.client, span));
    const timeoutMs = handoffs === 0 ? retransmissionMs : firstTimeoutMs;
    const heldUp = Math.min(mostHeldUp * Math.max(1, handoffs), this.#lossesBetween(visit, span));
    const timeouts = timeoutMs * (2 ** own - 1);
    // What the client sends again comes as late again as it has been without an answer: its timer has doubled (RFC 6298 §5.5).
    const doubledMs = fromMs - (pause.unansweredSinceMs ?? fromMs);
    const lateMs = trips + retransmissionMs * (1 + heldUp) + doubledMs;
    return lateMs + (isOpening(visit, pause) ? 2 * timeouts : timeouts);
  }

  get #mostInARow(): number {
    const { lossPct } = this.#record.network;
    return lossPct === 0 ? 0 : Math.ceil(Math.log(impossible) / Math.log(lossPct / 100));
  }

  /** Packets that were lost between those that have to do with the connection: holders, acceptors, contact nodes, home agent. */
  #lossesBetween(visit: Visit, span: Pause): number {
    const homeAgent = this.#record.roles.contactAddresses.find(({ address }) => address === visit.server);
    const members = [
      ...termsIn(visit.holdings, span).map(({ member }) => member),
      ...termsIn(this.#contactNodes.get(visit.server) ?? [], span).map(({ name }) => name),
      ...requestsIn(visit, span).flatMap(({ donor, acceptor }) => [donor, acceptor]),
    ].map((name) => this.#addressOf.get(name) ?? '');
    const parties = new Set([...members, homeAgent?.homeAgent.address ?? '']);
    const counts = [...parties].map((address) => this.#losses.count(address, span, parties));
    // Each is counted at both ends.
    return counts.reduce((sum, count) => sum + count, 0) / 2;
  }
}

/**
 * A SYN that comes late to the member that its client has left is not answered there (docs/server.md, "Clients that have lost their binding"), and is the
 * first that comes again: each one that is lost behind it waits for twice as long as it would have.
 */
function isOpening({ connectedMs = POSITIVE_INFINITY }: Visit, { fromMs }: Pause): boolean {
  return fromMs < connectedMs;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
