import type { Instant, Role } from '../mip6/roles/role.ts';
import type { Ipv6Address } from '../mip6/wire/address.ts';
import type { ChannelFrame } from './channel-frames.ts';
import type { HandoffVariant } from './variants.ts';

/** One handoff as its donor sees it (paper §4.2, Fig. 8; §6.3, §6.4 for drain and Prepare). */
export interface DonorPlan {
  readonly handoff: number;
  readonly client: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly variant: HandoffVariant;
  /** the paper's waiting time (§6.3): from the last `send()` returning to the freeze, where the variant does not drain; ms */
  readonly waitMs: number;
  /** ms from Init until the donor takes the handoff for failed and serves on */
  readonly doneTimeoutMs: number;
  readonly applicationState: Uint8Array;
}

export type DonorInput =
  /** the last `send()` has returned: every octet of the donor's part is in the socket */
  | { readonly kind: 'last-send-returned' }
  /** the client has acknowledged every octet */
  | { readonly kind: 'drained' }
  /** answer to `freeze-and-extract` */
  | { readonly kind: 'extracted'; readonly tcpState: Uint8Array; readonly sequence: number }
  | { readonly kind: 'frame'; readonly frame: ChannelFrame }
  | { readonly kind: 'channel-lost' }
  /** the client has closed or reset its connection */
  | { readonly kind: 'client-gone' };

export type DonorOutput =
  | { readonly kind: 'send'; readonly frame: ChannelFrame }
  /** tell me `drained` once the socket is empty */
  | { readonly kind: 'watch-drain' }
  /** freeze the socket, read its state, answer with `extracted` */
  | { readonly kind: 'freeze-and-extract' }
  /** the acceptor serves the client now: close the frozen socket without a packet, forget the binding */
  | { readonly kind: 'handed-off'; readonly sequence: number }
  /** the handoff has failed: unfreeze the socket and serve on */
  | { readonly kind: 'resume'; readonly reason: string };

type DonorState =
  | { readonly name: 'sending' }
  | { readonly name: 'draining' }
  | { readonly name: 'waiting'; readonly until: Instant }
  | { readonly name: 'extracting' }
  | { readonly name: 'initiated'; readonly until: Instant }
  | { readonly name: 'finished' };

/** The donor's half of a handoff; ends with `handed-off` or `resume`, exactly once. */
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
      case 'frame':
        this.#handleFrame(input.frame);
        return;
      case 'channel-lost':
        this.#fail('the channel to the acceptor is lost');
        return;
      case 'client-gone':
        this.#fail('the client has closed its connection');
        return;
      default:
        input satisfies never;
    }
  }

  poll(): DonorOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    return this.#state.name === 'waiting' || this.#state.name === 'initiated' ? this.#state.until : undefined;
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    if (due === undefined || now < due) return;
    if (this.#state.name === 'waiting') this.#freeze();
    else this.#fail(`no Done within ${this.#plan.doneTimeoutMs} ms`);
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
    this.#state = { name: 'initiated', until: now + doneTimeoutMs };
    this.#send({ kind: 'init', handoff, client, contactAddress, sequence, tcpState, applicationState });
  }

  #handleFrame(frame: ChannelFrame): void {
    if (this.#state.name === 'finished' || !('handoff' in frame) || frame.handoff !== this.#plan.handoff)
      return;
    if (frame.kind === 'refuse') this.#fail(`the acceptor refuses: ${frame.reason}`);
    if (frame.kind === 'done' && this.#state.name === 'initiated') {
      this.#state = { name: 'finished' };
      this.#outputs.push({ kind: 'handed-off', sequence: frame.sequence });
    }
  }

  #fail(reason: string): void {
    if (this.#state.name === 'finished') return;
    this.#state = { name: 'finished' };
    this.#outputs.push({ kind: 'resume', reason });
  }

  #send(frame: ChannelFrame): void {
    this.#outputs.push({ kind: 'send', frame });
  }
}
