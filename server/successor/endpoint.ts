import { earliest } from '../../mip6/roles/shared/instants.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { whyNotExpected } from '../admission/connection-ends.ts';
import { HandoffAdmission } from '../admission/handoff-admission.ts';
import { LARGEST_INIT_OCTETS, MOST_CONNECTIONS } from '../channel/frame-limits.ts';
import type { PeerChange } from '../channel/peer-change.ts';
import type { AnswerOfClient } from '../handoff/client-bindings.ts';
import type { SurvivalInput, SurvivalOutput, SurvivalPlan } from './endpoint-types.ts';
import { EVERY_PORT, type SurvivalFrame } from './frames.ts';
import { Holder } from './holder.ts';
import type { HolderInput, HolderOutput } from './holder-types.ts';
import { Successor } from './successor.ts';
import type { ReplicaState, SuccessorInput, SuccessorOutput } from './successor-types.ts';

/** Octets of replicas that one peer may have here. */
const MOST_OCTETS_OF_PEER = LARGEST_INIT_OCTETS;

interface Kept<State extends ReplicaState> {
  readonly client: Ipv6Address;
  readonly holder: Ipv6Address;
  readonly role: Successor<State>;
  /** of each connection's replica, by port */
  readonly octets: Map<number, number>;
}

type ReplicaFrame = Extract<SurvivalFrame, { readonly kind: 'replica' }>;

/**
 * What a member does at one contact address so that connections outlive members: as holder of the clients that it serves, and as backup of those of
 * others. Who a frame, an answer of a client or a change of a peer concerns is decided here.
 */
