import { isDeepStrictEqual } from 'node:util';
import { Outbox } from '../../mip6/roles/shared/outbox.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { newerSequence } from '../../mip6/roles/shared/sequence.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { AnswerOfClient, BindingRequest } from '../bindings/client-bindings.ts';
import { MOST_FORWARDED } from '../channel/frame-limits.ts';
import { contestedSequence } from '../sequence-margin.ts';
import type { ConnectionPorts, ForwardingFrame } from './forwarding-frames.ts';
import { type ForwardingQuestion, ForwardingQuestions } from './forwarding-questions.ts';
import type { ForwardingOutcome } from './forwarding-table.ts';

type Forward = Extract<ForwardingFrame, { readonly kind: 'forward' }>;

export interface PlainBindingsPlan {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  /** The home agent has accepted this member as the contact node: what it knows by itself decides. A claim may come to nothing. */
  inOffice(): boolean;
  send(peer: Ipv6Address, frame: ForwardingFrame): boolean;
  /** What this member answers itself, as the contact node. */
  answer(frame: Forward, peer: Ipv6Address): ForwardingOutcome;
  /** The connections of this client that are on their way here; with `sequence`, of handoffs whose Init had this one. */
  expectedOf(client: Ipv6Address, sequence?: number): readonly ConnectionPorts[];
  /** Those that are here. */
  openOf(client: Ipv6Address): readonly ConnectionPorts[];
  /** Nothing is known of this client's connections any more, unless some are open here. */
  onForget(client: Ipv6Address): void;
}

export type PlainBindingsInput =
  /** what a handoff asks for, in the client's place */
  | { readonly kind: 'ask'; readonly client: Ipv6Address; readonly request: BindingRequest }
  /** The contact node may have heard nothing from its predecessor of what is here of these clients. */
  | { readonly kind: 'announce'; readonly clients: Iterable<Ipv6Address> }
  /** the contact node's answer */
  | { readonly kind: 'answered'; readonly frame: Extract<ForwardingFrame, { readonly kind: 'forwarded' }> }
  /** Questions may have been lost with the channel to the contact node, or this member's claim has been accepted. */
  | { readonly kind: 'send-again' }
  /** another member is the contact node, or another process of it */
  | { readonly kind: 'ask-another' }
  /** This member has nothing more to do with the client; other connections of it may be on their way here, and keep what is asked for them. */
  | { readonly kind: 'forget'; readonly client: Ipv6Address }
  /** the same, and what is asked of others stays asked */
  | { readonly kind: 'handed-off'; readonly client: Ipv6Address }
  /** A handoff to this member is over: nobody asks any more for what is neither here nor coming. */
  | { readonly kind: 'over'; readonly client: Ipv6Address };

/**
 * The bindings of clients without Mobile IPv6, as handoffs know bindings: in the client's place the contact node keeps them and
 * answers. Return routability, whose purpose is to convince the client, is complete at once.
 */
export class PlainBindings implements Role<PlainBindingsInput, AnswerOfClient> {
  readonly #plan: PlainBindingsPlan;
  readonly #outputs = new Outbox<AnswerOfClient>();
  /** the last number that the contact node has accepted of each client */
  readonly #sequences = new Map<Ipv6Address, number>();
  readonly #open = new ForwardingQuestions();
  /** as sent to the contact node, which answers in order; a question that went out twice is here twice */
  #asked: ForwardingQuestion[] = [];

  constructor(plan: PlainBindingsPlan) {
    this.#plan = plan;
  }

  lastSequence(client: Ipv6Address): number | undefined {
    return this.#sequences.get(client);
  }

