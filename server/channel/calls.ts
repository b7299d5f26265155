import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Deadlines } from '../deadlines.ts';

/** ms between two calls of a peer that does not answer: the first pause, and the longest after doubling */
export const RETRY_MS = { first: 200, longest: 5000 } as const;

export interface CallsPlan {
  /** ms for which a call may be unanswered */
  readonly timeoutMs: number;
  /** Whether this peer is still to be called. */
  isWanted(peer: Ipv6Address): boolean;
  /** Whether it is called again without a pause: there is another key to try. */
  isUrgent(peer: Ipv6Address): boolean;
}

export type CallsInput =
  /** `call`: it is to be called; `cancel`: it is to be called no more */
  | { readonly kind: 'call' | 'cancel'; readonly peer: Ipv6Address }
  /** The peer is there, and waits for its next call perhaps: it is called now. */
  | { readonly kind: 'hasten'; readonly peer: Ipv6Address }
  /** What came of the call with this number: its host has answered; the connection, or the attempt, is over. */
  | { readonly kind: 'answered' | 'closed'; readonly call: number };

export type CallsOutput =
  | { readonly kind: 'connect'; readonly peer: Ipv6Address; readonly call: number }
  /** Nobody has answered this call in time. */
  | { readonly kind: 'hang-up'; readonly call: number };

interface Call {
  readonly peer: Ipv6Address;
  /** until the next one, when this one has come to nothing */
  readonly pauseMs: number;
}

/** A member's calls to others, again and again, at growing intervals, until they are wanted no more. */
export class Calls implements Role<CallsInput, CallsOutput> {
  readonly #plan: CallsPlan;
  readonly #calls = new Map<number, Call>();
  readonly #unanswered = new Deadlines<number>();
  /** until the next call of a peer; none while one is under way */
  readonly #pauses = new Deadlines<Ipv6Address>();
  readonly #pauseMs = new Map<Ipv6Address, number>();
  readonly #outputs: CallsOutput[] = [];
  #last = 0;

  constructor(plan: CallsPlan) {
    this.#plan = plan;
  }

  handle(input: CallsInput, now: Instant): void {
    switch (input.kind) {
      case 'call':
        this.#call({ peer: input.peer, pauseMs: RETRY_MS.first }, now);
        return;
      case 'hasten':
        if (this.#pauses.delete(input.peer)) this.#call({ peer: input.peer, pauseMs: RETRY_MS.first }, now);
        return;
      case 'cancel':
        this.#pauses.delete(input.peer);
        return;
      case 'answered':
        this.#unanswered.delete(input.call);
        return;
      case 'closed':
        this.#closed(input.call, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): CallsOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    const [unanswered, pause] = [this.#unanswered.next(), this.#pauses.next()];
    return unanswered === undefined ? pause : Math.min(unanswered, pause ?? unanswered);
  }

  handleTimeout(now: Instant): void {
    for (const call of this.#unanswered.due(now)) this.#outputs.push({ kind: 'hang-up', call });
    for (const peer of this.#pauses.due(now)) {
      const pauseMs = Math.min(2 * (this.#pauseMs.get(peer) ?? RETRY_MS.first), RETRY_MS.longest);
      this.#pauseMs.delete(peer);
      if (this.#plan.isWanted(peer)) this.#call({ peer, pauseMs }, now);
    }
  }

  #call(call: Call, now: Instant): void {
    const number = ++this.#last;
    this.#calls.set(number, call);
    // The kernel alone would call at ever longer intervals, and find a way that is open again only minutes later.
    this.#unanswered.set(number, now + this.#plan.timeoutMs);
    this.#outputs.push({ kind: 'connect', peer: call.peer, call: number });
  }

  #closed(number: number, now: Instant): void {
    const call = this.#calls.get(number);
    this.#calls.delete(number);
    this.#unanswered.delete(number);
    if (call === undefined || !this.#plan.isWanted(call.peer)) return;
    this.#pauses.delete(call.peer);
    if (this.#plan.isUrgent(call.peer)) this.#call(call, now);
    else {
      this.#pauses.set(call.peer, now + call.pauseMs);
      this.#pauseMs.set(call.peer, call.pauseMs);
    }
  }
}