export class SurvivalEndpoint<State extends ReplicaState>
  implements Role<SurvivalInput, SurvivalOutput<State>>
{
  readonly #plan: SurvivalPlan<State>;
  readonly #admission: HandoffAdmission;
  readonly #holders = new Map<Ipv6Address, Holder>();
  readonly #kept = new Map<Ipv6Address, Kept<State>>();
  readonly #outputs: SurvivalOutput<State>[] = [];
  /** when a frame of these came from each member last */
  readonly #heardAt = new Map<Ipv6Address, Instant>();
  #nextBeat: Instant | undefined;
  #refusing: string | undefined;
  #notAdmitted = 0;

  constructor(plan: SurvivalPlan<State>) {
    this.#plan = plan;
    this.#admission = new HandoffAdmission(plan);
  }

  /** replicas that were refused for what they said, or for their number */
  get notAdmitted(): number {
    return this.#notAdmitted;
  }

  /** Clients of other members that are kept here, */
  get keeping(): number {
    return this.#kept.size;
  }

  /** and those that are being taken over. */
  get taking(): readonly Ipv6Address[] {
    return [...this.#kept.values()].filter(({ role }) => role.begun).map(({ client }) => client);
  }

  handle(input: SurvivalInput, now: Instant): void {
    switch (input.kind) {
      case 'checkpoint':
        this.#tellHolder(
          this.#holderOf(input.client),
          input.client,
          { kind: 'checkpoint', ...input.checkpoint },
          now,
        );
        return;
      case 'ended':
      case 'chosen':
      case 'leaving':
      case 'staying':
      case 'not-mobile': {
        const { client, ...what } = input;
        this.#tellHolder(this.#holders.get(client), client, what, now);
        return;
      }
      case 'of-replica':
        this.#tellSuccessor(this.#kept.get(input.client), input.input, now);
        return;
      case 'frame':
        this.#frame(input.from, input.frame, now);
        return;
      case 'unsent':
        this.#toHoldersAt(input.to, { kind: 'backup-lost' }, now);
        return;
      case 'peer':
        this.#peer(input.peer, input.change, now);
        return;
      case 'answer':
        this.#answer(input.answer, now);
        return;
      case 'refuse':
        this.#refusing = input.reason;
        for (const kept of [...this.#kept.values()])
          this.#tellSuccessor(kept, { kind: 'withdrawn', reason: input.reason }, now);
        return;
      default:
        input satisfies never;
    }
  }

  poll(): SurvivalOutput<State> | undefined {
    return this.#outputs.shift();
  }

  deadline(): Instant | undefined {
    const roles = [...this.#holders.values(), ...[...this.#kept.values()].map(({ role }) => role)];
    return earliest([this.#nextBeat, ...roles.map((role) => role.deadline())]);
  }

  handleTimeout(now: Instant): void {
    if (this.#nextBeat !== undefined && now >= this.#nextBeat) this.#beat(now);
    for (const [client, holder] of [...this.#holders]) {
      holder.handleTimeout(now);
      this.#drainHolder(client, holder, now);
    }
    for (const kept of [...this.#kept.values()]) {
      kept.role.handleTimeout(now);
      this.#drainSuccessor(kept);
    }
  }

  get #backups(): ReadonlySet<Ipv6Address> {
    return new Set([...this.#holders.values()].flatMap(({ backup }) => backup ?? []));
  }

  #beat(now: Instant): void {
    const backups = this.#backups;
    this.#nextBeat = backups.size > 0 ? now + this.#plan.beatMs : undefined;
    for (const to of backups) this.#send(to, { kind: 'replica-beat' });
  }

  #holderOf(client: Ipv6Address): Holder {
    const known = this.#holders.get(client);
    if (known !== undefined) return known;
    const { contactAddress, lastSequence, isBound } = this.#plan;
    const holder = new Holder({
      client,
      contactAddress,
      lastSequence: () => lastSequence(client),
      isBound: () => isBound(client),
    });
    this.#holders.set(client, holder);
    this.#outputs.push({ kind: 'defend', client });
    return holder;
  }

  #frame(from: Ipv6Address, frame: SurvivalFrame, now: Instant): void {
    this.#heardAt.set(from, now);
    switch (frame.kind) {
      case 'replica':
        this.#replica(from, frame, now);
        return;
      case 'replica-sequence': {
        const { kind: _, ...what } = frame;
        this.#tellSuccessor(this.#keptFrom(from, frame.client), { ...what, kind: 'sequence' }, now);
        return;
      }
      case 'replica-drop': {
        const { client, port, reason } = frame;
        const kept = this.#keptFrom(from, client);
        if (port === EVERY_PORT) kept?.octets.clear();
        else kept?.octets.delete(port);
        this.#tellSuccessor(kept, { kind: 'dropped', port }, now);
        this.#toHolderAt(from, client, { kind: 'refused-by-backup', reason }, now);
        return;
      }
      case 'replica-acknowledged':
        this.#toHolderAt(from, frame.client, { kind: 'acknowledged', number: frame.number }, now);
        return;
      // That it has come is all that it says.
      case 'replica-beat':
        return;
      default:
        frame satisfies never;
    }
  }

  #replica(from: Ipv6Address, frame: ReplicaFrame, now: Instant): void {
    const { client, number, takeover, port, applicationState } = frame;
    let state: State;
    try {
      state = this.#read(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError || error instanceof DecodeError)) throw error;
      this.#discard(from, client, error.message);
      return;
    }
    const kept = this.#keptFrom(from, client) ?? this.#admit(from, client, now);
    if (kept === undefined) return;
    const octets = frame.tcpState.length + applicationState.length;
    const whyNot = this.#whyTooMuch(kept, port, octets);
    if (whyNot !== undefined) {
      this.#notAdmitted++;
      this.#tellSuccessor(kept, { kind: 'withdrawn', reason: whyNot }, now);
      return;
    }
    kept.octets.set(port, octets);
    this.#tellSuccessor(kept, { kind: 'replica', number, takeover, port, state, applicationState }, now);
  }

  /** Throws ProtocolError or DecodeError for what cannot be a client's connection. */
  #read({ contactAddress, client, port, tcpState }: ReplicaFrame): State {
    const { group, ...plan } = this.#plan;
    const state = plan.decode(tcpState);
    const reason =
      contactAddress === plan.contactAddress
        ? (group.whyNoClient(client) ?? whyNotExpected([state], { ...plan, client }))
        : `the replica is of ${contactAddress}, not of the contact address ${plan.contactAddress}`;
    if (reason !== undefined) throw new ProtocolError(reason);
    if (state.remote.port !== port)
      throw new ProtocolError(`the connection is from port ${state.remote.port}, not ${port}`);
    return state;
  }

  #whyTooMuch(kept: Kept<State>, port: number, octets: number): string | undefined {
    if (!kept.octets.has(port) && kept.octets.size >= MOST_CONNECTIONS)
      return `at most ${MOST_CONNECTIONS} connections of one client are kept`;
    const all = [...this.#kept.values()]
      .filter(({ holder }) => holder === kept.holder)
      .reduce((sum, one) => sum + [...one.octets.values()].reduce((total, size) => total + size, 0), octets);
    if (all - (kept.octets.get(port) ?? 0) <= MOST_OCTETS_OF_PEER) return undefined;
    return `at most ${MOST_OCTETS_OF_PEER} octets of one member's clients are kept`;
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
    const kept = { client, holder, role, octets: new Map<number, number>() };
    this.#kept.set(client, kept);
    this.#outputs.push({ kind: 'kept', client, holder });
    this.#drainSuccessor(kept);
    return kept;
  }

  #whyNotKept(holder: Ipv6Address, client: Ipv6Address, now: Instant): string | undefined {
    if (this.#refusing !== undefined) return this.#refusing;
    // Its answers would be for two.
    const held = this.#holders.get(client)?.state;
    if (held !== undefined && held !== 'leaving') return 'the client is served here';
    const other = this.#kept.get(client);
    if (other?.role.begun === true) return 'the client is being taken over here';
    const open = [...this.#kept.values()].filter((kept) => kept.holder === holder).length;
    const reason = this.#admission.begin(client, holder, open, now);
    // It has gone from the one to the other, and what the first said of that has not come yet.
    if (reason === undefined)
      this.#tellSuccessor(other, { kind: 'withdrawn', reason: 'another member serves the client' }, now);
    return reason;
  }

  #discard(from: Ipv6Address, client: Ipv6Address, reason: string): void {
    this.#notAdmitted++;
    this.#outputs.push({ kind: 'discarded', from, client, reason });
    this.#send(from, { kind: 'replica-drop', client, port: EVERY_PORT, reason });
  }

  #peer(peer: Ipv6Address, change: PeerChange, now: Instant): void {
    switch (change) {
      case 'lost':
        this.#toHoldersAt(peer, { kind: 'backup-lost' }, now);
        return;
      case 'gone':
        this.#toHoldersAt(peer, { kind: 'backup-gone' }, now);
        this.#heardAt.delete(peer);
        for (const kept of [...this.#kept.values()])
          if (kept.holder === peer) this.#tellSuccessor(kept, { kind: 'holder-gone' }, now);
        return;
      case 'up':
      case 'restored':
        for (const [client, holder] of [...this.#holders])
          this.#tellHolder(holder, client, { kind: 'member-in-reach' }, now);
        return;
      default:
        change satisfies never;
    }
  }

  /** While a client is being taken over, or kept, its answers are the successor's; what it has accepted is for both. */
  #answer({ client, ...answer }: AnswerOfClient, now: Instant): void {
    const kept = this.#kept.get(client);
    // It has asked last.
    if (answer.kind === 'superseded' && this.#holders.get(client)?.state === 'contesting') {
      this.#tellHolder(this.#holders.get(client), client, answer, now);
      return;
    }
    if (answer.kind === 'routable' || answer.kind === 'bound') {
      if (kept !== undefined) this.#admission.agreed(client, kept.holder, now);
    }
    this.#tellSuccessor(kept, answer, now);
    // What is over for the one is so for the other, which has the same client by now.
    if (kept === undefined || answer.kind === 'bound' || kept.role.state === 'superseded')
      this.#tellHolder(this.#holders.get(client), client, answer, now);
  }

  #keptFrom(holder: Ipv6Address, client: Ipv6Address): Kept<State> | undefined {
    const kept = this.#kept.get(client);
    return kept?.holder === holder ? kept : undefined;
  }

  #toHoldersAt(backup: Ipv6Address, input: HolderInput, now: Instant): void {
    for (const client of [...this.#holders.keys()]) this.#toHolderAt(backup, client, input, now);
  }

  #toHolderAt(backup: Ipv6Address, client: Ipv6Address, input: HolderInput, now: Instant): void {
    const holder = this.#holders.get(client);
    if (holder?.backup === backup || (input.kind === 'backup-gone' && holder?.fencing === backup))
      this.#tellHolder(holder, client, input, now);
  }

  #tellHolder(holder: Holder | undefined, client: Ipv6Address, input: HolderInput, now: Instant): void {
    if (holder === undefined) return;
    holder.handle(input, now);
    this.#drainHolder(client, holder, now);
  }

  #tellSuccessor(kept: Kept<State> | undefined, input: SuccessorInput<State>, now: Instant): void {
    if (kept === undefined) return;
    kept.role.handle(input, now);
    this.#drainSuccessor(kept);
  }

  #drainHolder(client: Ipv6Address, holder: Holder, now: Instant): void {
    for (let output = holder.poll(); output !== undefined; output = holder.poll())
      this.#holderSays(client, output, now);
  }

  #holderSays(client: Ipv6Address, output: HolderOutput, now: Instant): void {
    switch (output.kind) {
      case 'send-replica': {
        const { to, number, takeover, checkpoint } = output;
        this.#nextBeat ??= now + this.#plan.beatMs;
        this.#send(to, { kind: 'replica', client, number, takeover, ...checkpoint });
        return;
      }
      case 'send-sequence': {
        const { to, number, takeover } = output;
        this.#send(to, { kind: 'replica-sequence', client, number, takeover });
        return;
      }
      case 'send-drop': {
        const { to, port, reason } = output;
        this.#send(to, { kind: 'replica-drop', client, port, reason });
        return;
      }
      case 'over':
        this.#holders.delete(client);
        return;
      case 'choose':
      case 'contest':
      case 'burn':
      case 'stop':
      case 'protection':
        this.#outputs.push({ ...output, client });
        return;
      default:
        output satisfies never;
    }
  }

  #drainSuccessor(kept: Kept<State>): void {
    const { role } = kept;
    for (let output = role.poll(); output !== undefined; output = role.poll())
      this.#successorSays(kept, output);
  }

  #successorSays({ client, holder }: Kept<State>, output: SuccessorOutput<State>): void {
    switch (output.kind) {
      case 'acknowledge':
        this.#send(holder, { kind: 'replica-acknowledged', client, number: output.number });
        return;
      case 'refuse':
        this.#send(holder, { kind: 'replica-drop', client, port: EVERY_PORT, reason: output.reason });
        return;
      case 'over':
      case 'stop':
        this.#kept.delete(client);
        this.#outputs.push(
          { kind: 'of-replica', client, holder, output },
          { kind: 'dropped', client, holder },
        );
        return;
      case 'test':
      case 'bind':
      case 'renew':
      case 'probe':
      case 'serve':
      case 'break-off':
      case 'check-input':
      case 'let-go':
        this.#outputs.push({ kind: 'of-replica', client, holder, output });
        return;
      default:
        output satisfies never;
    }
  }

  #send(to: Ipv6Address, frame: Unaddressed): void {
    const { contactAddress } = this.#plan;
    this.#outputs.push({ kind: 'send', to, frame: { contactAddress, ...frame } });
  }
}

/** Of each kind, without the contact address. */
type Unaddressed = SurvivalFrame extends infer Frame
  ? Frame extends SurvivalFrame
    ? Omit<Frame, 'contactAddress'>
    : never
  : never;
