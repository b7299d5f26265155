import { earliest } from '../../mip6/roles/shared/instants.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import { isNewerSequence, nextSequence } from '../../mip6/roles/shared/sequence.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { MOST_REMEMBERED, RecentlyEnded } from '../recently-ended.ts';
import { BackupLeases } from './backup-leases.ts';
import type { SurvivalPlan } from './endpoint-types.ts';
import { Holder } from './holder.ts';
import type { HolderStateName } from './holder-state.ts';
import type { Checkpoint, HolderInput, HolderOutput, KeptBy } from './holder-types.ts';
import type { GatedSegment } from './input-gate.ts';
import type { ReplicaState } from './successor-types.ts';
import type { SurvivalOutbox } from './survival-outbox.ts';

/** The clients that this member serves and protects: a holder each, and signs of life to their backups. */
export class HeldClients<State extends ReplicaState> {
  readonly #plan: SurvivalPlan<State>;
  readonly #outbox: SurvivalOutbox<State>;
  readonly #holders = new Map<Ipv6Address, Holder>();
  readonly #leases: BackupLeases;
  /** clients of which nothing is to be protected any more, and who may not have heard of that */
  readonly #over = new RecentlyEnded<Ipv6Address, KeptBy>(MOST_REMEMBERED);
  #nextBeat: Instant | undefined;

  constructor(plan: SurvivalPlan<State>, outbox: SurvivalOutbox<State>) {
    this.#plan = plan;
    this.#outbox = outbox;
    this.#leases = new BackupLeases((backup) => plan.silentMs(backup));
  }

  /** undefined: the client is none of these */
  stateOf(client: Ipv6Address): HolderStateName | undefined {
    return this.#holders.get(client)?.state;
  }

  /** See `Holder`. */
  leavesBackup(client: Ipv6Address): boolean {
    return this.#holders.get(client)?.leavesBackup ?? false;
  }

