import type { Instant } from '../../mip6/roles/shared/role.ts';
import { isLate } from '../attention.ts';
import { contestedSequence, reclaimingSequence } from '../sequence-margin.ts';
import type { DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';
import type { HandoffFrame } from './frames.ts';

type InitiatedState =
  /** `look`: when the acceptor is asked again, or, where `asked`, its answer is due */
  | {
      readonly name: 'initiated';
      readonly until: Instant;
      readonly look: Instant;
      readonly asked?: Instant;
    }
  /** something went wrong: has the acceptor bound the client? */
  | { readonly name: 'uncertain'; readonly until: Instant }
  /** the client is being asked; `claimed`: so does the acceptor ask this member */
  | { readonly name: 'contesting'; readonly claimed: boolean }
  /** the acceptor has bound it: the client is the acceptor's, until it is known not to serve */
  | { readonly name: 'yielding' }
  /** `quiet`: the acceptor is known not to serve; otherwise what it has sent late must come to an end first */
  | { readonly name: 'reclaiming'; readonly quiet: boolean }
  | { readonly name: 'outwaiting'; readonly until: Instant }
  | { readonly name: 'finished' };

/** An acceptor goes on asking longer (`MOST_RENEWALS`). */
const PATIENCE_IN_LEASES = 200;

/**
 * A donor from its Init on, frozen: finds out whether the acceptor serves. It serves on only when it knows that the acceptor does
 * not and never will: by the acceptor's word, by the end of its process, or because the client is not bound to it. See
 * docs/server-library.md, "When a member dies".
 */
export class InitiatedDonor {
  readonly #plan: DonorPlan;
  /** of the last Binding Update before the handoff */
  readonly #sequence: number;
  readonly #put: (output: DonorOutput) => void;
  #state: InitiatedState;
  /** what went wrong first */
  #reason = '';
  /** when it is given up, if nothing has become known by then */
  #giveUpAt: Instant = Number.POSITIVE_INFINITY;
  /** The client's answer to `contest` decides: the acceptor asks before it goes above its first number, and has not been granted that. */
  #decisive: boolean;

  /** `put` takes the outputs, in order. */
  constructor(plan: DonorPlan, sequence: number, now: Instant, put: (output: DonorOutput) => void) {
    this.#plan = plan;
    this.#sequence = sequence;
    this.#put = put;
    this.#decisive = plan.claims === true;
    const look = now + (plan.attention?.everyMs ?? Number.POSITIVE_INFINITY);
    this.#state = { name: 'initiated', until: now + plan.doneTimeoutMs, look };
  }

  get finished(): boolean {
    return this.#state.name === 'finished';
  }

  handle(input: DonorInput, now: Instant): void {
    if (this.finished) return;
    switch (input.kind) {
      case 'frame':
        this.#frame(input.frame, now);
        return;
      case 'channel-lost':
        this.#silent('the channel to the acceptor is lost', now);
        return;
      case 'channel-restored':
        if (this.#doubtful) this.#cancel();
        return;
      case 'peer-gone':
        this.#doubt('the acceptor has ended', now);
        this.#acceptorGone();
        return;
      case 'reclaimed':
        if (this.#state.name === 'contesting') this.#contestWon(this.#state.claimed);
        else if (this.#state.name === 'reclaiming') this.#reclaimed(this.#state.quiet, now);
        return;
      case 'reclaim-failed':
        this.#notReclaimed(input, now);
        return;
      default:
        // A frozen socket hears nothing of its client: if it ends, that is this member's doing, and the acceptor may serve.
        return;
    }
  }

  deadline(): Instant | undefined {
    if (this.#state.name === 'yielding') return this.#giveUpAt;
    if (this.#state.name === 'initiated') return Math.min(this.#state.until, this.#state.look);
    return 'until' in this.#state ? this.#state.until : undefined;
  }

  /** To be called when the deadline has come. */
  handleTimeout(now: Instant): void {
    switch (this.#state.name) {
      case 'initiated':
        if (now < this.#state.until) this.#look(this.#state, now);
        else this.#giveUp(`no Done within ${this.#plan.doneTimeoutMs} ms`, now);
        return;
      case 'uncertain':
        this.#contest();
        return;
      case 'yielding':
        this.#lose(`${this.#reason}; nothing is heard of it`);
        return;
      case 'outwaiting':
        this.#resume(true);
        return;
      default:
        return;
    }
  }

  #frame(frame: HandoffFrame, now: Instant): void {
    switch (frame.kind) {
      case 'refuse':
        this.#refused(frame, now);
        return;
      case 'done':
        this.#done(frame.sequence);
        return;
      case 'here':
        if (this.#state.name === 'initiated') this.#attend(this.#state.until, now);
        return;
      case 'claim':
        this.#claimed();
        return;
      default:
        return;
    }
  }

  #attend(until: Instant, now: Instant): void {
    const { everyMs = Number.POSITIVE_INFINITY } = this.#plan.attention ?? {};
    this.#state = { name: 'initiated', until, look: now + everyMs };
  }

  /** Asks the acceptor whether it is there, or has waited for its answer. */
  #look({ until, asked }: Extract<InitiatedState, { name: 'initiated' }>, now: Instant): void {
    const { attention, handoff } = this.#plan;
    if (attention === undefined) return;
    const { patienceMs } = attention;
    if (asked === undefined) this.#send({ kind: 'ask', handoff });
    const due = Math.max(asked ?? now, attention.progressAt()) + patienceMs;
    const from = asked === undefined || isLate(now, due) ? now : asked;
    const look = Math.max(from, attention.progressAt()) + patienceMs;
    if (now < look) this.#state = { name: 'initiated', until, look, asked: from };
    else this.#giveUp('nothing is heard of the acceptor', now);
  }

  /** The acceptor is to give up, too, should it hear of it. */
  #giveUp(reason: string, now: Instant): void {
    this.#cancel();
    this.#silent(reason, now);
  }

  /** Nothing is heard of the acceptor. Who has the client? */
  #silent(reason: string, now: Instant): void {
    if (this.#state.name !== 'initiated') return;
    this.#doubt(reason, now);
    if (this.#decisive) this.#contest();
  }

  #contest(): void {
    this.#state = { name: 'contesting', claimed: false };
    this.#put({ kind: 'contest', sequence: contestedSequence(this.#sequence) });
  }

  /** The client has accepted the number from this member, and will from nobody else. */
  #contestWon(claimed: boolean): void {
    if (!this.#decisive) this.#reclaim(false);
    else {
      if (claimed) this.#cancel();
      this.#resume(false);
    }
  }

  /** The client has refused the acceptor's number, which another transmission of its own may have used, or this member. */
  #claimed(): void {
    const { name } = this.#state;
    if (name === 'contesting' && this.#decisive) this.#state = { name, claimed: true };
    else if (name === 'initiated' || name === 'uncertain' || name === 'yielding') this.#grant();
    else this.#cancel();
  }

  #grant(): void {
    // It may use greater numbers from now on.
    this.#decisive = false;
    this.#send({ kind: 'grant', handoff: this.#plan.handoff });
  }

  /** What has become of Init is not known. */
  get #doubtful(): boolean {
    return ['uncertain', 'contesting', 'yielding'].includes(this.#state.name);
  }

  /** Something went wrong with the acceptor. */
  #doubt(reason: string, now: Instant): void {
    if (this.#state.name !== 'initiated') return;
    this.#reason = reason;
    this.#giveUpAt = now + PATIENCE_IN_LEASES * this.#plan.leaseMs;
    this.#state = { name: 'uncertain', until: this.#twoLeases(now) };
  }

  #done(sequence: number): void {
    if (this.#state.name !== 'initiated' && !this.#doubtful) return;
    this.#state = { name: 'finished' };
    this.#put({ kind: 'handed-off', sequence });
    this.#send({ kind: 'released', handoff: this.#plan.handoff });
  }

  /** The acceptor does not serve, and never will. */
  #refused({ reason, bound }: Extract<HandoffFrame, { kind: 'refuse' }>, now: Instant): void {
    const asked = this.#state.name === 'contesting' || this.#state.name === 'yielding';
    this.#doubt('', now);
    if (!this.#doubtful) return;
    this.#reason = `the acceptor refuses: ${reason}`;
    if (bound || asked) this.#reclaim(true);
    else this.#resume(false);
  }

  #acceptorGone(): void {
    if (this.#doubtful) this.#reclaim(true);
    else if (this.#state.name === 'reclaiming') this.#state = { ...this.#state, quiet: true };
    else if (this.#state.name === 'outwaiting') this.#resume(true);
  }

  #reclaim(quiet: boolean): void {
    this.#state = { name: 'reclaiming', quiet };
    this.#put({ kind: 'reclaim', sequence: reclaimingSequence(this.#sequence) });
  }

  #reclaimed(quiet: boolean, now: Instant): void {
    if (quiet) this.#resume(true);
    else this.#state = { name: 'outwaiting', until: this.#twoLeases(now) };
  }

  /** A client that does not answer may be cut off from here, as the acceptor is: it is asked again. */
  #notReclaimed(failure: Extract<DonorInput, { kind: 'reclaim-failed' }>, now: Instant): void {
    const state = this.#state;
    if (state.name !== 'contesting' && state.name !== 'reclaiming') return;
    const again = failure.cause === 'unanswered' && now < this.#giveUpAt;
    if (state.name === 'contesting' && failure.cause === 'superseded') {
      this.#state = { name: 'yielding' };
      if (state.claimed) this.#grant();
    } else if (!again) this.#lose(`${this.#reason}; ${failure.reason}`);
    else if (state.name === 'reclaiming') this.#reclaim(state.quiet);
    else this.#state = { name: 'uncertain', until: this.#twoLeases(now) };
  }

  #twoLeases(now: Instant): Instant {
    return now + 2 * this.#plan.leaseMs;
  }

  #resume(checkClient: boolean): void {
    this.#state = { name: 'finished' };
    this.#put({ kind: 'resume', reason: this.#reason, checkClient });
  }

  #lose(reason: string): void {
    this.#state = { name: 'finished' };
    this.#put({ kind: 'lose', reason, unbound: true });
  }

  #cancel(): void {
    this.#send({ kind: 'cancel', handoff: this.#plan.handoff });
  }

  #send(frame: HandoffFrame): void {
    this.#put({ kind: 'send', frame });
  }
}
