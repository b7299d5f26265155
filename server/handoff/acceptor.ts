import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { AcceptorInput, AcceptorOutput, AcceptorPlan } from './acceptor-types.ts';
import type { HandoffFrame, InitFrame } from './frames.ts';

export type { AcceptorInput, AcceptorOutput } from './acceptor-types.ts';

type AcceptorState =
  | { readonly name: 'preparing' }
  | { readonly name: 'initiated'; readonly init: InitFrame; readonly restored: boolean }
  | {
      readonly name: 'binding';
      readonly init: InitFrame;
      readonly since: Instant;
      /** only the first number is this member's to use, as long as the donor has not granted more */
      readonly insists: boolean;
    }
  /** the client refuses the number: it has accepted it before, from the donor, or from here and its answer was lost; the donor is asked */
  | { readonly name: 'disputed'; readonly init: InitFrame; readonly since: Instant }
  /** `since`: when the last Binding Update that was answered went out; `asked`: when one without an answer yet did */
  | {
      readonly name: 'active';
      readonly sequence: number;
      readonly since: Instant;
      readonly asked?: Instant;
      readonly renewals: number;
    }
  | { readonly name: 'finished' };

/**
 * Long after any donor has given up taking its client back (`PATIENCE_IN_LEASES`); the sequence numbers of so many renewals and
 * their retransmissions stay below the donor's (`server/sequence-margin.ts`).
 */
const MOST_RENEWALS = 300;

/**
 * The acceptor's half of a handoff; ends with `settled`, `stop` or `abandon`, exactly once.
 *
 * It binds the client only while its channel to the donor stands, or when it knows that the donor's process is no more. Once the
 * client has accepted that, the client is its own. As long as it hears nothing of its donor it asks the client by a renewed
 * binding, and serves on unless the answer is that another member has it.
 */
export class Acceptor implements Role<AcceptorInput, AcceptorOutput> {
  readonly #plan: AcceptorPlan;
  readonly #giveUpAt: Instant;
  #state: AcceptorState = { name: 'preparing' };
  #donor: 'connected' | 'unreachable' | 'gone' = 'connected';
  #routable: 'no' | 'started' | 'complete' = 'no';
  #outputs: AcceptorOutput[] = [];

  constructor(plan: AcceptorPlan, now: Instant) {
    this.#plan = plan;
    this.#giveUpAt = now + plan.timeoutMs;
  }

  get finished(): boolean {
    return this.#state.name === 'finished';
  }

