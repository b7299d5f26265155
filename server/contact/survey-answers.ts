import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { SurveyedClient } from './group-frames.ts';

interface SurveyAnswersPlan {
  /** The client is served by this member, or is on its way here: Init has come. */
  isHere(client: Ipv6Address): boolean;
  /** Says to the contact node that asked which of its clients are here. */
  answer(to: Ipv6Address, dead: Ipv6Address, clients: readonly SurveyedClient[]): void;
}

/**
 * What a member says when the contact node asks for clients of a member that has ended. It says so only when its own channel to that one
 * is no more: what the dead one has sent may still be on its way here, and behind it nothing can be.
 */
export class SurveyAnswers {
  readonly #plan: SurveyAnswersPlan;
  readonly #standing = new Set<Ipv6Address>();
  /** by the member that has ended, then by who asks: the last question */
  readonly #open = new Map<Ipv6Address, Map<Ipv6Address, readonly Ipv6Address[]>>();

  constructor(plan: SurveyAnswersPlan) {
    this.#plan = plan;
  }

  /** The channel to a member stands. */
  connected(peer: Ipv6Address): void {
    this.#standing.add(peer);
  }

  /** It does not. Who asked over it asks again. */
  disconnected(peer: Ipv6Address): void {
    this.#standing.delete(peer);
    for (const [dead, questions] of this.#open) {
      questions.delete(peer);
      if (questions.size === 0) this.#open.delete(dead);
    }
    const questions = this.#open.get(peer) ?? new Map<Ipv6Address, readonly Ipv6Address[]>();
    this.#open.delete(peer);
    for (const [from, clients] of questions) this.#answer(from, peer, clients);
  }

  asked(from: Ipv6Address, dead: Ipv6Address, clients: readonly Ipv6Address[]): void {
    if (!this.#standing.has(dead)) this.#answer(from, dead, clients);
    else this.#open.set(dead, (this.#open.get(dead) ?? new Map()).set(from, clients));
  }

  #answer(from: Ipv6Address, dead: Ipv6Address, clients: readonly Ipv6Address[]): void {
    const { answer, isHere } = this.#plan;
    answer(
      from,
      dead,
      clients.map((client) => ({ client, taken: isHere(client) })),
    );
  }
}
