import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { Deadlines } from '../deadlines.ts';
import type { ConnectionPorts } from './forwarding-frames.ts';

/** ms without an answer, from this contact node or the next one, after which the question is given up */
const ANSWER_TIMEOUT_MS = 30_000;

/** What a member asks the contact node for, about connections of one client without Mobile IPv6. */
export interface ForwardingQuestion {
  readonly client: Ipv6Address;
  readonly sequence: number;
  /** `take`: as its acceptor; `contest`: as its donor, which does not know whether that one has it; `forward`: as who has it */
  readonly what: 'forward' | 'take' | 'contest';
  readonly connections: readonly ConnectionPorts[];
}

/** Questions without an answer yet: several handoffs of a client may come at the same time, and under the same number. */
export class ForwardingQuestions implements Role<ForwardingQuestion, ForwardingQuestion> {
  readonly #until = new Deadlines<ForwardingQuestion>();
  readonly #open = new Set<ForwardingQuestion>();
  readonly #givenUp: ForwardingQuestion[] = [];

  get all(): readonly ForwardingQuestion[] {
    return [...this.#open];
  }

  of(client: Ipv6Address): readonly ForwardingQuestion[] {
    return this.all.filter((question) => question.client === client);
  }

  /** One more is asked. */
  handle(question: ForwardingQuestion, now: Instant): void {
    this.#open.add(question);
    this.#until.set(question, now + ANSWER_TIMEOUT_MS);
  }

  /** It is answered, or nobody wants to know any more; false when it was not open. */
  close(question: ForwardingQuestion): boolean {
    this.#until.delete(question);
    return this.#open.delete(question);
  }

  /** One that has been given up. */
  poll(): ForwardingQuestion | undefined {
    return this.#givenUp.shift();
  }

  deadline(): Instant | undefined {
    return this.#until.next();
  }

  handleTimeout(now: Instant): void {
    for (const question of this.#until.due(now)) {
      this.#open.delete(question);
      this.#givenUp.push(question);
    }
  }
}