  handle(input: AcceptorInput, now: Instant): void {
    if (this.#state.name === 'finished') return;
    switch (input.kind) {
      case 'frame':
        this.#handleFrame(input.frame, now);
        return;
      case 'return-routability-complete':
        this.#routable = 'complete';
        this.#proceed(now);
        return;
      case 'restored':
        if (this.#state.name === 'initiated') this.#state = { ...this.#state, restored: true };
        this.#proceed(now);
        return;
      case 'binding-acknowledged':
        this.#acknowledged(input.sequence);
        return;
      case 'superseded':
        this.#superseded();
        return;
      case 'client-gone':
        if (this.#state.name === 'active') this.#settle();
        return;
      case 'failed':
        this.#failed(input.reason, input.unanswered ?? false);
        return;
      case 'channel-lost':
      case 'channel-restored':
      case 'peer-gone':
        this.#donorSeen(input.kind, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): AcceptorOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    if (this.finished) return undefined;
    return this.#state.name === 'active' ? this.#leaseEnd(this.#state) : this.#giveUpAt;
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    if (due === undefined || now < due) return;
    if (this.#state.name === 'active') this.#leaseEnded(this.#state, now);
    else this.#refuse(`not finished within ${this.#plan.timeoutMs} ms`);
  }

  #handleFrame(frame: HandoffFrame, now: Instant): void {
    switch (frame.kind) {
      case 'prepare':
        this.#startReturnRoutability();
        return;
      case 'init':
        if (this.#state.name !== 'preparing') return;
        this.#state = { name: 'initiated', init: frame, restored: false };
        // Return routability first: its messages travel while the socket is being re-created.
        this.#startReturnRoutability();
        this.#outputs.push({ kind: 'restore-socket', tcpState: frame.tcpState });
        return;
      case 'cancel':
        if (this.#state.name === 'active') this.#done(this.#state.sequence);
        else this.#refuse('cancelled by the donor');
        return;
      case 'released':
        if (this.#state.name === 'active') this.#settle();
        return;
      case 'grant':
        this.#granted(now);
        return;
      default:
        this.#proceed(now);
    }
  }

  /** Without a donor there may be nobody else to serve the client: as long as there is time it is asked again. */
  #failed(reason: string, unanswered: boolean): void {
    if (this.#state.name === 'active') return;
    const alone = this.#donor !== 'connected' && unanswered;
    if (alone && this.#state.name === 'binding') this.#bindAgain(this.#state);
    else if (!alone || this.#state.name !== 'initiated' || !this.#state.restored) this.#refuse(reason);
    else {
      this.#routable = 'no';
      this.#startReturnRoutability();
    }
  }

  #donorSeen(what: 'channel-lost' | 'channel-restored' | 'peer-gone', now: Instant): void {
    this.#donor = (
      { 'channel-lost': 'unreachable', 'channel-restored': 'connected', 'peer-gone': 'gone' } as const
    )[what];
    if (this.#state.name === 'active') {
      if (what === 'channel-restored') this.#done(this.#state.sequence);
      if (what === 'peer-gone') this.#settle();
    } else if (what === 'channel-restored' && this.#state.name === 'disputed') this.#claim();
    else if (what === 'peer-gone' && this.#state.name === 'disputed')
      // Its own answer may have come to this member, but as well it may have served on before it died.
      this.#refuse('the client may have been bound by the donor');
    else if (what === 'channel-restored') this.#refuse('the channel was lost on the way');
    else if (this.#state.name === 'preparing') this.#abandon('the channel to the donor is lost');
    else this.#proceed(now);
  }

  #startReturnRoutability(): void {
    if (this.#routable !== 'no') return;
    this.#routable = 'started';
    this.#outputs.push({ kind: 'start-return-routability' });
  }

  /** Binds the client when everything is there for it; not while the donor may be serving on. */
  #proceed(now: Instant): void {
    if (this.#donor === 'unreachable') return;
    if (this.#state.name === 'initiated' && this.#state.restored && this.#routable === 'complete') {
      const { init } = this.#state;
      // A donor that is no more contests nothing.
      const insists = this.#plan.claims === true && this.#donor !== 'gone';
      this.#state = { name: 'binding', init, since: now, insists };
      this.#outputs.push({ kind: 'bind', lastSequence: init.sequence, insists });
    }
  }

  #bindAgain({ init, insists }: Extract<AcceptorState, { name: 'binding' }>): void {
    if (insists && this.#donor !== 'gone')
      this.#outputs.push({ kind: 'bind', lastSequence: init.sequence, insists });
    else this.#outputs.push({ kind: 'renew' });
  }

  /** The donor has not used the number, so this member has: the client is bound here. */
  #granted(now: Instant): void {
    if (this.#state.name !== 'disputed') return;
    const { init } = this.#state;
    this.#state = { name: 'binding', init, since: now, insists: false };
    this.#outputs.push({ kind: 'renew' });
  }

  #claim(): void {
    this.#outputs.push({ kind: 'send', frame: { kind: 'claim', handoff: this.#plan.handoff } });
  }

  #acknowledged(sequence: number): void {
    if (this.#state.name === 'active') {
      const { asked, ...state } = this.#state;
      if (asked !== undefined) this.#state = { ...state, since: asked };
    } else if (this.#state.name === 'binding') this.#activate(this.#state, sequence);
  }

  #activate({ init, since }: { readonly init: InitFrame; readonly since: Instant }, sequence: number): void {
    this.#state = { name: 'active', sequence, since, renewals: 0 };
    // The application goes on first; the donor, which only cleans up, hears of it afterwards.
    this.#outputs.push({ kind: 'activate', applicationState: init.applicationState });
    if (this.#donor === 'gone') this.#settle();
    else this.#done(sequence);
  }

  #leaseEnd({ since, asked }: { readonly since: Instant; readonly asked?: Instant }): Instant {
    return (asked ?? since) + this.#plan.leaseMs;
  }

  #leaseEnded(state: Extract<AcceptorState, { name: 'active' }>, now: Instant): void {
    // Without an answer the client is cut off from here; it still is nobody else's.
    if (state.renewals >= MOST_RENEWALS) this.#settle();
    else {
      this.#state = { ...state, asked: now, renewals: state.renewals + 1 };
      this.#outputs.push({ kind: 'renew' });
    }
  }

  #superseded(): void {
    if (this.#state.name === 'binding' && this.#state.insists && this.#donor !== 'gone') {
      const { init, since } = this.#state;
      this.#state = { name: 'disputed', init, since };
      if (this.#donor === 'connected') this.#claim();
    } else if (this.#state.name === 'active') this.#stop('another member has bound the client');
    else this.#refuse('another member has bound the client');
  }

  #done(sequence: number): void {
    this.#outputs.push({ kind: 'send', frame: { kind: 'done', handoff: this.#plan.handoff, sequence } });
  }

  /** A Binding Update has gone out. */
  get #mayBeBound(): boolean {
    return this.#state.name === 'binding' || this.#state.name === 'disputed';
  }

  #settle(): void {
    this.#state = { name: 'finished' };
    this.#outputs.push({ kind: 'settled' });
  }

  #stop(reason: string): void {
    this.#state = { name: 'finished' };
    this.#outputs.push({ kind: 'stop', reason });
  }

  #refuse(reason: string): void {
    const { handoff } = this.#plan;
    this.#outputs.push({ kind: 'send', frame: { kind: 'refuse', handoff, bound: this.#mayBeBound, reason } });
    this.#abandon(reason);
  }

  #abandon(reason: string): void {
    const bound = this.#mayBeBound;
    this.#state = { name: 'finished' };
    this.#outputs.push({ kind: 'abandon', reason, bound });
  }
}
