import type { SoakEvent, SoakRecord, Violation } from './record.ts';

/** When a member had the connection of a visit, by its own log, ms. */
export interface Holding {
  readonly member: string;
  readonly fromMs: number;
  toMs: number;
  /** the process has ended, but its kernel may still send what it has of the connection, until another member takes it */
  orphaned?: true;
}

/** A visit as the logs tell it. */
export interface Visit {
  readonly name: string;
  /** address of the client */
  readonly client: string;
  /** contact address */
  readonly server: string;
  startedMs: number;
  /** of the client; undefined: never connected */
  port?: number;
  connectedMs?: number;
  finishedMs?: number;
  /** as the client has judged; undefined: not finished */
  outcome?: {
    readonly ok: boolean;
    readonly intact: boolean;
    readonly problem: string;
    readonly bytes: number;
  };
  /** the kill of the last process that could serve it, at `fromMs`: after that, and until `untilMs`, it may be lost */
  excuse?: {
    readonly fromMs: number;
    readonly atMs: number;
    readonly untilMs: number;
    readonly member: string;
  };
  /** members that left while the client was theirs, or led to them: no excuse, since they hand their clients off */
  readonly left: string[];
  readonly holdings: Holding[];
}

interface LiveVisit {
  readonly visit: Visit;
  /** members any of which can serve the client on, should the others die */
  readonly servers: Set<string>;
  /** donors that ask the client to come back, and since when, ms: it may before they say so */
  readonly reclaiming: Map<string, number>;
}

/**
 * Within this after the end of a member nobody is bound to it any more, ms: the contact node releases its clients after some seconds,
 * waits a minute longer where an acceptor may be about to take one over, and may have to be replaced itself meanwhile.
 */
const releasedMs = 100_000;

/**
 * Who held which client's connection when, and which connections were lost with the killed process of their holder: from the members'
 * own events. A connection is its holder's from `client-connected` or `socket-activated` to `socket-extracted`; from the arrival of Init
 * until the acceptor's activation donor and acceptor can both serve it, so that the death of one is no excuse.
 */
export class Serving {
  readonly visits: Visit[] = [];
  readonly violations: Violation[] = [];
  handoffs = 0;
  /** of them, by members on their way out */
  handoffsOfLeaving = 0;
  handoffsFailed = 0;
  readonly #memberNames: ReadonlySet<string>;
  readonly #clientAddresses: ReadonlyMap<string, string>;
  readonly #nameOf: ReadonlyMap<string, string>;
  readonly #first: string | undefined;
  /** by the client's address */
  readonly #live = new Map<string, LiveVisit>();
  /** process → when it was told to end, or last disturbed otherwise, ms */
  readonly #ending = new Map<string, number>();
  /** members that were told to leave, until their process has ended */
  readonly #leaving = new Set<string>();
  /** members whose process was killed, until the next one is ready, ms */
  readonly #gone = new Map<string, number>();
  /** contact address → member that the home agent tunnels to */
  readonly #registered = new Map<string, string>();
  /** client and contact address → member to which the client's binding leads */
  readonly #bound = new Map<string, string>();
  /** donor, client and contact address → visit whose connection it has read out, until it is told what became of that */
  readonly #extracted = new Map<string, string>();

  constructor({ roles }: Pick<SoakRecord, 'roles'>) {
    this.#memberNames = new Set(roles.members.map(({ name }) => name));
    this.#clientAddresses = new Map(roles.clients.map(({ name, address }) => [name, address]));
    this.#nameOf = new Map(roles.members.map(({ name, address }) => [address, name]));
    this.#first = roles.contactAddresses[0]?.address;
  }

