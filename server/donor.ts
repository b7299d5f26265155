import type { Instant, Role } from '../mip6/roles/role.ts';
import type { HandoffFrame } from './channel-frames.ts';
import type { DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';
import { contestedSequence, reclaimingSequence } from './sequence-margin.ts';

export type { DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';

type DonorState =
  | { readonly name: 'sending' }
  | { readonly name: 'draining' }
  | { readonly name: 'waiting'; readonly until: Instant }
  | { readonly name: 'extracting' }
  | { readonly name: 'initiated'; readonly until: Instant; readonly sequence: number }
  /** Init is out, and something went wrong: has the acceptor bound the client? */
  | ({ readonly name: 'uncertain'; readonly until: Instant } & Doubt)
  /** the client is being asked */
  | ({ readonly name: 'contesting' } & Doubt)
  /** the acceptor has bound it: the client is the acceptor's, until it is known not to serve */
  | ({ readonly name: 'yielding'; readonly until: Instant } & Doubt)
  /** `quiet`: the acceptor is known not to serve; otherwise what it has sent late must come to an end first */
  | ({ readonly name: 'reclaiming'; readonly quiet: boolean } & Doubt)
  | { readonly name: 'outwaiting'; readonly until: Instant; readonly reason: string }
  | { readonly name: 'finished' };

interface Doubt {
  /** of the last Binding Update before the handoff */
  readonly sequence: number;
  readonly reason: string;
  /** when it is given up, if nothing has become known by then */
  readonly giveUpAt: Instant;
}

/** An acceptor goes on asking longer (`MOST_RENEWALS`). */
const PATIENCE_IN_LEASES = 200;

/**
 * The donor's half of a handoff; ends with `handed-off`, `resume` or `lose`, exactly once.
 *
 * Until Init has gone out the donor is the only one that can serve, and any failure lets it serve on. From then on it serves
 * on only when it knows that the acceptor does not: see docs/server-library.md, "When a member dies".
 */
export class Donor implements Role<DonorInput, DonorOutput> {
  readonly #plan: DonorPlan;
  #state: DonorState = { name: 'sending' };
  #outputs: DonorOutput[] = [];

  constructor(plan: DonorPlan) {
    this.#plan = plan;
  }

  get finished(): boolean {
    return this.#state.name === 'finished';
  }

  handle(input: DonorInput, now: Instant): void {
    switch (input.kind) {
      case 'last-send-returned':
        if (this.#state.name === 'sending') this.#lastSendReturned(now);
        return;
      case 'drained':
        if (this.#state.name === 'draining') this.#freeze();
        return;
      case 'extracted':
        if (this.#state.name === 'extracting') this.#initiate(input, now);
        return;
      case 'not-extracted':
        if (this.#state.name !== 'extracting') return;
        this.#withdraw();
        this.#resume(input.reason, false);
        return;
      case 'frame':
        this.#handleFrame(input.frame, now);
        return;
      case 'channel-lost':
        this.#doubt('the channel to the acceptor is lost', now);
        return;
      case 'channel-restored':
        if (this.#doubtful() !== undefined) this.#send({ kind: 'cancel', handoff: this.#plan.handoff });
        return;
      case 'peer-gone':
        this.#doubt('the acceptor has ended', now);
        this.#acceptorGone();
        return;
      case 'reclaimed':
        if (this.#state.name === 'contesting') this.#reclaim(this.#state, false);
        else if (this.#state.name === 'reclaiming') this.#reclaimed(this.#state, now);
        return;
      case 'reclaim-failed':
        this.#notReclaimed(input, now);
        return;
      case 'client-gone':
        this.#clientGone();
        return;
      default:
        input satisfies never;
    }
  }

  poll(): DonorOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return 'until' in this.#state ? this.#state.until : undefined;
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    if (due === undefined || now < due) return;
    switch (this.#state.name) {
      case 'waiting':
        this.#freeze();
        return;
      case 'initiated':
        this.#doubt(`no Done within ${this.#plan.doneTimeoutMs} ms`, now);
        this.#send({ kind: 'cancel', handoff: this.#plan.handoff });
        return;
      case 'uncertain':
        this.#contest(this.#state);
        return;
      case 'yielding':
        this.#lose(`${this.#state.reason}; nothing is heard of it`, true);
        return;
      case 'outwaiting':
        this.#resume(this.#state.reason, true);
        return;
      default:
        return;
    }
  }

  #lastSendReturned(now: Instant): void {
    const { variant, handoff, client, contactAddress, waitMs } = this.#plan;
    if (variant.prepare) this.#send({ kind: 'prepare', handoff, client, contactAddress });
    if (variant.freezeAt === 'drained') {
      this.#state = { name: 'draining' };
      this.#outputs.push({ kind: 'watch-drain' });
    } else if (waitMs > 0) this.#state = { name: 'waiting', until: now + waitMs };
    else this.#freeze();
  }

  #freeze(): void {
    this.#state = { name: 'extracting' };
    this.#outputs.push({ kind: 'freeze-and-extract' });
  }

  #initiate(input: Extract<DonorInput, { kind: 'extracted' }>, now: Instant): void {
    const { handoff, client, contactAddress, applicationState, doneTimeoutMs } = this.#plan;
    const { tcpState, sequence } = input;
    this.#state = { name: 'initiated', until: now + doneTimeoutMs, sequence };
    this.#send({ kind: 'init', handoff, client, contactAddress, sequence, tcpState, applicationState });
  }

  #handleFrame(frame: HandoffFrame, now: Instant): void {
    if (!('handoff' in frame) || frame.handoff !== this.#plan.handoff) return;
    if (frame.kind === 'refuse') this.#refused(frame, now);
    const initiated = this.#state.name === 'initiated' || this.#doubtful() !== undefined;
    if (frame.kind === 'done' && initiated) {
      this.#state = { name: 'finished' };
      this.#outputs.push({ kind: 'handed-off', sequence: frame.sequence });
      this.#send({ kind: 'released', handoff: this.#plan.handoff });
    }
  }

  /** The acceptor does not serve, and never will. */
  #refused({ reason, bound }: Extract<HandoffFrame, { kind: 'refuse' }>, now: Instant): void {
    const why = `the acceptor refuses: ${reason}`;
    const { name } = this.#state;
    if (name === 'finished' || name === 'reclaiming' || name === 'outwaiting') return;
    const asked = name === 'contesting' || name === 'yielding';
    if (name === 'initiated') this.#doubt(why, now);
    const doubt = this.#doubtful();
    if (doubt !== undefined && (bound || asked)) this.#reclaim({ ...doubt, reason: why }, true);
    else this.#resume(why, false);
  }

  #clientGone(): void {
    if (this.#state.name === 'finished') return;
    const begun = 'sequence' in this.#state || this.#state.name === 'outwaiting';
    if (!begun) this.#withdraw();
    this.#lose('the client has closed its connection', begun);
  }

  /** An acceptor that was asked to prepare must not wait for an Init that will not come. */
  #withdraw(): void {
    const { handoff, variant, prepared = false } = this.#plan;
    const asked = prepared || (variant.prepare && this.#state.name !== 'sending');
    if (asked) this.#send({ kind: 'cancel', handoff });
  }

  /** Something went wrong with the acceptor. */
  #doubt(reason: string, now: Instant): void {
    switch (this.#state.name) {
      case 'sending':
      case 'draining':
      case 'waiting':
      case 'extracting':
        this.#resume(reason, false);
        return;
      case 'initiated': {
        const { sequence } = this.#state;
        const giveUpAt = now + PATIENCE_IN_LEASES * this.#plan.leaseMs;
        this.#state = { name: 'uncertain', until: this.#twoLeases(now), sequence, reason, giveUpAt };
        return;
      }
      default:
        return;
    }
  }

  /** Init is out, and what has become of it is not known. */
  #doubtful(): Doubt | undefined {
    const { name } = this.#state;
    return name === 'uncertain' || name === 'contesting' || name === 'yielding' ? this.#state : undefined;
  }

  #acceptorGone(): void {
    const doubt = this.#doubtful();
    if (doubt !== undefined) this.#reclaim(doubt, true);
    else if (this.#state.name === 'reclaiming') this.#state = { ...this.#state, quiet: true };
    else if (this.#state.name === 'outwaiting') this.#resume(this.#state.reason, true);
  }

  #contest({ sequence, reason, giveUpAt }: Doubt): void {
    this.#state = { name: 'contesting', sequence, reason, giveUpAt };
    this.#outputs.push({ kind: 'contest', sequence: contestedSequence(sequence) });
  }

  #reclaim({ sequence, reason, giveUpAt }: Doubt, quiet: boolean): void {
    this.#state = { name: 'reclaiming', quiet, sequence, reason, giveUpAt };
    this.#outputs.push({ kind: 'reclaim', sequence: reclaimingSequence(sequence) });
  }

  #reclaimed({ quiet, reason }: Doubt & { readonly quiet: boolean }, now: Instant): void {
    if (quiet) this.#resume(reason, true);
    else this.#state = { name: 'outwaiting', until: this.#twoLeases(now), reason };
  }

  /** A client that does not answer may be cut off from here, as the acceptor is: it is asked again. */
  #notReclaimed(failure: Extract<DonorInput, { kind: 'reclaim-failed' }>, now: Instant): void {
    if (this.#state.name !== 'contesting' && this.#state.name !== 'reclaiming') return;
    const { name, sequence, reason, giveUpAt } = this.#state;
    const doubt = { sequence, reason, giveUpAt };
    const again = failure.cause === 'unanswered' && now < giveUpAt;
    if (name === 'contesting' && failure.cause === 'superseded')
      this.#state = { name: 'yielding', until: giveUpAt, ...doubt };
    else if (name === 'contesting' && again)
      this.#state = { name: 'uncertain', until: this.#twoLeases(now), ...doubt };
    else if (name === 'reclaiming' && again) this.#reclaim(doubt, this.#state.quiet);
    else this.#lose(`${reason}; ${failure.reason}`, true);
  }

  #twoLeases(now: Instant): Instant {
    return now + 2 * this.#plan.leaseMs;
  }

  #resume(reason: string, checkClient: boolean): void {
    this.#state = { name: 'finished' };
    this.#outputs.push({ kind: 'resume', reason, checkClient });
  }

  #lose(reason: string, unbound: boolean): void {
    this.#state = { name: 'finished' };
    this.#outputs.push({ kind: 'lose', reason, unbound });
  }

  #send(frame: HandoffFrame): void {
    this.#outputs.push({ kind: 'send', frame });
  }
}
