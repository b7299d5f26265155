import type { SoakEvent, SoakRecord, Violation } from './record.ts';
import type { Holding, Visit } from './visit.ts';

interface Bound {
  readonly member: string;
  readonly untilMs: number;
}

interface LiveVisit {
  readonly visit: Visit;
  /** members any of which can serve the client on, should the others die */
  readonly servers: Set<string>;
  /** donors that ask the client to come back, and since when, ms: it may before they say so */
  readonly reclaiming: Map<string, number>;
  /** members that it has come to, or comes to, by a handoff */
  readonly handedTo: Set<string>;
  /** members by whose word the connection is protected */
  readonly protectedBy: Set<string>;
  /** those too which have lost sight of their backup since: it has the connection all the same */
  readonly keptFor: Set<string>;
  /** its holder was killed while it was protected: the backup that goes on with it */
  awaited?: string;
}

/**
 * Within this after the end of a member nobody is bound to it any more, ms: the contact node releases its clients after some seconds,
 * waits a minute longer where an acceptor may be about to take one over, and may have to be replaced itself meanwhile.
 */
const releasedMs = 100_000;
const { POSITIVE_INFINITY } = Number;

/**
 * Who held which client's connection when, and which connections were lost with the killed process of their holder: from the members'
 * own events. A connection is its holder's from `client-connected` or `socket-activated` to `socket-extracted`; from the arrival of Init
 * until the acceptor's activation donor and acceptor can both serve it, so that the death of one is no excuse. An event without a port is
 * about all of the client's connections that the member may move.
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
  /** visit → the client's patience, ms */
  readonly #patience: ReadonlyMap<string, number>;
  /** by client and contact address, which share a binding, then by visit */
  readonly #live = new Map<string, Map<string, LiveVisit>>();
  /** process → when it was told to end, or last disturbed otherwise, ms */
  readonly #ending = new Map<string, number>();
  /** members that were told to leave, until their process has ended */
  readonly #leaving = new Set<string>();
  /** members whose process was killed, until the next one is ready, ms */
  readonly #gone = new Map<string, number>();
  /** contact address → member that the home agent tunnels to */
  readonly #registered = new Map<string, string>();
  /** client and contact address → member to which the client's binding leads, and until when */
  readonly #bound = new Map<string, Bound>();
  /** donor, client and contact address → visits whose connections it has read out, until it is told what became of them */
  readonly #extracted = new Map<string, Set<string>>();
  /** holder, client and contact address → backup */
  readonly #backups = new Map<string, string>();

  constructor({ roles, visits }: Pick<SoakRecord, 'roles' | 'visits'>) {
    this.#memberNames = new Set(roles.members.map(({ name }) => name));
    this.#clientAddresses = new Map(roles.clients.map(({ name, address }) => [name, address]));
    this.#nameOf = new Map(roles.members.map(({ name, address }) => [address, name]));
    this.#first = roles.contactAddresses[0]?.address;
    this.#patience = new Map(visits.map(({ name, deadlineMs }) => [name, deadlineMs]));
  }

  /** To be called with all events in the order of time. */
  take(event: SoakEvent): void {
    const { node, fields } = event;
    if (this.#memberNames.has(node)) this.#ofMember(event);
    else if (this.#clientAddresses.has(node)) this.#ofClient(event, this.#clientAddresses.get(node)!);
    else if (event.event === 'registration-accepted') {
      const member = this.#nameOf.get(String(fields.careOfAddress));
      if (member !== undefined) this.#registered.set(String(fields.homeAddress), member);
    } else if (event.event === 'step' && fields.action !== 'inspect') {
      this.#ending.set(String(fields.target), event.atMs);
      if (fields.action === 'leave') this.#leaving.add(String(fields.target));
    } else if (event.event === 'process-ended') this.#ended(String(fields.target), event.atMs);
  }

  #ofClient({ atMs, event, fields }: SoakEvent, client: string): void {
    const name = String(fields.name);
    switch (event) {
      case 'visit-started':
        this.#started(name, client, String(fields.server), atMs);
        return;
      case 'visit-connected': {
        const live = this.#find(client, name);
        if (live !== undefined) this.#connects(live, Number(fields.port), atMs);
        return;
      }
      case 'visit-finished':
        this.#finished(client, name, atMs, fields);
        return;
      case 'binding-accepted': {
        const key = `${client} ${String(fields.homeAddress)}`;
        const member = this.#nameOf.get(String(fields.careOfAddress));
        if (fields.change === 'deleted' || member === undefined) this.#bound.delete(key);
        else {
          const untilMs = atMs + 1000 * Number(fields.lifetimeSeconds ?? POSITIVE_INFINITY);
          this.#bound.set(key, { member, untilMs });
        }
        for (const { visit } of this.#live.get(key)?.values() ?? []) this.#opens(visit, atMs);
        return;
      }
      default:
        return;
    }
  }

  #started(name: string, client: string, server: string, atMs: number): void {
    const visit: Visit = {
      name,
      client,
      server,
      startedMs: atMs,
      holdings: [],
      openings: [],
      left: [],
      excuses: [],
      requests: [],
      survivals: [],
    };
    this.visits.push(visit);
    const key = `${client} ${server}`;
    const group = this.#live.get(key) ?? new Map<string, LiveVisit>();
    this.#live.set(key, group);
    group.set(name, {
      visit,
      servers: new Set(),
      reclaiming: new Map(),
      handedTo: new Set(),
      protectedBy: new Set(),
      keptFor: new Set(),
    });
    this.#opens(visit, atMs);
    const bound = this.#bound.get(key)?.member;
    const gone = bound === undefined ? undefined : this.#gone.get(bound);
    if (gone === undefined) return;
    const reason = 'killed, and the client is bound to it';
    visit.excuses.push({ fromMs: gone, atMs, untilMs: gone + releasedMs, member: bound!, reason });
  }

  /** The answer to its SYN was on its way when the contact node was killed: no other member has given it, as long as the home agent knows of none. */
  #connects({ visit }: LiveVisit, port: number, atMs: number): void {
    Object.assign(visit, { port, connectedMs: atMs });
    const { client, server, holdings } = visit;
    const member = this.#bound.get(`${client} ${server}`)?.member ?? this.#registered.get(server);
    const fromMs = member === undefined ? undefined : this.#gone.get(member);
    if (fromMs !== undefined && holdings.length === 0)
      this.#excuse(visit, { fromMs, atMs: fromMs, member: member! });
  }

  /** The client's binding leads the packets of a connection that nobody has taken yet to this member from now on. */
  #opens({ client, server, holdings, openings }: Visit, atMs: number): void {
    closeAt(openings, atMs);
    const bound = this.#bound.get(`${client} ${server}`);
    if (bound !== undefined && holdings.length === 0)
      openings.push({ member: bound.member, fromMs: atMs, toMs: bound.untilMs });
  }

  #finished(client: string, name: string, atMs: number, fields: SoakEvent['fields']): void {
    const visit = this.#find(client, name)?.visit;
    if (visit === undefined) return;
    visit.outcome = {
      ok: fields.ok === true,
      intact: fields.intact === true,
      problem: String(fields.problem),
      bytes: Number(fields.bytes),
      uploaded: Number(fields.uploaded ?? -1),
      upload: Number(fields.upload ?? -1),
      ended: fields.ended === true,
    };
    visit.finishedMs = atMs;
    closeAt([...visit.holdings, ...visit.openings], atMs);
    this.#live.get(`${client} ${visit.server}`)!.delete(name);
  }

  #find(client: string, name: string): LiveVisit | undefined {
    for (const [key, group] of this.#live)
      if (key.startsWith(`${client} `) && group.has(name)) return group.get(name);
    return undefined;
  }

  #ofMember(told: SoakEvent): void {
    const { atMs, node, event, fields } = told;
    if (event === 'handed-off') {
      this.handoffs++;
      if (this.#leaving.has(node)) this.handoffsOfLeaving++;
    }
    if (event === 'handoff-failed') this.handoffsFailed++;
    if (event === 'ready') this.#gone.delete(node);
    // Members leave the first contact address out.
    const server = String(fields.contactAddress ?? this.#first);
    const group = [...(this.#live.get(`${String(fields.client)} ${server}`)?.values() ?? [])];
    const donated = `${node} ${String(fields.client)} ${server}`;
    const extracted = this.#extracted.get(donated);
    if (event === 'handed-off' || event === 'handoff-failed') this.#extracted.delete(donated);
    if (event === 'socket-extracted') this.#extracted.set(donated, extracted ?? new Set());
    const backup = this.#nameOf.get(String(fields.backup));
    if (event === 'backup-chosen' && backup !== undefined) this.#backups.set(donated, backup);
    const port = Number(fields.port ?? 0);
    for (const live of group) {
      // A port that the client has not told yet is of a connection that is not moved yet.
      if (port !== 0 && live.visit.port !== port) continue;
      if (event === 'socket-extracted') this.#extracted.get(donated)!.add(live.visit.name);
      this.#ofVisit(live, told, extracted);
    }
    if (event === 'client-connected') this.#connected(group, node, port, atMs);
  }

  #connected(group: readonly LiveVisit[], node: string, port: number, atMs: number): void {
    for (const live of group) if (live.visit.port === port) this.#hold(live, node, atMs);
  }

  /** One of the visits that a member's event is about; `extracted`: those that it has read out for the handoff that is under way. */
  #ofVisit(
    live: LiveVisit,
    { atMs, node, event, fields }: SoakEvent,
    extracted: ReadonlySet<string> | undefined,
  ): void {
    const { visit, servers, reclaiming, handedTo } = live;
    const isIn = extracted === undefined || extracted.has(visit.name);
    switch (event) {
      case 'handoff-requested': {
        const acceptor = this.#nameOf.get(String(fields.acceptor)) ?? 'a stranger';
        visit.requests.push({ donor: node, acceptor, atMs });
        return;
      }
      case 'init-received': {
        const donor = this.#nameOf.get(String(fields.donor));
        if (donor !== undefined && servers.size > 0 && !servers.has(donor)) return;
        if (this.#extracted.get(`${donor} ${visit.client} ${visit.server}`)?.has(visit.name) === false)
          return;
        handedTo.add(node);
        if (servers.size > 0) servers.add(node);
        return;
      }
      case 'client-reclaiming':
        if (isIn) reclaiming.set(node, atMs);
        return;
      case 'socket-activated':
        handedTo.add(node);
        if (visit.holdings.length > 0) this.#hold(live, node, atMs);
        return;
      case 'socket-extracted':
        letGo(visit, node, atMs);
        for (const request of visit.requests)
          if (request.donor === node && request.endedMs === undefined) request.frozenMs ??= atMs;
        return;
      case 'handoff-failed':
        settle(visit, node, atMs);
        // A donor that was cut off may learn what became of a connection when that is over, and the client has come again; one that has
        // not read it out yet has it as before.
        // Nor has one whose backup has the client by now.
        if (extracted?.has(visit.name) === true && visit.holdings.length > 0 && !isFencedOff(visit, node))
          this.#hold(live, node, atMs);
        return;
      case 'handed-off':
        settle(visit, node, atMs);
        if (isIn) leaveTo(live, node, atMs);
        return;
      case 'client-taken-back':
      case 'handoff-abandoned':
        if (handedTo.delete(node)) leaveTo(live, node, atMs);
        return;
      case 'connection-protected':
        live.protectedBy.add(node);
        live.keptFor.add(node);
        return;
      case 'connection-pending':
      case 'connection-unprotected':
        live.protectedBy.delete(node);
        if (fields.reason !== 'the backup is out of reach') live.keptFor.delete(node);
        return;
      case 'client-survives':
        this.#survives(live, node, atMs);
        fenceOff(visit, this.#nameOf.get(String(fields.holder)));
        this.#othersAreLost(live.visit, this.#nameOf.get(String(fields.holder)), atMs);
        return;
      // Both give way to the member that the client is bound to.
      case 'client-taken-over':
      case 'takeover-given-up':
        leaveTo(live, node, atMs);
        return;
      case 'client-lost':
        settle(visit, node, atMs);
        leaveTo(live, node, atMs);
        return;
      default:
        return;
    }
  }

  /** A backup goes on with it: the one that the client is bound to. */
  #survives(live: LiveVisit, member: string, atMs: number): void {
    const { visit } = live;
    const bound = this.#bound.get(`${visit.client} ${visit.server}`)?.member;
    if (bound !== member) {
      const text = `${visit.name}: ${member} takes the connection over, while the client is bound to ${bound ?? 'nobody'}`;
      this.violations.push({ invariant: 'one-holder', atMs, text });
    }
    for (const holding of visit.holdings)
      if (holding.member !== member && holding.toMs > atMs) {
        holding.fenced = true;
        holding.toMs = atMs;
      }
    const last = visit.survivals.at(-1);
    if (last !== undefined) last.toMs = Math.min(last.toMs, atMs);
    delete live.awaited;
    this.#hold(live, member, atMs);
  }

  /** A client has one binding: its other connections at the member that was cut off are out of reach for good, but those that are taken over as well. */
  #othersAreLost({ client, server }: Visit, holder: string | undefined, atMs: number): void {
    if (holder === undefined) return;
    for (const live of this.#live.get(`${client} ${server}`)?.values() ?? []) {
      const { visit, awaited, keptFor } = live;
      const { holdings, openings, connectedMs } = visit;
      const wasThere =
        holdings.some(({ member, toMs }) => member === holder && toMs === POSITIVE_INFINITY) ||
        (holdings.length === 0 &&
          connectedMs !== undefined &&
          openings.some(({ member }) => member === holder));
      if (!wasThere || awaited !== undefined || keptFor.has(holder)) continue;
      const reason = 'another member has taken the client over, without this connection';
      visit.excuses.push({ fromMs: atMs, atMs, untilMs: this.#patienceOf(visit), member: holder, reason });
    }
  }

  #hold({ visit, servers, reclaiming }: LiveVisit, member: string, atMs: number): void {
    const open = visit.holdings.filter(({ toMs }) => toMs === POSITIVE_INFINITY);
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
        toMs: POSITIVE_INFINITY,
      });
    closeAt(visit.openings, atMs);
    reclaiming.delete(member);
    servers.clear();
    servers.add(member);
    // It has survived: what comes later is another matter.
    for (const excuse of visit.excuses) excuse.untilMs = Math.min(excuse.untilMs, atMs);
  }

  /**
   * Where a connection that nobody has accepted yet leads to: the client's binding, whoever is the contact node; or the contact
   * node, once this has answered.
   */
  #opensTo({ client, server, connectedMs }: Visit, member: string): boolean {
    if (this.#bound.get(`${client} ${server}`)?.member === member) return true;
    return connectedMs !== undefined && this.#registered.get(server) === member;
  }

  /** A process has ended: connections that nobody else can serve are lost with it, if it was killed. */
  #ended(member: string, atMs: number): void {
    const fromMs = this.#ending.get(member) ?? atMs;
    const hasLeft = this.#leaving.delete(member);
    if (!this.#memberNames.has(member)) return;
    if (!hasLeft) this.#gone.set(member, atMs);
    for (const group of this.#live.values())
      for (const live of group.values()) {
        const { visit, servers } = live;
        for (const holding of visit.holdings)
          if (holding.member === member && holding.toMs > atMs) holding.orphaned = true;
        const had = servers.delete(member);
        const opening = visit.holdings.length === 0 && this.#opensTo(visit, member);
        const survives =
          live.protectedBy.delete(member) && !hasLeft ? this.#backupOf(member, visit) : undefined;
        if (live.awaited !== member && !(had && servers.size === 0) && !opening) continue;
        if (hasLeft) visit.left.push(member);
        else if (survives !== undefined) {
          live.awaited = survives;
          visit.survivals.push({ member, backup: survives, fromMs: atMs, toMs: POSITIVE_INFINITY });
        } else this.#excuse(visit, { fromMs, atMs, member });
      }
  }

  /** Who goes on with a protected connection of a member that has been killed; undefined when that one is gone as well. */
  #backupOf(member: string, { client, server }: Visit): string | undefined {
    const backup = this.#backups.get(`${member} ${client} ${server}`);
    return backup !== undefined && this.#gone.has(backup) ? undefined : backup;
  }

  /** The first kill counts, until the connection has survived it. */
  #excuse(
    visit: Visit,
    kill: { readonly fromMs: number; readonly atMs: number; readonly member: string },
  ): void {
    const reason = 'killed with the connection';
    if (visit.excuses.some((excuse) => excuse.reason === reason && excuse.untilMs > kill.atMs)) return;
    visit.excuses.push({ ...kill, untilMs: this.#patienceOf(visit), reason });
  }

  /** until when its client waits, ms */
  #patienceOf({ name, startedMs }: Visit): number {
    return startedMs + (this.#patience.get(name) ?? POSITIVE_INFINITY) + patienceSlackMs;
  }
}

/** A client's timer may be late by this, ms. */
const patienceSlackMs = 100;

/** A member that no longer has it. */
function letGo({ holdings }: Visit, member: string, atMs: number): void {
  closeAt(
    holdings.filter((holding) => holding.member === member),
    atMs,
  );
}

function closeAt(holdings: readonly Holding[], atMs: number): void {
  for (const holding of holdings) holding.toMs = Math.min(holding.toMs, atMs);
}

function leaveTo({ visit, servers }: LiveVisit, member: string, atMs: number): void {
  letGo(visit, member, atMs);
  servers.delete(member);
}

/** Whatever it has read out, and thinks of it, the client is another's. */
function fenceOff({ holdings }: Visit, holder: string | undefined): void {
  for (const holding of holdings) if (holding.member === holder) holding.fenced = true;
}

/** The last that this member had of it. */
function isFencedOff({ holdings }: Visit, member: string): boolean {
  return holdings.findLast((holding) => holding.member === member)?.fenced === true;
}

function settle({ requests }: Visit, donor: string, atMs: number): void {
  for (const request of requests) if (request.donor === donor) request.endedMs ??= atMs;
}
