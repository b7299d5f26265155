import { ClientRoutes } from './client-routes.ts';
import {
  begun,
  fenceOff,
  finish,
  hold,
  isFencedOff,
  isHeldAlone,
  type LiveVisit,
  leaveTo,
  letGo,
  settle,
} from './live-visit.ts';
import { LossExcuses } from './loss-excuses.ts';
import type { SoakEvent, SoakRecord, Violation } from './record.ts';
import type { Visit } from './visit.ts';

const { POSITIVE_INFINITY } = Number;

/**
 * Who held which client's connection when, and which connections were lost when their holder's process was killed: from the members' own
 * events. A connection is its holder's from `client-connected` or `socket-activated` to `socket-extracted`; from the arrival of Init
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
  readonly #excuses: LossExcuses;
  /** by client and contact address, which share a binding, then by visit */
  readonly #live = new Map<string, Map<string, LiveVisit>>();
  /** process → when it was told to end, or last disturbed otherwise, ms */
  readonly #ending = new Map<string, number>();
  /** members that were told to leave, until their process has ended */
  readonly #leaving = new Set<string>();
  readonly #routes: ClientRoutes;
  /** donor, client and contact address → visits whose connections it has read out, until it is told what became of them */
  readonly #extracted = new Map<string, Set<string>>();
  /** holder, client and contact address → backup */
  readonly #backups = new Map<string, string>();

  constructor({ roles, visits }: Pick<SoakRecord, 'roles' | 'visits'>) {
    this.#memberNames = new Set(roles.members.map(({ name }) => name));
    this.#clientAddresses = new Map(roles.clients.map(({ name, address }) => [name, address]));
    this.#nameOf = new Map(roles.members.map(({ name, address }) => [address, name]));
    this.#routes = new ClientRoutes(this.#nameOf);
    this.#first = roles.contactAddresses[0]?.address;
    this.#excuses = new LossExcuses(visits);
  }

  /** To be called with all events in the order of time. */
  take(event: SoakEvent): void {
    const { node, fields } = event;
    if (this.#memberNames.has(node)) this.#ofMember(event);
    else if (this.#clientAddresses.has(node)) this.#ofClient(event, this.#clientAddresses.get(node)!);
    else if (event.event === 'registration-accepted') this.#routes.registered(event);
    else if (event.event === 'step' && fields.action !== 'inspect') {
      this.#ending.set(String(fields.target), event.atMs);
      if (fields.action === 'leave') this.#leaving.add(String(fields.target));
    } else if (event.event === 'process-ended') this.#ended(String(fields.target), event.atMs);
  }

  #ofClient(event: SoakEvent, client: string): void {
    const { atMs, fields } = event;
    const name = String(fields.name);
    switch (event.event) {
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
        const key = this.#routes.bound(client, event);
        for (const { visit } of this.#live.get(key)?.values() ?? []) this.#routes.opens(visit, atMs);
        return;
      }
      default:
        return;
    }
  }

  #started(name: string, client: string, server: string, atMs: number): void {
    const live = begun(name, client, server, atMs);
    const { visit } = live;
    this.visits.push(visit);
    const key = `${client} ${server}`;
    const group = this.#live.get(key) ?? new Map<string, LiveVisit>();
    this.#live.set(key, group);
    group.set(name, live);
    this.#routes.opens(visit, atMs);
    const bound = this.#routes.memberOf(visit);
    if (bound !== undefined) this.#excuses.boundToKilled(visit, bound, atMs);
  }

  /** The answer to its SYN was on its way when the contact node was killed: no other member has given it, as long as the home agent knows of none. */
  #connects({ visit }: LiveVisit, port: number, atMs: number): void {
    Object.assign(visit, { port, connectedMs: atMs });
    const member = this.#routes.answererOf(visit);
    const fromMs = this.#excuses.killedAt(member);
    if (fromMs !== undefined && visit.holdings.length === 0)
      this.#excuses.killedWith(visit, { fromMs, atMs: fromMs, member: member! });
  }

  #finished(client: string, name: string, atMs: number, fields: SoakEvent['fields']): void {
    const visit = this.#find(client, name)?.visit;
    if (visit === undefined) return;
    finish(visit, atMs, fields);
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
    if (event === 'ready') this.#excuses.back(node);
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
    // Also of a connection whose client is done with it, and has gone on with another.
    if (event === 'client-survives')
      this.#leavesBehind(group, port, this.#nameOf.get(String(fields.holder)), atMs);
  }

  #connected(group: readonly LiveVisit[], node: string, port: number, atMs: number): void {
    for (const live of group) if (live.visit.port === port) hold(live, node, atMs, this.violations);
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
        if (visit.holdings.length > 0) hold(live, node, atMs, this.violations);
        return;
      case 'socket-extracted':
        letGo(visit, node, atMs);
        for (const request of visit.requests)
          if (request.donor === node && request.endedMs === undefined) request.frozenMs ??= atMs;
        return;
      case 'handoff-failed':
        settle(visit, node, atMs);
        // A donor that was cut off may learn late what became of a connection, when the client has come again; one that has
        // not read it out yet has it as before.
        // Nor has one whose backup has the client by now.
        if (extracted?.has(visit.name) === true && visit.holdings.length > 0 && !isFencedOff(visit, node))
          hold(live, node, atMs, this.violations);
        return;
      case 'handed-off':
        settle(visit, node, atMs);
        if (isIn) leaveTo(live, node, atMs);
        return;
      case 'handoff-settled':
        handedTo.delete(node);
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
    const bound = this.#routes.memberOf(visit);
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
    hold(live, member, atMs, this.violations);
  }

  /** A client has one binding: its other connections at the member that was cut off are out of reach for good, but those that are taken over as well. */
  #leavesBehind(group: readonly LiveVisit[], port: number, holder: string | undefined, atMs: number): void {
    if (holder === undefined) return;
    for (const live of group) {
      if (live.visit.port === port) fenceOff(live.visit, holder);
      if (isHeldAlone(live, holder)) this.#excuses.leftBehind(live.visit, holder, atMs);
    }
  }

  /** A process has ended: connections that nobody else can serve are lost with it, if it was killed. */
  #ended(member: string, atMs: number): void {
    const fromMs = this.#ending.get(member) ?? atMs;
    const hasLeft = this.#leaving.delete(member);
    if (!this.#memberNames.has(member)) return;
    if (!hasLeft) this.#excuses.killed(member, atMs);
    for (const group of this.#live.values())
      for (const live of group.values()) {
        const { visit, servers } = live;
        for (const holding of visit.holdings)
          if (holding.member === member && holding.toMs > atMs) holding.orphaned = true;
        const had = servers.delete(member);
        const opening = visit.holdings.length === 0 && this.#routes.opensTo(visit, member);
        const survives =
          live.protectedBy.delete(member) && !hasLeft ? this.#backupOf(member, visit) : undefined;
        if (live.awaited !== member && !(had && servers.size === 0) && !opening) continue;
        if (hasLeft) visit.left.push(member);
        else if (survives !== undefined) {
          live.awaited = survives;
          visit.survivals.push({ member, backup: survives, fromMs: atMs, toMs: POSITIVE_INFINITY });
        } else this.#excuses.killedWith(visit, { fromMs, atMs, member });
      }
  }

  /** Who goes on with a protected connection of a member that has been killed; undefined when that one is gone as well. */
  #backupOf(member: string, { client, server }: Visit): string | undefined {
    const backup = this.#backups.get(`${member} ${client} ${server}`);
    return this.#excuses.killedAt(backup) === undefined ? backup : undefined;
  }
}
