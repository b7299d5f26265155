import type { SoakRecord } from './record.ts';
import type { Visit } from './visit.ts';

/**
 * Within this after the end of a member nobody is bound to it any more, ms: the contact node releases its clients after some seconds,
 * waits a minute longer where an acceptor may be about to take one over, and may have to be replaced itself meanwhile.
 */
const releasedMs = 100_000;
/** A client's timer may be late by this, ms. */
const patienceSlackMs = 100;

/** Members whose process was killed, and the connections that may be lost for that. */
export class LossExcuses {
  /** visit → the client's patience, ms */
  readonly #patience: ReadonlyMap<string, number>;
  /** killed members, until their next process is ready: when they were, ms */
  readonly #killed = new Map<string, number>();

  constructor(visits: SoakRecord['visits']) {
    this.#patience = new Map(visits.map(({ name, deadlineMs }) => [name, deadlineMs]));
  }

  killed(member: string, atMs: number): void {
    this.#killed.set(member, atMs);
  }

  /** Its next process is ready. */
  back(member: string): void {
    this.#killed.delete(member);
  }

  /** Undefined for one that runs. */
  killedAt(member: string | undefined): number | undefined {
    return member === undefined ? undefined : this.#killed.get(member);
  }

  /** The client that begins this visit is bound to a member that has been killed. */
  boundToKilled(visit: Visit, member: string, atMs: number): void {
    const fromMs = this.#killed.get(member);
    if (fromMs === undefined) return;
    const reason = 'killed, and the client is bound to it';
    visit.excuses.push({ fromMs, atMs, untilMs: fromMs + releasedMs, member, reason });
  }

  /** The first kill counts, until the connection has survived it. */
  killedWith(
    visit: Visit,
    kill: { readonly fromMs: number; readonly atMs: number; readonly member: string },
  ): void {
    const reason = 'killed with the connection';
    if (visit.excuses.some((excuse) => excuse.reason === reason && excuse.untilMs > kill.atMs)) return;
    visit.excuses.push({ ...kill, untilMs: this.#patienceOf(visit), reason });
  }

  /** A backup of `member` has taken the client over with others of its connections. */
  leftBehind(visit: Visit, member: string, atMs: number): void {
    const reason = 'another member has taken the client over, without this connection';
    visit.excuses.push({ fromMs: atMs, atMs, untilMs: this.#patienceOf(visit), member, reason });
  }

  /** until when its client waits, ms */
  #patienceOf({ name, startedMs }: Visit): number {
    return startedMs + (this.#patience.get(name) ?? Number.POSITIVE_INFINITY) + patienceSlackMs;
  }
}
