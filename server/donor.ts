import type { Instant, Role } from '../mip6/roles/role.ts';
import type { HandoffFrame } from './channel-frames.ts';
import type { DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';
import { reclaimingSequence } from './sequence-margin.ts';

export type { DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';

type DonorState =
  | { readonly name: 'sending' }
  | { readonly name: 'draining' }
  | { readonly name: 'waiting'; readonly until: Instant }
  | { readonly name: 'extracting' }
  | { readonly name: 'initiated'; readonly until: Instant; readonly sequence: number }
  /** Init is out, and something went wrong: is the acceptor active? */
  | {
      readonly name: 'uncertain';
      readonly until: Instant;
      readonly sequence: number;
      readonly reason: string;
    }
  /** `quiet`: the acceptor is known not to serve; otherwise its lease must run out first */
  | { readonly name: 'reclaiming'; readonly quiet: boolean; readonly reason: string }
  | { readonly name: 'outwaiting'; readonly until: Instant; readonly reason: string }
  | { readonly name: 'finished' };

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
        this.#handleFrame(input.frame);
        return;
      case 'channel-lost':
        this.#doubt('the channel to the acceptor is lost', now);
        return;
      case 'channel-restored':
        if (this.#state.name === 'uncertain') this.#send({ kind: 'cancel', handoff: this.#plan.handoff });
        return;
      case 'peer-gone':
        this.#doubt('the acceptor has ended', now);
        this.#acceptorGone();
        return;
      case 'reclaimed':
        if (this.#state.name === 'reclaiming') this.#reclaimed(this.#state, now);
        return;
      case 'reclaim-failed':
        if (this.#state.name === 'reclaiming') this.#lose(`${this.#state.reason}; ${input.reason}`, true);
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
        this.#reclaim(this.#state, false);
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

  #handleFrame(frame: HandoffFrame): void {
    if (!('handoff' in frame) || frame.handoff !== this.#plan.handoff) return;
    if (frame.kind === 'refuse') this.#refused(frame);
    const initiated = this.#state.name === 'initiated' || this.#state.name === 'uncertain';
    if (frame.kind === 'done' && initiated) {
      this.#state = { name: 'finished' };
      this.#outputs.push({ kind: 'handed-off', sequence: frame.sequence });
      this.#send({ kind: 'released', handoff: this.#plan.handoff });
    }
  }

  /** The acceptor does not serve, and never will. */
  #refused({ reason, bound }: Extract<HandoffFrame, { kind: 'refuse' }>): void {
    const why = `the acceptor refuses: ${reason}`;
    const { name } = this.#state;
    if (name === 'finished' || name === 'reclaiming' || name === 'outwaiting') return;
    if (bound && (name === 'initiated' || name === 'uncertain')) {
      this.#reclaim({ sequence: this.#state.sequence, reason: why }, true);
    } else this.#resume(why, false);
  }

  #clientGone(): void {
    if (this.#state.name === 'finished') return;
    const begun =
      'sequence' in this.#state || this.#state.name === 'reclaiming' || this.#state.name === 'outwaiting';
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
        this.#state = { name: 'uncertain', until: now + 2 * this.#plan.leaseMs, sequence, reason };
        return;
      }
      default:
        return;
    }
  }

  #acceptorGone(): void {
    if (this.#state.name === 'uncertain') this.#reclaim(this.#state, true);
    else if (this.#state.name === 'reclaiming') this.#state = { ...this.#state, quiet: true };
    else if (this.#state.name === 'outwaiting') this.#resume(this.#state.reason, true);
  }

  #reclaim(
    { sequence, reason }: { readonly sequence: number; readonly reason: string },
    quiet: boolean,
  ): void {
    this.#state = { name: 'reclaiming', quiet, reason };
    this.#outputs.push({ kind: 'reclaim', sequence: reclaimingSequence(sequence) });
  }

  #reclaimed({ quiet, reason }: { readonly quiet: boolean; readonly reason: string }, now: Instant): void {
    if (quiet) this.#resume(reason, true);
    else this.#state = { name: 'outwaiting', until: now + 2 * this.#plan.leaseMs, reason };
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
