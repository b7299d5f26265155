import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Claim } from './claims.ts';
import { ContactTerm } from './contact-term.ts';
import { ContactWatch, DOUBT_HEARTBEATS, type KnownContact } from './contact-watch.ts';
import { LARGEST_TRUST_GROUP } from './epochs.ts';
import { GroupContext } from './group-context.ts';
import type { GroupFrame } from './group-frames.ts';
import type { GroupInput, GroupOutput, GroupPlan } from './group-types.ts';

export type { GroupInput, GroupOutput } from './group-types.ts';

type GroupState =
  | { readonly name: 'following'; readonly watch: ContactWatch }
  | { readonly name: 'acting'; readonly term: ContactTerm }
  | { readonly name: 'left' };

/**
 * One member's part in keeping a contact address alive (paper §3.2, Fig. 5): it is the contact node, or a backup of it.
 *
 * The contact node gives its association data to the trust group and to nobody else, and beats its heart. When it falls silent,
 * ends or leaves, its backups act in their order: each enters a term of its own (see epochs.ts), registers, and tells the others.
 * A contact node that was cut off goes on until it hears of a later term: its updates are refused by the home agent's replay
 * check meanwhile. It then steps back and follows.
 */
export class ContactGroup implements Role<GroupInput, GroupOutput> {
  readonly #context: GroupContext;
  #state: GroupState;

  /** Throws ProtocolError when `self` is not of the trust group, the group is too large, or suspicion comes too early. */
  constructor(plan: GroupPlan, now: Instant) {
    if (!plan.order.includes(plan.self)) throw new ProtocolError(`${plan.self} is not of the trust group`);
    if (plan.order.length > LARGEST_TRUST_GROUP)
      throw new ProtocolError(`a trust group has ${LARGEST_TRUST_GROUP} members at most`);
    if (plan.timing.suspectMs <= DOUBT_HEARTBEATS * plan.timing.heartbeatMs)
      throw new ProtocolError(`the time of suspicion must be more than ${DOUBT_HEARTBEATS} heartbeats`);
    this.#context = new GroupContext(plan);
    this.#state = { name: 'following', watch: new ContactWatch(plan, now) };
  }

  /** This member's claim to the contact address; undefined while another holds it. */
  get claim(): Claim | undefined {
    return this.#state.name === 'acting' ? this.#state.term.claim : undefined;
  }

  /** Whether this member could act as contact node. */
  get holdsData(): boolean {
    return this.#context.data !== undefined;
  }

  /** Who else holds the association data and can be reached: what is replicated goes to them. */
  get backups(): readonly Ipv6Address[] {
    return this.#context.peers.backups;
  }

  handle(input: GroupInput, now: Instant): void {
    const state = this.#state;
    if (state.name === 'left') return;
    const { peers, plan } = this.#context;
    switch (input.kind) {
      case 'found':
        this.#context.data = input.data;
        this.#enter(now);
        break;
      case 'frame':
        if (peers.trusts(input.from) && input.frame.contactAddress === plan.contactAddress)
          this.#handleFrame(input.from, input.frame, now);
        break;
      case 'connected':
        peers.connected(input.peer);
        if (state.name === 'acting') state.term.connected(input.peer);
        break;
      case 'disconnected':
        peers.disconnected(input.peer);
        break;
      case 'peer-gone':
        peers.ended(input.peer);
        if (state.name === 'acting') state.term.ended(input.peer, now);
        else this.#ended(state.watch, input.peer, now);
        break;
      case 'registered':
        if (state.name === 'acting') state.term.registered(input.epoch);
        break;
      case 'unregistered':
        if (state.name === 'acting') state.term.unregistered();
        break;
      case 'numbers':
        this.#context.inbound = input.inbound;
        if (state.name === 'acting') state.term.used(input.outbound);
        break;
      case 'leave':
        if (state.name === 'acting') state.term.leave(now);
        else this.#leave(true);
        break;
      default:
        input satisfies never;
    }
    this.#settle(now);
  }

  poll(): GroupOutput | undefined {
    return this.#context.outputs.shift();
  }

