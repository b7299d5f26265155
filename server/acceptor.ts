import type { Instant, Role } from '../mip6/roles/role.ts';
import type { Ipv6Address } from '../mip6/wire/address.ts';
import type { ChannelFrame, InitFrame } from './channel-frames.ts';

/** One handoff as its acceptor sees it (paper §3.2, Fig. 6; §4.2, Fig. 8). */
export interface AcceptorPlan {
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** ms from the first frame until the acceptor gives the handoff up */
  readonly timeoutMs: number;
}

export type AcceptorInput =
  | { readonly kind: 'frame'; readonly frame: ChannelFrame }
  | { readonly kind: 'return-routability-complete' }
  /** answer to `restore-socket`: the socket stands, frozen */
  | { readonly kind: 'restored' }
  | { readonly kind: 'binding-acknowledged'; readonly sequence: number }
  /** a local step failed: restoring the socket, return routability, or the client refused the binding */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'channel-lost' };

export type AcceptorOutput =
  | { readonly kind: 'send'; readonly frame: ChannelFrame }
  | { readonly kind: 'start-return-routability' }
  /** re-create the frozen socket, answer with `restored` */
  | { readonly kind: 'restore-socket'; readonly tcpState: Uint8Array }
  /** send the Binding Update, its sequence number following the donor's */
  | { readonly kind: 'bind'; readonly lastSequence: number }
  /** the client sends to this member now: unfreeze the socket and hand it to the application */
  | { readonly kind: 'activate'; readonly applicationState: Uint8Array }
  /** the handoff has failed: discard the frozen socket, if there is one, without a packet */
  | { readonly kind: 'abandon'; readonly reason: string };

type AcceptorState =
  | { readonly name: 'preparing' }
  | { readonly name: 'initiated'; readonly init: InitFrame; readonly restored: boolean }
  | { readonly name: 'binding'; readonly init: InitFrame }
  | { readonly name: 'finished' };

/** The acceptor's half of a handoff; ends with `activate` or `abandon`, exactly once. */
export class Acceptor implements Role<AcceptorInput, AcceptorOutput> {
  readonly #plan: AcceptorPlan;
  readonly #giveUpAt: Instant;
  #state: AcceptorState = { name: 'preparing' };
  #routable: 'no' | 'started' | 'complete' = 'no';
  #outputs: AcceptorOutput[] = [];

  constructor(plan: AcceptorPlan, now: Instant) {
    this.#plan = plan;
    this.#giveUpAt = now + plan.timeoutMs;
  }

  get finished(): boolean {
    return this.#state.name === 'finished';
  }

  handle(input: AcceptorInput, _now: Instant): void {
    if (this.#state.name === 'finished') return;
    switch (input.kind) {
      case 'frame':
        this.#handleFrame(input.frame);
        return;
      case 'return-routability-complete':
        this.#routable = 'complete';
        this.#bindWhenReady();
        return;
      case 'restored':
        if (this.#state.name === 'initiated') this.#state = { ...this.#state, restored: true };
        this.#bindWhenReady();
        return;
      case 'binding-acknowledged':
        this.#acknowledged(input.sequence);
        return;
      case 'failed':
        this.#refuse(input.reason);
        return;
      case 'channel-lost':
        this.#abandon('the channel to the donor is lost');
        return;
      default:
        input satisfies never;
    }
  }

  poll(): AcceptorOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.finished ? undefined : this.#giveUpAt;
  }

  handleTimeout(now: Instant): void {
    if (!this.finished && now >= this.#giveUpAt)
      this.#refuse(`not finished within ${this.#plan.timeoutMs} ms`);
  }

  #handleFrame(frame: ChannelFrame): void {
    if (frame.kind === 'prepare') this.#startReturnRoutability();
    if (frame.kind === 'init' && this.#state.name === 'preparing') {
      this.#state = { name: 'initiated', init: frame, restored: false };
      // Return routability first: its messages travel while the socket is being re-created.
      this.#startReturnRoutability();
      this.#outputs.push({ kind: 'restore-socket', tcpState: frame.tcpState });
    }
  }

  #startReturnRoutability(): void {
    if (this.#routable !== 'no') return;
    this.#routable = 'started';
    this.#outputs.push({ kind: 'start-return-routability' });
  }

  #bindWhenReady(): void {
    if (this.#state.name !== 'initiated' || !this.#state.restored || this.#routable !== 'complete') return;
    const { init } = this.#state;
    this.#state = { name: 'binding', init };
    this.#outputs.push({ kind: 'bind', lastSequence: init.sequence });
  }

  #acknowledged(sequence: number): void {
    if (this.#state.name !== 'binding') return;
    const { init } = this.#state;
    this.#state = { name: 'finished' };
    // The application goes on first; the donor, which only cleans up, hears of it afterwards.
    this.#outputs.push({ kind: 'activate', applicationState: init.applicationState });
    this.#outputs.push({ kind: 'send', frame: { kind: 'done', handoff: this.#plan.handoff, sequence } });
  }

  #refuse(reason: string): void {
    this.#outputs.push({ kind: 'send', frame: { kind: 'refuse', handoff: this.#plan.handoff, reason } });
    this.#abandon(reason);
  }

  #abandon(reason: string): void {
    this.#state = { name: 'finished' };
    this.#outputs.push({ kind: 'abandon', reason });
  }
}
