import { isDeepStrictEqual } from 'node:util';
import { newerSequence } from '../../../mip6/roles/shared/sequence.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { AnswerOfClient, BindingRequest } from '../../../server/bindings/client-bindings.ts';
import { MOST_FORWARDED } from '../../../server/channel/frame-limits.ts';
import type { ConnectionPorts, ForwardingFrame } from '../../../server/plain/forwarding-frames.ts';
import { type ForwardingQuestion, ForwardingQuestions } from '../../../server/plain/forwarding-questions.ts';
import type { ForwardingOutcome } from '../../../server/plain/forwarding-table.ts';
import { contestedSequence } from '../../../server/sequence-margin.ts';
import { RoleDriver } from '../../support/role-driver.ts';
import type { PeerChange } from '../channel.ts';
import type { ClientBindings } from '../mobility.ts';
import type { Forwarder } from './forwarder.ts';

interface ForwardedBindingsOptions {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly forwarder: Pick<Forwarder, 'answer'>;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  send(peer: Ipv6Address, frame: ForwardingFrame): boolean;
  /** The connections of this client that are on their way here; with `sequence`, of handoffs whose Init had this one. */
  expectedOf(client: Ipv6Address, sequence?: number): readonly ConnectionPorts[];
  /** Those that are here. */
  openOf(client: Ipv6Address): readonly ConnectionPorts[];
  /** What a client's own answer to a Binding Update would be. */
  onAnswer(answer: AnswerOfClient): void;
  /** Nothing is known of this client's connections any more, unless some are open here. */
  onForget(client: Ipv6Address): void;
}

/**
 * The bindings of clients without Mobile IPv6, as handoffs know bindings: in the client's place the contact node keeps them and
 * answers. Return routability, whose purpose is to convince the client, is complete at once.
 */
export class ForwardedBindings implements ClientBindings {
  readonly #options: ForwardedBindingsOptions;
  readonly #sequences = new Map<Ipv6Address, number>();
  readonly #open = new ForwardingQuestions();
  readonly #driver: RoleDriver<ForwardingQuestion, ForwardingQuestion>;
  /** as sent to the contact node, which answers in order; a question that went out twice is here twice */
  #asked: ForwardingQuestion[] = [];

