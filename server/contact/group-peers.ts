import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Claim } from './claims.ts';
import type { KnownContact } from './contact-watch.ts';
import type { Epoch } from './epochs.ts';
import type { ContactData, GroupFrame, InboundNumbers } from './group-frames.ts';
import type { GroupOutput, GroupPlan } from './group-types.ts';

type Content = GroupFrame extends infer Frame
  ? Frame extends GroupFrame
    ? Omit<Frame, 'contactAddress' | 'epoch'>
    : never
  : never;

/** The other members of a trust group: who can be reached, who holds the association data, and what is said to them. */
export class GroupPeers {
  readonly #plan: GroupPlan;
  readonly #outputs: GroupOutput[];
  readonly #connected = new Set<Ipv6Address>();
  readonly #gone = new Set<Ipv6Address>();
  readonly #held = new Set<Ipv6Address>();

  constructor(plan: GroupPlan, outputs: GroupOutput[]) {
    this.#plan = plan;
    this.#outputs = outputs;
  }

  /** Members known to have ended. */
  get gone(): ReadonlySet<Ipv6Address> {
    return this.#gone;
  }

  /** Members that hold the association data and can be reached. */
  get backups(): readonly Ipv6Address[] {
    return this.#plan.order.filter((member) => this.#held.has(member) && this.#connected.has(member));
  }

  /** Whether association data may be given to this member, and its word about the contact address be taken. */
  trusts(member: Ipv6Address): boolean {
    return member !== this.#plan.self && this.#plan.order.includes(member);
  }

  connected(peer: Ipv6Address): void {
    this.#connected.add(peer);
    this.#gone.delete(peer);
  }

  disconnected(peer: Ipv6Address): void {
    this.#connected.delete(peer);
  }

  ended(peer: Ipv6Address): void {
    this.#connected.delete(peer);
    this.#held.delete(peer);
    // Of members outside the group nobody asks, and they may come and go for ever.
    if (this.trusts(peer)) this.#gone.add(peer);
  }

  holds(peer: Ipv6Address): void {
    this.#held.add(peer);
  }

  send(to: Ipv6Address, epoch: Epoch, content: Content): void {
    if (this.#connected.has(to)) this.#outputs.push({ kind: 'send', to, frame: this.#frame(epoch, content) });
  }

  /** To the whole group. */
  tell(epoch: Epoch, content: Content): void {
    for (const member of this.#plan.order) this.send(member, epoch, content);
  }

  announce(epoch: Epoch): void {
    const { self: contactNode } = this.#plan;
    const frame = this.#frame(epoch, { kind: 'contact-node', contactNode });
    this.#outputs.push({ kind: 'announce', frame });
  }

  /** What this member says of itself, or of another (hearsay). */
  beat({ holder, claim }: KnownContact, inbound: InboundNumbers, to: readonly Ipv6Address[]): void {
    const { stage, epoch } = claim;
    for (const member of to) this.send(member, epoch, { kind: 'contact-heartbeat', holder, stage, inbound });
  }

  giveData(to: Ipv6Address, { epoch }: Claim, data: ContactData): void {
    if (this.trusts(to)) this.send(to, epoch, { kind: 'contact-data', data });
  }

  #frame(epoch: Epoch, content: Content): GroupFrame {
    return { contactAddress: this.#plan.contactAddress, epoch, ...content };
  }
}
