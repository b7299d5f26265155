import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Epoch } from '../contact/epochs.ts';
import type { ZoneFrame } from './zone-frames.ts';

interface ContactPublicationPlan {
  readonly contactAddress: Ipv6Address;
  /** ms for the name server to confirm a withdrawal; without it the address stays in use */
  readonly withdrawMs: number;
}

export type ContactPublicationInput =
  /** this member is the contact node, registered */
  | { readonly kind: 'serving'; readonly epoch: Epoch }
  /** it is no more */
  | { readonly kind: 'released' }
  /** the address shall go out of use */
  | { readonly kind: 'retire' }
  /** there is a new connection to the name server: what was said on the last one may be lost */
  | { readonly kind: 'connected' }
  | { readonly kind: 'frame'; readonly frame: ZoneFrame };

/** `expired`: no resolver knows the address any more. Otherwise it stays in use, and in the DNS. */
export type RetirementOutcome = 'expired' | 'kept' | 'refused' | 'unconfirmed' | 'not-serving';

export type ContactPublicationOutput =
  | { readonly kind: 'send'; readonly frame: ZoneFrame }
  | { readonly kind: 'published'; readonly serial: number }
  | { readonly kind: 'refused' }
  /** the name server gives the address out no more; resolvers may for so long */
  | { readonly kind: 'withdrawn'; readonly serial: number; readonly remainingMs: number }
  | { readonly kind: 'retired'; readonly outcome: RetirementOutcome };

type State =
  | { readonly name: 'idle' }
  | { readonly name: 'serving'; readonly epoch: Epoch }
  | { readonly name: 'withdrawing'; readonly epoch: Epoch; readonly giveUpAt: Instant }
  | { readonly name: 'fading'; readonly epoch: Epoch; readonly until: Instant };

/**
 * A contact node's side of publication (paper §7.3): it says when its address is reachable, and before the address ends, that
 * nobody shall come to it any more. Once the name server has confirmed that, the end needs neither it nor anybody else.
 */
export class ContactPublication implements Role<ContactPublicationInput, ContactPublicationOutput> {
  readonly #plan: ContactPublicationPlan;
  readonly #outputs: ContactPublicationOutput[] = [];
  #state: State = { name: 'idle' };

  constructor(plan: ContactPublicationPlan) {
    this.#plan = plan;
  }

  handle(input: ContactPublicationInput, now: Instant): void {
    switch (input.kind) {
      case 'serving':
        // A refreshed registration is no news.
        if (this.#state.name !== 'idle' && this.#state.epoch >= input.epoch) return;
        this.#end('not-serving');
        this.#state = { name: 'serving', epoch: input.epoch };
        this.#ask();
        return;
      case 'released':
        this.#end('not-serving');
        return;
      case 'retire':
        this.#retire(now);
        return;
      case 'connected':
        this.#ask();
        return;
      case 'frame':
        this.#told(input.frame, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): ContactPublicationOutput | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    if (this.#state.name === 'withdrawing') return this.#state.giveUpAt;
    return this.#state.name === 'fading' ? this.#state.until : undefined;
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    if (due === undefined || now < due) return;
    this.#end(this.#state.name === 'fading' ? 'expired' : 'unconfirmed');
  }

  #retire(now: Instant): void {
    const state = this.#state;
    if (state.name === 'idle') this.#outputs.push({ kind: 'retired', outcome: 'not-serving' });
    if (state.name !== 'serving') return;
    const giveUpAt = now + this.#plan.withdrawMs;
    this.#state = { name: 'withdrawing', epoch: state.epoch, giveUpAt };
    this.#ask();
  }

  #told(frame: ZoneFrame, now: Instant): void {
    const state = this.#state;
    if (frame.kind !== 'zone-state' || state.name === 'idle' || frame.epoch !== state.epoch) return;
    const { outcome, serial, remainingMs } = frame;
    if (state.name === 'serving') {
      if (outcome === 'published') this.#outputs.push({ kind: 'published', serial });
      if (outcome === 'refused') this.#outputs.push({ kind: 'refused' });
    } else if (state.name === 'withdrawing') {
      if (outcome === 'withdrawn') {
        this.#state = { name: 'fading', epoch: state.epoch, until: now + remainingMs };
        this.#outputs.push({ kind: 'withdrawn', serial, remainingMs });
      } else if (outcome !== 'published') this.#end(outcome);
    }
  }

  #ask(): void {
    const { name } = this.#state;
    if (name !== 'serving' && name !== 'withdrawing') return;
    const kind = name === 'serving' ? 'zone-publish' : 'zone-withdraw';
    const { contactAddress } = this.#plan;
    this.#outputs.push({ kind: 'send', frame: { kind, contactAddress, epoch: this.#state.epoch } });
  }

  /** A retirement that is under way ends so. */
  #end(outcome: RetirementOutcome): void {
    const { name } = this.#state;
    this.#state = { name: 'idle' };
    if (name === 'withdrawing' || name === 'fading') this.#outputs.push({ kind: 'retired', outcome });
  }
}
