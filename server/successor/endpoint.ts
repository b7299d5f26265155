import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { AnswerOfClient } from '../bindings/client-bindings.ts';
import type { PeerChange } from '../channel/peer-change.ts';
import type { SurvivalInput, SurvivalOutput, SurvivalPlan } from './endpoint-types.ts';
import { EVERY_PORT, type SurvivalFrame } from './frames.ts';
import { HeldClients } from './held-clients.ts';
import { KeptClients } from './kept-clients.ts';
import { Strangers, type StrangersInput } from './strangers.ts';
import type { ReplicaState } from './successor-types.ts';
import { SurvivalOutbox } from './survival-outbox.ts';

/**
 * What a member does at one contact address so that connections outlive members: as holder of the clients that it serves, and as backup of those of
 * others. Who a frame, an answer of a client or a change of a peer concerns is decided here.
 */
export class SurvivalEndpoint<State extends ReplicaState>
  implements Role<SurvivalInput, SurvivalOutput<State>>
{
  readonly #outbox: SurvivalOutbox<State>;
  readonly #held: HeldClients<State>;
  readonly #kept: KeptClients<State>;
  readonly #strangers: Strangers;

  constructor(plan: SurvivalPlan<State>) {
    this.#outbox = new SurvivalOutbox(plan.contactAddress);
    this.#held = new HeldClients(plan, this.#outbox);
    this.#strangers = new Strangers((client) => plan.isBound(client));
    this.#kept = new KeptClients(plan, this.#outbox, {
      isServedHere: (client) => {
        const held = this.#held.stateOf(client);
        return held !== undefined && held !== 'leaving';
      },
      taken: (client, ports, now) => this.#ofStrangers({ kind: 'taken', client, ports }, now),
    });
  }

  /** replicas that were refused for what they said, or for their number */
  get notAdmitted(): number {
    return this.#kept.notAdmitted;
  }

  /** Why this client cannot be handed off for now; undefined: it can. */
  whyStays(client: Ipv6Address): string | undefined {
    if (this.#held.stateOf(client) === 'contesting')
      return 'its backup is out of reach, and may have taken it over: the client is being asked';
    return this.#kept.whyStays(client);
  }

  /** This client is on its way to another member, and a backup that has not heard of that may take it over. */
  mayBeTakenOver(client: Ipv6Address): boolean {
    return this.#held.leavesBackup(client);
  }

  /** How many clients of other members are kept here. */
  get keeping(): number {
    return this.#kept.count;
  }

  /** Those of other members that are being taken over. */
  get taking(): readonly Ipv6Address[] {
    return this.#kept.taking;
  }

  handle(input: SurvivalInput, now: Instant): void {
    switch (input.kind) {
      case 'checkpoint':
        this.#held.checkpoint(input.client, input.checkpoint, now);
        return;
      case 'segment':
        this.#held.segment(input.client, input.port, input.segment, now);
        return;
      case 'heard':
        this.#ofStrangers(input, now);
        return;
      case 'may-leave':
        this.#held.mayLeave(input.client, now);
        return;
      case 'leaving':
        this.#held.tell(input.client, { kind: 'leaving' }, now);
        this.#kept.tell(input.client, { kind: 'leaves' }, now);
        this.#ofStrangers({ kind: 'left', client: input.client }, now);
        return;
      case 'ended':
      case 'chosen':
      case 'staying':
      case 'not-mobile':
      case 'answers-probe': {
        const { client, ...what } = input;
        this.#held.tell(client, what, now);
        return;
      }
      case 'of-replica':
        this.#kept.tell(input.client, input.input, now);
        return;
      case 'frame':
        this.#frame(input.from, input.frame, now);
        return;
      case 'unsent':
        this.#held.tellAllOf(input.to, { kind: 'backup-lost' }, now);
        return;
      case 'peer':
        this.#peer(input.peer, input.change, now);
        return;
      case 'answer':
        this.#answer(input.answer, now);
        return;
      case 'refuse':
        this.#kept.refuse(input.reason, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): SurvivalOutput<State> | undefined {
    return this.#outbox.poll();
  }

  deadline(): Instant | undefined {
    return earliest([this.#held.deadline(), this.#kept.deadline(), this.#strangers.deadline()]);
  }

  handleTimeout(now: Instant): void {
    this.#held.handleTimeout(now);
    this.#kept.handleTimeout(now);
    this.#strangers.handleTimeout(now);
    this.#drainStrangers();
  }

  #ofStrangers(input: StrangersInput, now: Instant): void {
    this.#strangers.handle(input, now);
    this.#drainStrangers();
  }

  #drainStrangers(): void {
    for (let output = this.#strangers.poll(); output !== undefined; output = this.#strangers.poll())
      this.#outbox.put(output);
  }

  #frame(from: Ipv6Address, frame: SurvivalFrame, now: Instant): void {
    this.#kept.heard(from, now);
    switch (frame.kind) {
      case 'replica':
        this.#kept.replica(from, frame, now);
        return;
      case 'replica-input':
        this.#kept.input(from, frame, now);
        return;
      case 'replica-sequence': {
        const { client, number, takeover } = frame;
        this.#kept.tellOf(from, client, { kind: 'sequence', number, takeover }, now);
        return;
      }
      case 'replica-drop': {
        const { client, port, reason } = frame;
        this.#kept.tellOf(from, client, { kind: 'dropped', port }, now);
        this.#held.tellOf(from, client, { kind: 'refused-by-backup', reason }, now);
        if (port === EVERY_PORT) this.#held.letGo(from, client);
        return;
      }
      case 'replica-acknowledged':
        this.#held.tellOf(from, frame.client, { kind: 'acknowledged', number: frame.number }, now);
        return;
      case 'replica-beat': {
        const { number, answered } = frame;
        if (number !== 0) this.#outbox.send(from, { kind: 'replica-beat', number: 0, answered: number });
        if (answered !== 0) this.#held.answered(from, answered, now);
        return;
      }
      default:
        frame satisfies never;
    }
  }

  #peer(peer: Ipv6Address, change: PeerChange, now: Instant): void {
    switch (change) {
      case 'lost':
        this.#held.tellAllOf(peer, { kind: 'backup-lost' }, now);
        return;
      case 'gone':
        this.#held.tellAllOf(peer, { kind: 'backup-gone' }, now);
        this.#kept.gone(peer, now);
        return;
      case 'restored':
        this.#kept.back(peer, now);
        this.#held.tellAll({ kind: 'member-in-reach' }, now);
        return;
      case 'up':
        this.#held.tellAll({ kind: 'member-in-reach' }, now);
        return;
      default:
        change satisfies never;
    }
  }

  /** While a client is being taken over, or kept, its answers are the successor's; what it has accepted is for both. */
  #answer({ client, ...answer }: AnswerOfClient, now: Instant): void {
    if (answer.kind === 'superseded') this.#ofStrangers({ kind: 'left', client }, now);
    // It has asked last.
    if (answer.kind === 'superseded' && this.#held.stateOf(client) === 'contesting') {
      this.#held.tell(client, answer, now);
      return;
    }
    const isOver = this.#kept.answer(client, answer, now);
    // What is over for the one is so for the other, which has the same client by now.
    if (isOver || answer.kind === 'bound') this.#held.tell(client, answer, now);
  }
}