  deadline(): Instant | undefined {
    const state = this.#state;
    if (state.name === 'acting') return state.term.deadline();
    if (state.name === 'left' || !this.holdsData) return undefined;
    return Math.min(state.watch.due(this.#context.peers.gone), state.watch.doubtAt);
  }

  handleTimeout(now: Instant): void {
    const due = this.deadline();
    if (due === undefined || now < due) return;
    if (this.#state.name === 'acting') this.#state.term.handleTimeout(now);
    else if (this.#state.name === 'following') {
      const { watch } = this.#state;
      if (now >= watch.due(this.#context.peers.gone)) this.#enter(now);
      else {
        watch.doubted(now);
        this.#context.peers.tell(watch.contact?.claim.epoch ?? 0, { kind: 'contact-doubt' });
      }
    }
    this.#settle(now);
  }

  #handleFrame(from: Ipv6Address, frame: GroupFrame, now: Instant): void {
    const state = this.#state;
    const context = this.#context;
    const before = context.highest ?? -1;
    context.highest = Math.max(before, frame.epoch);
    switch (frame.kind) {
      case 'contact-data':
        if (state.name !== 'following') return;
        if (context.data === undefined) state.watch.mayAct(now);
        if (context.data === undefined || frame.epoch >= before) context.data = frame.data;
        context.peers.send(from, frame.epoch, { kind: 'contact-held' });
        return;
      case 'contact-held':
        context.peers.holds(from);
        return;
      case 'contact-heartbeat': {
        const { holder, stage, epoch, inbound } = frame;
        if (holder === context.plan.self) return;
        if (state.name === 'following' && epoch >= before) context.inbound = inbound;
        const contact = { holder, claim: { epoch, stage } };
        if (state.name === 'acting') state.term.rivalHeard(from, contact);
        else if (state.name === 'following') this.#contactHeard(state.watch, from, contact, now);
        return;
      }
      case 'contact-doubt':
        if (state.name === 'following' && state.watch.contact !== undefined && state.watch.vouches(now))
          context.peers.beat(state.watch.contact, context.inbound, [from]);
        return;
      case 'contact-withdrawn':
        if (state.name === 'acting') state.term.rivalWithdrew(frame.epoch);
        else if (state.name === 'following') state.watch.withdrew(from, frame.epoch, now);
        return;
      case 'contact-hand-over':
        if (state.name === 'following' && this.holdsData) this.#enter(now);
        return;
      case 'contact-node':
      case 'contact-entry':
      case 'contact-bound':
      case 'contact-survey':
      case 'contact-surveyed':
      case 'contact-stray':
        return;
      default:
        frame satisfies never;
    }
  }

  /** Nobody has to wait for a contact node that is known to have ended: the first backup acts at once. */
  #ended(watch: ContactWatch, peer: Ipv6Address, now: Instant): void {
    if (watch.contact?.holder === peer) watch.ended(now);
    if (this.holdsData && now >= watch.due(this.#context.peers.gone)) this.#enter(now);
  }

  #contactHeard(watch: ContactWatch, from: Ipv6Address, contact: KnownContact, now: Instant): void {
    const { peers, inbound, own } = this.#context;
    const known = watch.contact;
    if (!watch.believes(contact)) {
      // The sender may have missed a term while it was cut off.
      if (known !== undefined && known.claim.stage !== 'claiming') peers.beat(known, inbound, [from]);
      return;
    }
    watch.heard(contact, from === contact.holder, now);
    // An update of this member's own, later term may have reached the home agent.
    if (own !== undefined && own > contact.claim.epoch)
      peers.send(contact.holder, own, { kind: 'contact-withdrawn' });
    if (contact.claim.epoch !== known?.claim.epoch) this.#follow(contact);
  }

  /** Enters the next term of this member, and claims the contact address. */
  #enter(now: Instant): void {
    const epoch = this.#context.nextEpoch();
    if (epoch === undefined) {
      this.#context.outputs.push({ kind: 'exhausted' });
      this.#leave(false);
    } else this.#state = { name: 'acting', term: new ContactTerm(this.#context, epoch, now) };
  }

  /** Goes on when a term has ended. */
  #settle(now: Instant): void {
    if (this.#state.name !== 'acting' || this.#state.term.end === undefined) return;
    const { end } = this.#state.term;
    if (end.kind === 'left') {
      // Clients that are still here are reached by way of the successor.
      if (end.contact !== undefined) this.#follow(end.contact);
      this.#leave(end.contact !== undefined);
      return;
    }
    const { plan } = this.#context;
    // Who has given up lets all others have a try first.
    const extraMs = end.kind === 'withdrawn' ? plan.order.length * plan.timing.staggerMs : 0;
    const watch = new ContactWatch(plan, now, extraMs);
    this.#state = { name: 'following', watch };
    if (end.contact === undefined) return;
    // The data that the contact node has sent came before its claim, and was not answered: this member had a claim of its own.
    const { holder, claim } = end.contact;
    if (this.holdsData) this.#context.peers.send(holder, claim.epoch, { kind: 'contact-held' });
    if (end.kind === 'withdrawn') this.#contactHeard(watch, end.contact.holder, end.contact, now);
    else {
      watch.heard(end.contact, false, now);
      this.#follow(end.contact);
    }
  }

  #leave(handedOver: boolean): void {
    this.#context.data = undefined;
    this.#state = { name: 'left' };
    this.#context.outputs.push({ kind: 'left', handedOver });
  }

  #follow({ holder, claim }: KnownContact): void {
    this.#context.outputs.push({ kind: 'follow', contactNode: holder, epoch: claim.epoch });
  }
}
