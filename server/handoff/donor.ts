import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { isLate } from '../attention.ts';
import type { DonorInput, DonorOutput, DonorPlan } from './donor-types.ts';
import type { HandoffFrame } from './frames.ts';
import { InitiatedDonor } from './initiated-donor.ts';

export type { DonorInput, DonorOutput } from './donor-types.ts';

type DonorState =
  | { readonly name: 'sending' }
  | { readonly name: 'draining' }
  | { readonly name: 'waiting'; readonly until: Instant }
  /** everything is ready, but nothing has been heard of the acceptor */
  | { readonly name: 'asking'; readonly until: Instant }
  | { readonly name: 'extracting' }
  | { readonly name: 'initiated'; readonly donor: InitiatedDonor }
  | { readonly name: 'finished' };

/**
 * The donor's half of a handoff; ends with `handed-off`, `resume` or `lose`, exactly once.
 *
 * Until Init has gone out the donor is the only one that can serve, and any failure lets it serve on. What follows is
 * `InitiatedDonor`'s.
 */
export class Donor implements Role<DonorInput, DonorOutput> {
  readonly #plan: DonorPlan;
  #state: DonorState = { name: 'sending' };
  #outputs: DonorOutput[] = [];
  /** when the acceptor was asked whether it is there; undefined: it has not been, or has answered */
  #askedAt: Instant | undefined;

  constructor(plan: DonorPlan) {
    this.#plan = plan;
  }

  get finished(): boolean {
    return this.#state.name === 'initiated' ? this.#state.donor.finished : this.#state.name === 'finished';
  }

  handle(input: DonorInput, now: Instant): void {
    if (input.kind === 'frame' && (!('handoff' in input.frame) || input.frame.handoff !== this.#plan.handoff))
      return;
    if (this.#state.name === 'initiated') this.#state.donor.handle(input, now);
    else if (this.#state.name !== 'finished') this.#beforeInit(input, now);
  }

  poll(): DonorOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    if (this.#state.name === 'initiated') return this.#state.donor.deadline();
    return 'until' in this.#state ? this.#state.until : undefined;
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    if (due === undefined || now < due) return;
    if (this.#state.name === 'initiated') this.#state.donor.handleTimeout(now);
    else if (this.#state.name === 'asking' && isLate(now, due)) this.#await(now);
    else if (this.#state.name === 'asking' && !this.#isFresh(now)) {
      this.#withdraw();
      this.#resume('nothing is heard of the acceptor');
    } else this.#freeze(now);
  }

  #beforeInit(input: DonorInput, now: Instant): void {
    const { name } = this.#state;
    switch (input.kind) {
      case 'last-send-returned':
        if (name === 'sending') this.#lastSendReturned(now);
        return;
      case 'drained':
        if (name === 'draining') this.#freeze(now);
        return;
      case 'extracted':
        if (name === 'extracting') this.#initiate(input, now);
        return;
      case 'not-extracted':
        if (name !== 'extracting') return;
        this.#withdraw();
        this.#resume(input.reason);
        return;
      case 'frame':
        if (input.frame.kind === 'refuse') this.#resume(`the acceptor refuses: ${input.frame.reason}`);
        if (input.frame.kind !== 'here') return;
        this.#askedAt = undefined;
        if (name === 'asking') this.#extract();
        return;
      case 'channel-lost':
        this.#resume('the channel to the acceptor is lost');
        return;
      case 'peer-gone':
        this.#resume('the acceptor has ended');
        return;
      case 'client-gone':
        this.#withdraw();
        this.#state = { name: 'finished' };
        this.#outputs.push({ kind: 'lose', reason: 'the client has closed its connection', unbound: false });
        return;
      case 'channel-restored':
      case 'reclaimed':
      case 'reclaim-failed':
        return;
      default:
        input satisfies never;
    }
  }

  #lastSendReturned(now: Instant): void {
    const { variant, handoff, client, contactAddress, waitMs } = this.#plan;
    if (variant.prepare) this.#send({ kind: 'prepare', handoff, client, contactAddress });
    // While the client still takes what is under way to it.
    if (!this.#isFresh(now)) this.#ask(now);
    if (variant.freezeAt === 'drained') {
      this.#state = { name: 'draining' };
      this.#outputs.push({ kind: 'watch-drain' });
    } else if (waitMs > 0) this.#state = { name: 'waiting', until: now + waitMs };
    else this.#freeze(now);
  }

  /** Not before a sign of life: for an acceptor that is out of reach the client would stand still in vain. */
  #freeze(now: Instant): void {
    if (this.#isFresh(now)) this.#extract();
    else this.#await(this.#askedAt ?? this.#ask(now));
  }

  #extract(): void {
    this.#state = { name: 'extracting' };
    this.#outputs.push({ kind: 'freeze-and-extract' });
  }

  #await(since: Instant): void {
    this.#state = { name: 'asking', until: since + (this.#plan.attention?.patienceMs ?? 0) };
  }

  /** The acceptor has been heard of lately. */
  #isFresh(now: Instant): boolean {
    const { attention } = this.#plan;
    return attention === undefined || now - attention.heardAt() <= attention.freshMs;
  }

  #ask(now: Instant): Instant {
    this.#askedAt = now;
    this.#send({ kind: 'ask', handoff: this.#plan.handoff });
    return now;
  }

  #initiate(input: Extract<DonorInput, { kind: 'extracted' }>, now: Instant): void {
    const { handoff, client, contactAddress, applicationState } = this.#plan;
    const { tcpState, sequence } = input;
    const donor = new InitiatedDonor(this.#plan, sequence, now, (output) => this.#outputs.push(output));
    this.#state = { name: 'initiated', donor };
    this.#send({ kind: 'init', handoff, client, contactAddress, sequence, tcpState, applicationState });
  }

  /** An acceptor that was asked to prepare must not wait for an Init that will not come. */
  #withdraw(): void {
    const { handoff, variant, prepared = false } = this.#plan;
    const asked = prepared || (variant.prepare && this.#state.name !== 'sending');
    if (asked) this.#send({ kind: 'cancel', handoff });
  }

  #resume(reason: string): void {
    this.#state = { name: 'finished' };
    this.#outputs.push({ kind: 'resume', reason, checkClient: false });
  }

  #send(frame: HandoffFrame): void {
    this.#outputs.push({ kind: 'send', frame });
  }
}
