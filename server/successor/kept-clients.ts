import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { HandoffAdmission } from '../admission/handoff-admission.ts';
import { refusalOf } from '../admission/refusal.ts';
import type { BindingAnswer } from '../bindings/client-bindings.ts';
import { MOST_REMEMBERED, RecentlyEnded } from '../recently-ended.ts';
import type { SurvivalPlan } from './endpoint-types.ts';
import { EVERY_PORT, type SurvivalFrame } from './frames.ts';
import { type ReplicaFrame, ReplicaRoom } from './replica-room.ts';
import { Successor } from './successor.ts';
import type { ReplicaState, SuccessorInput, SuccessorOutput } from './successor-types.ts';
import type { SurvivalOutbox } from './survival-outbox.ts';

type InputFrame = Extract<SurvivalFrame, { readonly kind: 'replica-input' }>;

interface Kept<State extends ReplicaState> {
  readonly client: Ipv6Address;
  readonly holder: Ipv6Address;
  readonly role: Successor<State>;
  /** of each connection's replica, by port; as they are when the client begins to be taken over */
  readonly octets: Map<number, number>;
  /** a connection of it is served here */
  served: boolean;
}

/** What is known of clients beside what is kept of them. */
interface KeptElsewhere {
  /** this member is the client's holder itself, and does not give it away */
  isServedHere(client: Ipv6Address): boolean;
  /** a client that was another member's has answered this one; these are the ports of what is kept of it */
  taken(client: Ipv6Address, ports: readonly number[], now: Instant): void;
}

/** The clients of other members that are kept here: a successor each, and what a peer may have kept. */
export class KeptClients<State extends ReplicaState> {
  readonly #plan: SurvivalPlan<State>;
  readonly #outbox: SurvivalOutbox<State>;
  readonly #others: KeptElsewhere;
  readonly #room: ReplicaRoom<State>;
  readonly #admission: HandoffAdmission;
  readonly #kept = new Map<Ipv6Address, Kept<State>>();
  /** when a frame of these came from each member last */
  readonly #heardAt = new Map<Ipv6Address, Instant>();
  /** clients that were taken over for nothing, each with the holder that may have other connections of it */
  readonly #letGo = new RecentlyEnded<Ipv6Address, Ipv6Address>(MOST_REMEMBERED);
  #refusing: string | undefined;
  #notAdmitted = 0;

  constructor(plan: SurvivalPlan<State>, outbox: SurvivalOutbox<State>, others: KeptElsewhere) {
    this.#plan = plan;
    this.#outbox = outbox;
    this.#others = others;
    this.#room = new ReplicaRoom(plan);
    this.#admission = new HandoffAdmission(plan);
  }

  /** replicas that were refused for what they said, or for their number */
  get notAdmitted(): number {
    return this.#notAdmitted;
  }

  get count(): number {
    return this.#kept.size;
  }