  handle(input: PlainBindingsInput, now: Instant): void {
    switch (input.kind) {
      case 'ask':
        this.#request(input.client, input.request, now);
        return;
      case 'announce':
        this.#announce(input.clients, now);
        return;
      case 'answered':
        this.#answered(input.frame);
        return;
      case 'send-again':
        this.#sendAgain();
        return;
      case 'ask-another':
        this.#askAnother();
        return;
      case 'forget':
        this.#drop(input.client, this.#plan.expectedOf(input.client));
        if (this.#open.of(input.client).length === 0) this.#forgetAll(input.client);
        return;
      case 'handed-off': {
        const coming = this.#plan.expectedOf(input.client).length > 0;
        if (!coming && this.#open.of(input.client).length === 0) this.#forgetAll(input.client);
        return;
      }
      case 'over':
        this.#drop(input.client, [
          ...this.#plan.expectedOf(input.client),
          ...this.#plan.openOf(input.client),
        ]);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): AnswerOfClient | undefined {
    return this.#outputs.poll();
  }

  deadline(): Instant | undefined {
    return this.#open.deadline();
  }

  handleTimeout(now: Instant): void {
    this.#open.handleTimeout(now);
    for (let given = this.#open.poll(); given !== undefined; given = this.#open.poll())
      this.#tell({ kind: 'unanswered', client: given.client, reason: 'the contact node does not answer' });
  }

  #request(client: Ipv6Address, request: BindingRequest, now: Instant): void {
    switch (request.kind) {
      case 'start-return-routability':
        this.#tell({ kind: 'routable', client });
        return;
      // The contact node knows whose the number is.
      case 'bind':
      case 'bind-again':
        this.#take(client, request.lastSequence, now);
        return;
      // Nobody else binds such a client in band: it is asked for as after any handoff.
      case 'adopt':
        this.#take(client, request.sequence, now);
        return;
      case 'renew':
        this.#renew(client, now);
        return;
      case 'contest':
        this.#ask(
          { client, sequence: request.sequence, what: 'contest', connections: this.#plan.openOf(client) },
          now,
        );
        return;
      case 'reclaim':
        this.#ask(
          { client, sequence: request.sequence, what: 'forward', connections: this.#plan.openOf(client) },
          now,
        );
        return;
      default:
        request satisfies never;
    }
  }

  #answered({ client, sequence, outcome, reason }: Extract<ForwardingFrame, { kind: 'forwarded' }>): void {
    const question = this.#asked.find((one) => one.client === client && one.sequence === sequence);
    if (question === undefined) return;
    this.#asked.splice(this.#asked.indexOf(question), 1);
    this.#settle(question, outcome === 'refused' ? { kind: outcome, reason } : { kind: outcome });
  }