  /** To be called with all events in the order of time. */
  take(event: SoakEvent): void {
    const { node, fields } = event;
    if (this.#memberNames.has(node)) this.#ofMember(event);
    else if (this.#clientAddresses.has(node)) this.#ofClient(event, this.#clientAddresses.get(node)!);
    else if (event.event === 'registration-accepted') {
      const member = this.#nameOf.get(String(fields.careOfAddress));
      if (member !== undefined) this.#registered.set(String(fields.homeAddress), member);
    } else if (event.event === 'step') {
      this.#ending.set(String(fields.target), event.atMs);
      if (fields.action === 'leave') this.#leaving.add(String(fields.target));
    } else if (event.event === 'process-ended') this.#ended(String(fields.target), event.atMs);
  }

  #ofClient({ atMs, event, fields }: SoakEvent, client: string): void {
    const live = this.#live.get(client);
    switch (event) {
      case 'visit-started': {
        const [name, server] = [String(fields.name), String(fields.server)];
        const visit: Visit = { name, client, server, startedMs: atMs, holdings: [], left: [] };
        this.visits.push(visit);
        this.#live.set(client, { visit, servers: new Set(), reclaiming: new Map() });
        const bound = this.#bound.get(`${client} ${server}`);
        const gone = bound === undefined ? undefined : this.#gone.get(bound);
        if (gone !== undefined)
          visit.excuse = { fromMs: gone, atMs, untilMs: gone + releasedMs, member: bound! };
        return;
      }
      case 'visit-connected':
        if (live !== undefined) Object.assign(live.visit, { port: Number(fields.port), connectedMs: atMs });
        return;
      case 'visit-finished': {
        if (live === undefined) return;
        const { ok, intact, problem, bytes } = fields;
        live.visit.outcome = {
          ok: ok === true,
          intact: intact === true,
          problem: String(problem),
          bytes: Number(bytes),
        };
        live.visit.finishedMs = atMs;
        if (atMs > (live.visit.excuse?.untilMs ?? atMs)) delete live.visit.excuse;
        for (const { member } of live.visit.holdings) letGo(live.visit, member, atMs);
        this.#live.delete(client);
        return;
      }
      case 'binding-accepted': {
        const key = `${client} ${String(fields.homeAddress)}`;
        const member = this.#nameOf.get(String(fields.careOfAddress));
        if (fields.change === 'deleted' || member === undefined) this.#bound.delete(key);
        else this.#bound.set(key, member);
        return;
      }
      default:
        return;
    }
  }

  #ofMember({ atMs, node, event, fields }: SoakEvent): void {
    if (event === 'handed-off') {
      this.handoffs++;
      if (this.#leaving.has(node)) this.handoffsOfLeaving++;
    }
    if (event === 'handoff-failed') this.handoffsFailed++;
    const live = this.#live.get(String(fields.client));
    if (event === 'ready') this.#gone.delete(node);
    // Members leave the first contact address out.
    const server = String(fields.contactAddress ?? this.#first);
    const donated = `${node} ${String(fields.client)} ${server}`;
    const extracted = this.#extracted.get(donated);
    if (event === 'handed-off' || event === 'handoff-failed') this.#extracted.delete(donated);
    if (live === undefined || server !== live.visit.server) return;
    const { visit, servers } = live;
    // A donor that was cut off may learn what became of a connection when that is over, and the client has come again.
    if (event === 'handoff-failed' && extracted !== undefined && extracted !== visit.name) return;
    if (event === 'socket-extracted') this.#extracted.set(donated, visit.name);
    switch (event) {
      case 'client-connected':
        if (Number(fields.port) === visit.port) this.#hold(live, node, atMs);
        return;
      case 'init-received':
        if (servers.size > 0) servers.add(node);
        return;
      case 'client-reclaiming':
        live.reclaiming.set(node, atMs);
        return;
      case 'socket-activated':
      case 'handoff-failed':
        if (visit.holdings.length > 0) this.#hold(live, node, atMs);
        return;
      case 'socket-extracted':
        letGo(visit, node, atMs);
        return;
      case 'handed-off':
      case 'client-taken-back':
      case 'handoff-abandoned':
      case 'client-lost':
        letGo(visit, node, atMs);
        servers.delete(node);
        return;
      default:
        return;
    }
  }

  #hold({ visit, servers, reclaiming }: LiveVisit, member: string, atMs: number): void {
    const open = visit.holdings.filter(({ toMs }) => toMs === Number.POSITIVE_INFINITY);
    for (const other of open.filter((holding) => holding.member !== member)) {
      other.toMs = Math.min(other.toMs, other.orphaned ? atMs : other.toMs);
      if (other.orphaned) continue;
      const text = `${visit.name}: ${member} takes the connection, which ${other.member} has had since ${other.fromMs.toFixed(1)} ms`;
      this.violations.push({ invariant: 'one-holder', atMs, text });
    }
    if (!open.some((holding) => holding.member === member))
      visit.holdings.push({
        member,
        fromMs: reclaiming.get(member) ?? atMs,
        toMs: Number.POSITIVE_INFINITY,
      });
    reclaiming.delete(member);
    servers.clear();
    servers.add(member);
  }

  /**
   * Where a connection that nobody has accepted yet leads to: the client's binding, whoever is the contact node; or the contact
   * node, once this has answered.
   */
  #opensTo({ client, server, connectedMs }: Visit, member: string): boolean {
    if (this.#bound.get(`${client} ${server}`) === member) return true;
    return connectedMs !== undefined && this.#registered.get(server) === member;
  }

  /** A process has ended: connections that nobody else can serve are lost with it, if it was killed. */
  #ended(member: string, atMs: number): void {
    const fromMs = this.#ending.get(member) ?? atMs;
    const hasLeft = this.#leaving.delete(member);
    if (this.#memberNames.has(member) && !hasLeft) this.#gone.set(member, atMs);
    for (const { visit, servers } of this.#live.values()) {
      for (const holding of visit.holdings)
        if (holding.member === member && holding.toMs > atMs) holding.orphaned = true;
      const had = servers.delete(member);
      const opening = visit.holdings.length === 0 && this.#opensTo(visit, member);
      if (!(had && servers.size === 0) && !opening) continue;
      const excused = visit.excuse?.untilMs === Number.POSITIVE_INFINITY;
      if (hasLeft) visit.left.push(member);
      else if (!excused) visit.excuse = { fromMs, atMs, untilMs: Number.POSITIVE_INFINITY, member };
    }
  }
}

/** A member that no longer has it. */
function letGo(visit: Visit, member: string, atMs: number): void {
  for (const holding of visit.holdings)
    if (holding.member === member) holding.toMs = Math.min(holding.toMs, atMs);
}
