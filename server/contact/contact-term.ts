import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { type Claim, judge } from './claims.ts';
import type { KnownContact } from './contact-watch.ts';
import { type Epoch, espFloor, isNearlySpent, updateFloor } from './epochs.ts';
import type { GroupContext } from './group-context.ts';

/** How a term ends: another member holds the address or may try to, or this one has left the server. */
type TermEnd =
  | { readonly kind: 'followed'; readonly contact: KnownContact }
  | { readonly kind: 'withdrawn'; readonly contact?: KnownContact }
  | {
      readonly kind: 'left';
      /** the member that has taken over; undefined: none has */
      readonly contact?: KnownContact;
    };

/** A member's claim to the contact address, from its registration until another's follows it. */
export class ContactTerm {
  readonly #context: GroupContext;
  #claim: Claim;
  #nextHeartbeat: Instant;
  /** of a first registration: then the claim is given up */
  #until: Instant | undefined;
  /** of a contact node that leaves: who was asked, and who is next when it does not serve by then */
  #leaving:
    | { readonly asked: Ipv6Address; readonly until: Instant; readonly others: readonly Ipv6Address[] }
    | undefined;
  #end: TermEnd | undefined;

  constructor(context: GroupContext, epoch: Epoch, now: Instant) {
    const { heartbeatMs, registrationMs } = context.plan.timing;
    this.#context = context;
    this.#claim = { epoch, stage: 'claiming' };
    this.#nextHeartbeat = now + heartbeatMs;
    this.#until = now + registrationMs;
    this.#register();
  }

  get claim(): Claim {
    return this.#claim;
  }

  /** Undefined while it lasts. */
  get end(): TermEnd | undefined {
    return this.#end;
  }

  deadline(): Instant {
    const never = Number.POSITIVE_INFINITY;
    return Math.min(this.#nextHeartbeat, this.#until ?? never, this.#leaving?.until ?? never);
  }

  handleTimeout(now: Instant): void {
    if (this.#until !== undefined && now >= this.#until) this.#withdraw('the home agent does not answer');
    else if (this.#leaving !== undefined && now >= this.#leaving.until)
      this.#handOver(this.#leaving.others, now);
    else if (now >= this.#nextHeartbeat) {
      // From the time that was due: a late timer makes no other heartbeat late.
      this.#nextHeartbeat += this.#context.plan.timing.heartbeatMs;
      if (this.#nextHeartbeat <= now) this.#nextHeartbeat = now + this.#context.plan.timing.heartbeatMs;
      this.#context.beat(this.#claim);
    }
  }

  registered(epoch: Epoch): void {
    if (this.#claim.epoch !== epoch) return;
    this.#until = undefined;
    const first = this.#claim.stage === 'claiming';
    if (first) this.#claim = { epoch, stage: 'serving' };
    this.#context.peers.announce(epoch);
    this.#context.beat(this.#claim);
    if (first) for (const member of this.#context.plan.order) this.#context.giveData(member, this.#claim);
  }

  /** A contact node that is answered no more goes on asking: it may be cut off, and a later term have begun. */
  unregistered(): void {
    if (this.#until !== undefined) this.#withdraw('the home agent refuses');
    else this.#claim = { ...this.#claim, stage: 'claiming' };
  }

  /** `outbound`: last ESP number used; a term that has few left makes way for the next one of this member. */
  used(outbound: number): void {
    if (isNearlySpent(this.#claim.epoch, outbound)) this.#renew();
  }

  /** A later claim was given up: its update may have reached the home agent all the same, so the contact node goes above it. */
  rivalWithdrew(epoch: Epoch): void {
    if (epoch > this.#claim.epoch) this.#renew();
  }

  /** Another member says that it, or a third one, holds the contact address. */
  rivalHeard(from: Ipv6Address, rival: KnownContact): void {
    const judgement = judge(this.#claim, rival.claim);
    const hearsay = from !== rival.holder;
    if (judgement === 'yield') {
      if (!hearsay || rival.claim.stage !== 'claiming') this.#yield(rival);
    } else if (hearsay) return;
    else if (judgement === 'withdraw') this.#withdraw('the contact node lives', rival);
    else if (judgement === 'answer') this.#context.beat(this.#claim, [from]);
  }

  connected(peer: Ipv6Address): void {
    const { peers, plan } = this.#context;
    this.#context.giveData(peer, this.#claim);
    if (peers.trusts(peer)) this.#context.beat(this.#claim, [peer]);
    if (this.#claim.stage !== 'claiming')
      peers.send(peer, this.#claim.epoch, { kind: 'contact-node', contactNode: plan.self });
  }

  /** A successor that has ended is not waited for. */
  ended(peer: Ipv6Address, now: Instant): void {
    if (this.#leaving?.asked === peer) this.#handOver(this.#leaving.others, now);
  }

  leave(now: Instant): void {
    if (this.#claim.stage === 'claiming') {
      this.#abdicate();
      return;
    }
    this.#claim = { ...this.#claim, stage: 'leaving' };
    this.#context.beat(this.#claim);
    this.#handOver(this.#context.peers.backups, now);
  }

  /** Asks the next backup to take over; the contact node serves until one does, or none is left. */
  #handOver([next, ...others]: readonly Ipv6Address[], now: Instant): void {
    if (next === undefined) {
      this.#abdicate();
      return;
    }
    this.#leaving = { asked: next, until: now + this.#context.plan.timing.handOverMs, others };
    this.#context.peers.send(next, this.#claim.epoch, { kind: 'contact-hand-over' });
  }

  #renew(): void {
    const epoch = this.#context.nextEpoch();
    if (this.#claim.stage === 'claiming') return;
    if (epoch === undefined) {
      this.#context.outputs.push({ kind: 'exhausted' });
      this.#end = { kind: 'left' };
      return;
    }
    this.#claim = { ...this.#claim, epoch };
    this.#register();
  }

  #register(): void {
    const { data, inbound, outputs } = this.#context;
    const { epoch } = this.#claim;
    this.#context.highest = epoch;
    this.#context.own = epoch;
    const numbers = { update: updateFloor(epoch), outbound: espFloor(epoch), inbound };
    if (data !== undefined) outputs.push({ kind: 'register', epoch, data, numbers });
    this.#context.beat(this.#claim);
  }

  /** A later term has begun. */
  #yield(contact: KnownContact): void {
    this.#release(`${contact.holder} holds the contact address in a later term`);
    this.#end = this.#leaving === undefined ? { kind: 'followed', contact } : { kind: 'left', contact };
  }

  /** Gives the claim up. */
  #withdraw(reason: string, contact?: KnownContact): void {
    this.#release(reason);
    this.#context.peers.tell(this.#claim.epoch, { kind: 'contact-withdrawn' });
    this.#end = contact === undefined ? { kind: 'withdrawn' } : { kind: 'withdrawn', contact };
  }

  #abdicate(): void {
    this.#release('this member leaves');
    this.#context.peers.tell(this.#claim.epoch, { kind: 'contact-withdrawn' });
    this.#end = { kind: 'left' };
  }

  #release(reason: string): void {
    this.#context.outputs.push({ kind: 'release', reason });
  }
}
