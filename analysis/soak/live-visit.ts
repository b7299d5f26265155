import type { SoakEvent, Violation } from './record.ts';
import type { Holding, Visit } from './visit.ts';

/** A visit that is under way, and what members' events say of it. */
export interface LiveVisit {
  readonly visit: Visit;
  /** members any of which can serve the client on, should the others die */
  readonly servers: Set<string>;
  /** donors that ask the client to come back, and since when, ms: it may before they say so */
  readonly reclaiming: Map<string, number>;
  /** members that it comes to by a handoff, until that is settled: what they abandon later is another one, of other connections */
  readonly handedTo: Set<string>;
  /** members by whose word the connection is protected */
  readonly protectedBy: Set<string>;
  /** those too which have lost sight of their backup since: it has the connection all the same */
  readonly keptFor: Set<string>;
  /** its holder was killed while it was protected: the backup that goes on with it */
  awaited?: string;
}

export function begun(name: string, client: string, server: string, startedMs: number): LiveVisit {
  const nothing = { holdings: [], openings: [], left: [], excuses: [], requests: [], survivals: [] };
  return {
    visit: { name, client, server, startedMs, ...nothing },
    servers: new Set(),
    reclaiming: new Map(),
    handedTo: new Set(),
    protectedBy: new Set(),
    keptFor: new Set(),
  };
}

/** The client has come to the end of it; `fields`: of its event. */
export function finish(visit: Visit, atMs: number, fields: SoakEvent['fields']): void {
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
}

/** This member has the connection now, and nobody else; what does not fit is told as a violation. */
export function hold(
  { visit, servers, reclaiming }: LiveVisit,
  member: string,
  atMs: number,
  violations: Violation[],
): void {
  const open = visit.holdings.filter(({ toMs }) => toMs === Number.POSITIVE_INFINITY);
  for (const other of open.filter((holding) => holding.member !== member)) {
    other.toMs = Math.min(other.toMs, other.orphaned ? atMs : other.toMs);
    if (other.orphaned) continue;
    const text = `${visit.name}: ${member} takes the connection, which ${other.member} has had since ${other.fromMs.toFixed(1)} ms`;
    violations.push({ invariant: 'one-holder', atMs, text });
  }
  if (!open.some((holding) => holding.member === member))
    visit.holdings.push({
      member,
      fromMs: reclaiming.get(member) ?? atMs,
      toMs: Number.POSITIVE_INFINITY,
    });
  closeAt(visit.openings, atMs);
  reclaiming.delete(member);
  servers.clear();
  servers.add(member);
  // It has survived: what comes later is another matter.
  for (const excuse of visit.excuses) excuse.untilMs = Math.min(excuse.untilMs, atMs);
}

/** A member that no longer has it. */
export function letGo({ holdings }: Visit, member: string, atMs: number): void {
  closeAt(
    holdings.filter((holding) => holding.member === member),
    atMs,
  );
}

/** Whatever of these is open by then ends. */
export function closeAt(holdings: readonly Holding[], atMs: number): void {
  for (const holding of holdings) holding.toMs = Math.min(holding.toMs, atMs);
}

/** The same, and it cannot serve the client on should the others die. */
export function leaveTo({ visit, servers }: LiveVisit, member: string, atMs: number): void {
  letGo(visit, member, atMs);
  servers.delete(member);
}

/** What this donor was asked for has come to its end. */
export function settle({ requests }: Visit, donor: string, atMs: number): void {
  for (const request of requests) if (request.donor === donor) request.endedMs ??= atMs;
}

/** Another member has the client: whatever this one has read out of the connection, and thinks of it, the client does not take it from there. */
export function fenceOff({ holdings }: Visit, holder: string | undefined): void {
  for (const holding of holdings) if (holding.member === holder) holding.fenced = true;
}

/** Of the last that this member had of it. */
export function isFencedOff({ holdings }: Visit, member: string): boolean {
  return holdings.findLast((holding) => holding.member === member)?.fenced === true;
}

/** A connection of this member's, or one that it has answered and not taken yet, of which no backup has anything. */
export function isHeldAlone({ visit, awaited, keptFor }: LiveVisit, holder: string): boolean {
  const { holdings, openings, connectedMs } = visit;
  const isIn = (all: readonly Holding[]): boolean => all.some(({ member }) => member === holder);
  const isHeld = isIn(holdings.filter(({ toMs }) => toMs === Number.POSITIVE_INFINITY));
  const isAnswered = holdings.length === 0 && connectedMs !== undefined && isIn(openings);
  return (isHeld || isAnswered) && awaited === undefined && !keptFor.has(holder);
}