  /**
   * Another member is the contact node, or another process of it. What donor and acceptor have asked its predecessor, one of them may have been granted;
   * the successor need not know, and is not asked before the handoff says so.
   */
  #askAnother(): void {
    for (const question of this.#open.all)
      if (isHandoffs(question) && this.#open.close(question))
        this.#tell({ kind: 'moved', client: question.client });
    this.#sendAgain();
  }

  #sendAgain(): void {
    this.#asked = [];
    for (const question of this.#open.all) this.#send(question);
  }

  #announce(clients: Iterable<Ipv6Address>, now: Instant): void {
    for (const client of clients) {
      const asked = connectionsOf(this.#open.of(client));
      const connections = this.#plan.openOf(client).filter(isNotAmong(asked));
      const sequence = this.lastSequence(client) ?? 0;
      if (connections.length > 0) this.#ask({ client, sequence, what: 'forward', connections }, now);
    }
  }

  #take(client: Ipv6Address, lastSequence: number, now: Instant): void {
    // Two donors may know of the same number: what one handoff has asked for is not the other's.
    const expected = this.#plan.expectedOf(client, lastSequence);
    const connections = expected.filter(isNotAmong(connectionsOf(this.#open.of(client))));
    this.#ask({ client, sequence: contestedSequence(lastSequence), what: 'take', connections }, now);
  }

  /** The same question again: whether the connections still are this member's. */
  #renew(client: Ipv6Address, now: Instant): void {
    const sequence = this.lastSequence(client) ?? 0;
    const others = this.#open.of(client).filter((one) => one.sequence !== sequence || one.what !== 'forward');
    const connections = this.#plan.openOf(client).filter(isNotAmong(connectionsOf(others)));
    this.#ask({ client, sequence, what: 'forward', connections }, now);
  }

  /** A later question about a connection takes the place of an earlier one; the same question again only goes out again. */
  #ask(question: ForwardingQuestion, now: Instant): void {
    const open = this.#open.of(question.client);
    const same = open.find((one) => isDeepStrictEqual(one, question));
    if (same !== undefined) {
      this.#send(same);
      return;
    }
    const { connections } = question;
    for (const one of open)
      if (one.connections.length === 0 || !one.connections.every(isNotAmong(connections)))
        this.#open.close(one);
    this.#open.handle(question, now);
    this.#send(question);
  }

  #send(question: ForwardingQuestion): void {
    const { careOfAddress, contactAddress, contactNode, answer, inOffice, send } = this.#plan;
    const { client, sequence, connections } = question;
    const what = question.what === 'take' ? 'forward' : question.what;
    const frame = { kind: 'forward', contactAddress, client, sequence, what, connections } as const;
    const contact = contactNode();
    if (contact === careOfAddress) {
      // Until the home agent has accepted it, another member may be the contact node, and have given an answer.
      if (inOffice()) this.#settle(question, answer(frame, careOfAddress));
    }
    // Out of reach: the channel, or another contact node, comes in time or the question is given up.
    else if (connections.length > MOST_FORWARDED)
      this.#settle(question, { kind: 'refused', reason: `${connections.length} connections at a time` });
    else if (contact !== undefined && send(contact, frame)) this.#asked.push(question);
  }

  #settle(question: ForwardingQuestion, outcome: ForwardingOutcome): void {
    if (!this.#open.close(question)) return;
    const { client, sequence } = question;
    switch (outcome.kind) {
      case 'accepted': {
        // Groups of a client's connections come under numbers of their own; the next handoff's must be above them all.
        const last = this.#sequences.get(client) ?? sequence;
        this.#sequences.set(client, newerSequence(sequence, last));
        this.#tell({ kind: 'bound', client, sequence });
        return;
      }
      case 'superseded':
        this.#tell({
          kind: 'superseded',
          client,
          reason: 'the contact node sends the client to another member',
        });
        return;
      case 'refused':
        this.#tell({ kind: 'refused', client, reason: `the contact node refuses: ${outcome.reason}` });
        return;
      default:
        outcome satisfies never;
    }
  }

  /** Questions about none of `kept` are asked no more. */
  #drop(client: Ipv6Address, kept: readonly ConnectionPorts[]): void {
    for (const question of this.#open.of(client))
      if (question.connections.every(isNotAmong(kept))) this.#open.close(question);
  }

  /** Of connections that are here still the next handoff's number must be above what they came under. */
  #forgetAll(client: Ipv6Address): void {
    this.#drop(client, []);
    if (this.#plan.openOf(client).length === 0) this.#sequences.delete(client);
    this.#plan.onForget(client);
  }

  #tell(answer: AnswerOfClient): void {
    this.#outputs.push(answer);
  }
}

/** Of the two members of a handoff one may have the connections. */
function isHandoffs({ what }: ForwardingQuestion): boolean {
  return what === 'take' || what === 'contest';
}

function connectionsOf(questions: readonly ForwardingQuestion[]): readonly ConnectionPorts[] {
  return questions.flatMap(({ connections }) => connections);
}

function isNotAmong(
  connections: readonly ConnectionPorts[],
): (one: Pick<ConnectionPorts, 'clientPort'>) => boolean {
  const ports = new Set(connections.map(({ clientPort }) => clientPort));
  return ({ clientPort }) => !ports.has(clientPort);
}