  /** The first of a client makes it one of these. */
  checkpoint(client: Ipv6Address, checkpoint: Checkpoint, now: Instant): void {
    if (!this.#holders.has(client)) this.#begin(client);
    this.tell(client, { kind: 'checkpoint', ...checkpoint }, now);
  }

  tell(client: Ipv6Address, input: HolderInput, now: Instant): void {
    const holder = this.#holders.get(client);
    if (holder === undefined) return;
    holder.handle(input, now);
    this.#drain(client, holder, now);
  }

  /** A segment that the kernel holds; of a client that is none of these it may have it. */
  segment(client: Ipv6Address, port: number, segment: GatedSegment, now: Instant): void {
    if (this.#holders.has(client)) this.tell(client, { kind: 'segment', port, segment }, now);
    else this.#outbox.put({ kind: 'verdict', id: segment.id, passes: true });
  }

  tellAll(input: HolderInput, now: Instant): void {
    for (const client of [...this.#holders.keys()]) this.tell(client, input, now);
  }

  /** Of this client, if that member is its backup, or the one that is being fenced off and has ended. */
  tellOf(backup: Ipv6Address, client: Ipv6Address, input: HolderInput, now: Instant): void {
    const holder = this.#holders.get(client);
    if (holder?.backup === backup || (input.kind === 'backup-gone' && holder?.fencing === backup))
      this.tell(client, input, now);
  }

  /** The same of all clients. */
  tellAllOf(backup: Ipv6Address, input: HolderInput, now: Instant): void {
    for (const client of [...this.#holders.keys()]) this.tellOf(backup, client, input, now);
  }

  /** A beat of this number was answered. */
  answered(backup: Ipv6Address, number: number, now: Instant): void {
    this.#leases.answered(backup, number, now);
  }

  /**
   * A backup has taken a client over whose protected connections had ended, and has deleted the binding: what else the client has here has lost it. It is
   * asked for again under the number behind the deletion's, which a member that the client has come to since has used.
   */
  letGo(by: Ipv6Address, client: Ipv6Address): void {
    const kept = this.#over.get(client);
    if (kept?.backup !== by) return;
    this.#over.delete(client);
    const sequence = nextSequence(nextSequence(kept.takeover));
    const { isBound, lastSequence } = this.#plan;
    const isBeyond = isBound(client) && !isNewerSequence(sequence, lastSequence(client));
    if (!isBeyond) this.#outbox.put({ kind: 'regain', client, sequence });
  }

  /** The client is to be handed off: it is asked first whose it is, unless it is known that its backup has not taken it over. */
  mayLeave(client: Ipv6Address, now: Instant): void {
    const backup = this.#holders.get(client)?.backup;
    if (backup === undefined || !this.#leases.isOver(backup, now)) return;
    this.#leases.end(backup);
    // The same is in doubt of the others that it keeps.
    this.tellAllOf(backup, { kind: 'backup-lost' }, now);
  }

  deadline(): Instant | undefined {
    return earliest([this.#nextBeat, ...[...this.#holders.values()].map((holder) => holder.deadline())]);
  }

  handleTimeout(now: Instant): void {
    if (this.#nextBeat !== undefined && now >= this.#nextBeat) this.#beat(now);
    for (const [client, holder] of [...this.#holders]) {
      holder.handleTimeout(now);
      this.#drain(client, holder, now);
    }
  }

  #begin(client: Ipv6Address): void {
    const { contactAddress, lastSequence, isBound, silentMs } = this.#plan;
    const holder = new Holder({
      client,
      contactAddress,
      lastSequence: () => lastSequence(client),
      isBound: () => isBound(client),
      silentMs: (backup) => silentMs(backup),
    });
    this.#holders.set(client, holder);
    this.#over.delete(client);
    this.#outbox.put({ kind: 'defend', client });
  }

  #beat(now: Instant): void {
    const backups = new Set([...this.#holders.values()].flatMap(({ backup }) => backup ?? []));
    this.#nextBeat = backups.size > 0 ? now + this.#plan.beatMs : undefined;
    this.#leases.endAllBut(backups);
    for (const to of backups)
      this.#outbox.send(to, { kind: 'replica-beat', number: this.#leases.beat(to, now), answered: 0 });
  }

  #drain(client: Ipv6Address, holder: Holder, now: Instant): void {
    for (let output = holder.poll(); output !== undefined; output = holder.poll())
      this.#says(client, output, now);
  }

  #says(client: Ipv6Address, output: HolderOutput, now: Instant): void {
    switch (output.kind) {
      case 'send-replica': {
        const { to, number, takeover, checkpoint } = output;
        const { port, tcpState, applicationState, gated } = checkpoint;
        const what = { number, takeover, port, tcpState, applicationState };
        this.#nextBeat ??= now + this.#plan.beatMs;
        this.#leases.begin(to, now);
        this.#outbox.send(to, {
          ...{ kind: 'replica', client, ...what },
          ...(gated === undefined ? {} : { gated: true }),
        });
        return;
      }
      case 'send-sequence': {
        const { to, number, takeover } = output;
        this.#outbox.send(to, { kind: 'replica-sequence', client, number, takeover });
        return;
      }
      case 'send-input': {
        const { to, number, port, piece } = output;
        this.#outbox.send(to, { kind: 'replica-input', client, number, port, ...piece });
        return;
      }
      case 'verdict':
        this.#outbox.put(output);
        return;
      case 'send-drop': {
        const { to, port, reason } = output;
        this.#outbox.send(to, { kind: 'replica-drop', client, port, reason });
        return;
      }
      case 'probe': {
        const { port, tcpState } = output.checkpoint;
        this.#outbox.put({ kind: 'probe', client, port, state: this.#plan.decode(tcpState) });
        return;
      }
      case 'over':
        this.#holders.delete(client);
        if (output.keptBy !== undefined) this.#over.set(client, output.keptBy);
        return;
      case 'choose':
      case 'contest':
      case 'burn':
      case 'stop':
      case 'reclaim':
      case 'disputed':
      case 'decided':
      case 'protection':
        this.#outbox.put({ ...output, client });
        return;
      default:
        output satisfies never;
    }
  }
}