  /** Those that are being taken over. */
  get taking(): readonly Ipv6Address[] {
    return [...this.#kept.values()].filter(({ role }) => role.begun).map(({ client }) => client);
  }

  /** See `Successor`. */
  whyStays(client: Ipv6Address): string | undefined {
    return this.#kept.get(client)?.role.whyStays;
  }

  /** The member is there. */
  heard(from: Ipv6Address, now: Instant): void {
    this.#heardAt.set(from, now);
  }

  tell(client: Ipv6Address, input: SuccessorInput<State>, now: Instant): void {
    this.#tell(this.#kept.get(client), input, now);
  }

  /** What that member says of a client, if it is its holder. */
  tellOf(
    holder: Ipv6Address,
    client: Ipv6Address,
    input: Extract<SuccessorInput<State>, { readonly kind: 'sequence' | 'dropped' }>,
    now: Instant,
  ): void {
    const kept = this.#keptFrom(holder, client);
    // What a holder says late, that was cut off, its successor does not do any more.
    if (input.kind === 'dropped' && kept?.role.begun === false) {
      if (input.port === EVERY_PORT) kept.octets.clear();
      else kept.octets.delete(input.port);
    }
    this.#tell(kept, input, now);
  }

  /** Its process has ended. */
  gone(holder: Ipv6Address, now: Instant): void {
    this.#heardAt.delete(holder);
    this.#letGo.forget((_, of) => of === holder);
    for (const kept of [...this.#kept.values()])
      if (kept.holder === holder) this.#tell(kept, { kind: 'holder-gone' }, now);
  }

  /** Its process, which was out of reach, is there again. */
  back(holder: Ipv6Address, now: Instant): void {
    for (const [client, of] of this.#letGo.all) if (of === holder) this.#tellLetGo(client, holder);
    for (const kept of [...this.#kept.values()])
      if (kept.holder === holder) this.#tell(kept, { kind: 'holder-back' }, now);
  }

  /** Keeps none from now on; clients that are being taken over come still. */
  refuse(reason: string, now: Instant): void {
    this.#refusing = reason;
    for (const kept of [...this.#kept.values()]) this.#tell(kept, { kind: 'withdrawn', reason }, now);
  }

  /** A client's answer; true: it was no successor's here, or is over for this member. */
  answer(client: Ipv6Address, answer: BindingAnswer, now: Instant): boolean {
    const kept = this.#kept.get(client);
    if (kept !== undefined && (answer.kind === 'routable' || answer.kind === 'bound'))
      this.#admission.agreed(client, kept.holder, now);
    this.#tell(kept, answer, now);
    return kept === undefined || kept.role.state === 'superseded';
  }

  deadline(): Instant | undefined {
    return earliest([...this.#kept.values()].map(({ role }) => role.deadline()));
  }

  handleTimeout(now: Instant): void {
    for (const kept of [...this.#kept.values()]) {
      kept.role.handleTimeout(now);
      this.#drain(kept, now);
    }
  }

  /** A connection's first checkpoint, or another; one that cannot be kept is refused. */
  replica(from: Ipv6Address, frame: ReplicaFrame, now: Instant): void {
    const { client, number, takeover, port, applicationState, gated } = frame;
    const input = gated === true ? { gated } : {};
    let state: State;
    try {
      state = this.#room.read(frame);
    } catch (error) {
      this.#discard(from, client, refusalOf(error));
      return;
    }
    const kept = this.#keptFrom(from, client) ?? this.#admit(from, client, now);
    if (kept === undefined || kept.role.begun) return;
    const octets = frame.tcpState.length + applicationState.length;
    if (!this.#hasRoom(kept, port, octets, now)) return;
    this.#tell(kept, { kind: 'replica', number, takeover, port, state, applicationState, ...input }, now);
    // Of what came behind an earlier one something may still be behind this one.
    if (kept.octets.has(port)) kept.octets.set(port, octets + kept.role.inputOctets(port));
  }

  /** What a client has sent behind a checkpoint; of one that was dropped meanwhile it is nothing. */
  input(from: Ipv6Address, { client, number, port, ...piece }: InputFrame, now: Instant): void {
    const kept = this.#keptFrom(from, client);
    const octets = kept?.octets.get(port);
    if (kept === undefined || octets === undefined || kept.role.begun) return;
    if (!this.#hasRoom(kept, port, octets + piece.octets.length, now)) return;
    const before = kept.role.inputOctets(port);
    this.#tell(kept, { kind: 'input', number, port, piece }, now);
    kept.octets.set(port, octets + kept.role.inputOctets(port) - before);
  }

  /** False: there is none for so much of this connection, and its holder is told. */
  #hasRoom(kept: Kept<State>, port: number, octets: number, now: Instant): boolean {
    const whyNot = this.#room.whyTooMuch(kept, port, octets, this.#kept.values());
    if (whyNot === undefined) {
      kept.octets.set(port, octets);
      return true;
    }
    this.#notAdmitted++;
    this.#tell(kept, { kind: 'withdrawn', reason: whyNot }, now);
    return false;
  }

  /** A client that is not kept yet; undefined when it cannot be. */
  #admit(holder: Ipv6Address, client: Ipv6Address, now: Instant): Kept<State> | undefined {
    const reason = this.#whyNotKept(holder, client, now);
    if (reason !== undefined) {
      this.#discard(holder, client, reason);
      return undefined;
    }
    const heardAt = (): Instant => this.#heardAt.get(holder) ?? now;
    const role = new Successor<State>({ silentMs: this.#plan.silentMs(holder), heardAt }, now);
    const kept = { client, holder, role, octets: new Map<number, number>(), served: false };
    this.#kept.set(client, kept);
    this.#letGo.delete(client);
    this.#outbox.put({ kind: 'kept', client, holder });
    this.#drain(kept, now);
    return kept;
  }

  #whyNotKept(holder: Ipv6Address, client: Ipv6Address, now: Instant): string | undefined {
    if (this.#refusing !== undefined) return this.#refusing;
    // Its answers would be for two.
    if (this.#others.isServedHere(client)) return 'the client is served here';
    const other = this.#kept.get(client);
    if (other?.role.begun === true) return 'the client is being taken over here';
    const others = [...this.#kept.values()].filter((kept) => kept.holder === holder).length;
    const what = { client, peer: holder, stands: false };
    const reason = this.#admission.begin(what, { standing: 0, others }, now);
    // It has gone from the one to the other, and what the first said of that has not come yet.
    if (reason === undefined)
      this.#tell(other, { kind: 'withdrawn', reason: 'another member serves the client' }, now);
    return reason;
  }

  #tellLetGo(client: Ipv6Address, holder: Ipv6Address): void {
    this.#tellNotKept(holder, client, 'its connections had ended: it has been let go');
  }

  /** Nothing of the client is kept here, as its holder is told. */
  #tellNotKept(holder: Ipv6Address, client: Ipv6Address, reason: string): void {
    this.#outbox.send(holder, { kind: 'replica-drop', client, port: EVERY_PORT, reason });
  }

  #discard(from: Ipv6Address, client: Ipv6Address, reason: string): void {
    this.#notAdmitted++;
    this.#outbox.put({ kind: 'discarded', from, client, reason });
    this.#tellNotKept(from, client, reason);
  }

  #keptFrom(holder: Ipv6Address, client: Ipv6Address): Kept<State> | undefined {
    const kept = this.#kept.get(client);
    return kept?.holder === holder ? kept : undefined;
  }

  #tell(kept: Kept<State> | undefined, input: SuccessorInput<State>, now: Instant): void {
    if (kept === undefined) return;
    kept.role.handle(input, now);
    this.#drain(kept, now);
  }

  #drain(kept: Kept<State>, now: Instant): void {
    const { role } = kept;
    for (let output = role.poll(); output !== undefined; output = role.poll()) this.#says(kept, output, now);
  }

  #says(kept: Kept<State>, output: SuccessorOutput<State>, now: Instant): void {
    const { client, holder } = kept;
    switch (output.kind) {
      case 'acknowledge':
        this.#outbox.send(holder, { kind: 'replica-acknowledged', client, number: output.number });
        return;
      case 'refuse':
        this.#tellNotKept(holder, client, output.reason);
        return;
      case 'over':
      case 'stop':
        this.#kept.delete(client);
        this.#outbox.put({ kind: 'of-replica', client, holder, output }, { kind: 'dropped', client, holder });
        return;
      case 'serve':
        this.#outbox.put({ kind: 'of-replica', client, holder, output });
        if (!kept.served) this.#others.taken(client, [...kept.octets.keys()], now);
        kept.served = true;
        return;
      case 'test':
      case 'bind':
      case 'hold-back':
      case 'renew':
      case 'probe':
      case 'break-off':
      case 'check-input':
        this.#outbox.put({ kind: 'of-replica', client, holder, output });
        return;
      case 'let-go':
        this.#outbox.put({ kind: 'of-replica', client, holder, output });
        // It lives, perhaps, and out of reach: then it is told once more when it is back.
        this.#letGo.set(client, holder);
        this.#tellLetGo(client, holder);
        return;
      default:
        output satisfies never;
    }
  }
}
