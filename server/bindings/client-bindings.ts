import type { MobileNodeEvent } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Numbering } from '../../mip6/roles/mobile-node/numbering.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { BindingStatus } from '../../mip6/wire/constants.ts';
import { contestedSequence, inheritingSequence } from '../sequence-margin.ts';

/**
 * What comes of the steps towards a client's binding. The client itself answers or, for one without Mobile IPv6, the contact node in
 * its place: a handoff does not tell them apart.
 */
export type BindingAnswer =
  /** return routability has been run (RFC 6275 §5.2.7); `careOf`: for who binds the client to this member in its place */
  | { readonly kind: 'routable'; readonly careOf?: CareOfProof }
  /** the client sends to this member now */
  | { readonly kind: 'bound'; readonly sequence: number }
  /**
   * the client has accepted this sequence number, or a later one, before: of another member, or of this one (status 135). `accepted`: the last
   * number that it has accepted, as it says
   */
  | { readonly kind: 'superseded'; readonly reason: string; readonly accepted?: number }
  /** another member answers in the client's place by now, and it does not know its predecessor's answers */
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly reason: string }
  /** there is no answer, however often it was asked */
  | { readonly kind: 'unanswered'; readonly reason: string };

/** The client has answered at this member's care-of address (RFC 6275 §5.2.5): a secret between members, which no log has. */
export interface CareOfProof {
  readonly careOfNonceIndex: number;
  /** 8 octets */
  readonly careOfKeygenToken: Uint8Array;
  /** ms since the test was sent: what is left of a token's life is less by as much */
  readonly ageMs: number;
  /** between client and acceptor, one way, as the test has measured, ms; 0: not known */
  readonly tripMs: number;
}

/** The client has answered at the home address (RFC 6275 §5.2.5): as secret. Whichever member has it may use it beside a care-of token of its own. */
export interface HomeProof {
  readonly homeNonceIndex: number;
  /** 8 octets */
  readonly homeKeygenToken: Uint8Array;
  /** ms since the test was sent */
  readonly ageMs: number;
}

/** The answer, with whose it is. */
export type AnswerOfClient = BindingAnswer & { readonly client: Ipv6Address };

/** What an event of the mobile node says to that; undefined when it is none of an answer. */
export function answerOfEvent(event: MobileNodeEvent): AnswerOfClient | undefined {
  switch (event.kind) {
    case 'return-routability-complete':
      return { kind: 'routable', client: event.correspondent };
    case 'binding-acknowledged':
      return { kind: 'bound', client: event.correspondent, sequence: event.sequence };
    case 'binding-rejected': {
      if (event.retrying) return undefined;
      const superseded = event.status === BindingStatus.sequenceNumberOutOfWindow;
      const reason = `the client rejects the binding: status ${event.status}`;
      const { correspondent: client, sequence: accepted } = event;
      return superseded
        ? { kind: 'superseded', client, reason, accepted }
        : { kind: 'refused', client, reason };
    }
    case 'gave-up':
      return {
        kind: 'unanswered',
        client: event.correspondent,
        reason: `the client does not answer: ${event.step}`,
      };
    default:
      return undefined;
  }
}

/** What a handoff asks for towards a client's binding; every question is one that BindingAnswer answers. */
export type BindingRequest =
  /** `home`: the donor's, so that the care-of test is all that is missing; `renewed`: both are asked for anew, and those of before stay good until then */
  | { readonly kind: 'start-return-routability'; readonly home?: HomeProof; readonly renewed?: true }
  /**
   * Send the Binding Update, its sequence number following the donor's; `insists`: this number and no other, however often it has to be
   * sent, since the donor may use it too; `copies` of it at once (default 1); `optimisesAt`: when data begins to go the optimised
   * way (default: with the acknowledgement)
   */
  | {
      readonly kind: 'bind';
      readonly lastSequence: number;
      readonly insists: boolean;
      readonly copies?: number;
      readonly optimisesAt?: 'update' | 'acknowledgement';
    }
  /** the donor has bound the client to this member, under this number at last: data goes the optimised way, and this member asks soon itself */
  | { readonly kind: 'adopt'; readonly sequence: number }
  /**
   * Send the Binding Update once more, under greater numbers: the first one is this member's, or nobody's any more. `inherits`: the donor has died,
   * and a number of it may be under way
   */
  | {
      readonly kind: 'bind-again';
      readonly lastSequence: number;
      readonly inherits: boolean;
      readonly optimisesAt?: 'update' | 'acknowledgement';
    }
  /** bind once more: the answer, if there is one, tells whether the client is this member's */
  | { readonly kind: 'renew' }
  /** bind the client to this member again, unless the acceptor has bound it: under this number, the first of the acceptor's */
  | { readonly kind: 'contest'; readonly sequence: number }
  /** bind the client to this member again, whoever has bound it: from this sequence number on */
  | { readonly kind: 'reclaim'; readonly sequence: number };

/**
 * How the Binding Update of each request is numbered. Every one of them gives way to another member's: of two members with the same home
 * address only one may go on, whoever the client says.
 */
export function numberingOf(
  request: Exclude<BindingRequest, { kind: 'start-return-routability' | 'adopt' }>,
): Numbering {
  switch (request.kind) {
    case 'bind': {
      const number = contestedSequence(request.lastSequence);
      return request.insists ? { kind: 'fixed', number } : { kind: 'contested', first: number };
    }
    case 'bind-again':
      return request.inherits
        ? { kind: 'yielding', first: inheritingSequence(request.lastSequence) }
        : { kind: 'yielding' };
    case 'contest':
      return { kind: 'fixed', number: request.sequence };
    case 'reclaim':
      return { kind: 'yielding', first: request.sequence };
    case 'renew':
      return { kind: 'yielding' };
    default:
      return request satisfies never;
  }
}