  constructor(options: ForwardedBindingsOptions) {
    this.#options = options;
    this.#driver = new RoleDriver(this.#open, ({ client }) =>
      this.#tell({ kind: 'unanswered', client, reason: 'the contact node does not answer' }),
    );
  }

  ask(client: Ipv6Address, request: BindingRequest): void {
    switch (request.kind) {
      case 'start-return-routability':
        this.#tell({ kind: 'routable', client });
        return;
      // The contact node knows whose the number is.
      case 'bind':
      case 'bind-again':
        this.#take(client, request.lastSequence);
        return;
      // Nobody else binds such a client in band: it is asked for as after any handoff.
      case 'adopt':
        this.#take(client, request.sequence);
        return;
      case 'renew':
        this.#renew(client);
        return;
      case 'contest':
        this.#ask(client, request.sequence, this.#options.openOf(client), 'contest');
        return;
      case 'reclaim':
        this.#ask(client, request.sequence, this.#options.openOf(client));
        return;
      default:
        request satisfies never;
    }
  }

  /** Nothing here binds such a client unasked. */
  suspend(): void {}

  resume(): void {}

  testHome(): void {}

  /** Such a client gives no tokens. */
  holdsHomeToken(): boolean {
    return false;
  }

  bindFor(): void {}

  /** Nor does it go to such a client in any other way. */
  stopOptimising(): void {}

  /** Other connections of the client may be on their way here meanwhile: of those nothing is forgotten. */
  forget(client: Ipv6Address): void {
    this.#drop(client, this.#options.expectedOf(client));
    if (this.#open.of(client).length === 0) this.#forgetAll(client);
  }

  /** As above, and what is asked of others stays asked. */
  handedOff(client: Ipv6Address): void {
    const coming = this.#options.expectedOf(client).length > 0;
    if (!coming && this.#open.of(client).length === 0) this.#forgetAll(client);
  }

  /** A handoff to this member is over: nobody asks any more for what is neither here nor coming. */
  over(client: Ipv6Address): void {
    this.#drop(client, [...this.#options.expectedOf(client), ...this.#options.openOf(client)]);
  }

  lastSequence(client: Ipv6Address): number | undefined {
    return this.#sequences.get(client);
  }

  /** The contact node's answer. */
  answered({ client, sequence, outcome, reason }: Extract<ForwardingFrame, { kind: 'forwarded' }>): void {
    const question = this.#asked.find((one) => one.client === client && one.sequence === sequence);
    if (question === undefined) return;
    this.#asked.splice(this.#asked.indexOf(question), 1);
    this.#settle(question, outcome === 'refused' ? { kind: outcome, reason } : { kind: outcome });
  }

  /** A question may have been lost with the channel. */
  onPeer(peer: Ipv6Address, change: PeerChange): void {
    if (peer !== this.#options.contactNode()) return;
    if (change === 'restored') this.#sendAgain();
    else if (change === 'up') this.askAnother();
  }

  /**
   * Another member is the contact node, or another process of it. What donor and acceptor have asked its predecessor, one of them may have been granted;
   * the successor need not know, and is not asked before the handoff says so.
   */
  askAnother(): void {
    for (const question of this.#open.all)
      if (isHandoffs(question) && this.#open.close(question))
        this.#tell({ kind: 'moved', client: question.client });
    this.#sendAgain();
  }

  #sendAgain(): void {
    this.#asked = [];
    for (const question of this.#open.all) this.#send(question);
  }

  /** Tells the contact node what is here of these clients: it may have heard nothing of it from its predecessor. */
  announce(clients: Iterable<Ipv6Address>): void {
    for (const client of clients) {
      const asked = connectionsOf(this.#open.of(client));
      const connections = this.#options.openOf(client).filter(isNotAmong(asked));
      if (connections.length > 0) this.#ask(client, this.lastSequence(client) ?? 0, connections);
    }
  }

  close(): void {
    this.#driver.stop();
    for (const question of this.#open.all) this.#open.close(question);
  }

  #take(client: Ipv6Address, lastSequence: number): void {
    // Two donors may know of the same number: what one handoff has asked for is not the other's.
    const expected = this.#options.expectedOf(client, lastSequence);
    const connections = expected.filter(isNotAmong(connectionsOf(this.#open.of(client))));
    this.#ask(client, contestedSequence(lastSequence), connections, 'take');
  }

  /** The same question again: whether the connections still are this member's. */
  #renew(client: Ipv6Address): void {
    const sequence = this.lastSequence(client) ?? 0;
    const others = this.#open.of(client).filter((one) => one.sequence !== sequence || one.what !== 'forward');
    this.#ask(client, sequence, this.#options.openOf(client).filter(isNotAmong(connectionsOf(others))));
  }

  /** A later question about a connection takes the place of an earlier one; the same question again only goes out again. */
  #ask(
    client: Ipv6Address,
    sequence: number,
    connections: readonly ConnectionPorts[],
    what: ForwardingQuestion['what'] = 'forward',
  ): void {
    const same = this.#open
      .of(client)
      .find(
        (one) =>
          one.sequence === sequence && one.what === what && isDeepStrictEqual(one.connections, connections),
      );
    if (same !== undefined) {
      this.#send(same);
      return;
    }
    for (const one of this.#open.of(client))
      if (one.connections.length === 0 || !one.connections.every(isNotAmong(connections)))
        this.#open.close(one);
    const question = { client, sequence, what, connections };
    this.#driver.handle(question);
    this.#send(question);
  }

  #send(question: ForwardingQuestion): void {
    const { careOfAddress, contactAddress, contactNode, forwarder, send } = this.#options;
    const { client, sequence, connections } = question;
    const what = question.what === 'take' ? 'forward' : question.what;
    const frame = { kind: 'forward', contactAddress, client, sequence, what, connections } as const;
    const contact = contactNode();
    if (contact === careOfAddress) this.#settle(question, forwarder.answer(frame, careOfAddress));
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

  #forgetAll(client: Ipv6Address): void {
    this.#drop(client, []);
    this.#sequences.delete(client);
    this.#options.onForget(client);
  }

  /** Behind whatever asked, as an answer from elsewhere would be. */
  #tell(answer: AnswerOfClient): void {
    queueMicrotask(() => this.#options.onAnswer(answer));
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
