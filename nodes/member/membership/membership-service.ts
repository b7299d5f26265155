import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { GroupAddresses } from '../../../server/admission/group-addresses.ts';
import {
  type AbsenceInput,
  type AbsenceOutput,
  type AbsencePlan,
  AbsentMembers,
} from '../../../server/membership/absent-members.ts';
import {
  AcceptorChoice,
  type AcceptorPolicy,
  acceptorPolicy,
  type Candidate,
} from '../../../server/membership/acceptor-choice.ts';
import { type MemberStatus, Membership } from '../../../server/membership/membership.ts';
import type { MembershipFrame } from '../../../server/membership/membership-frames.ts';
import { StatusNotices } from '../../../server/membership/status-notices.ts';
import type { EventWriter } from '../../support/event-log.ts';
import { RoleDriver } from '../../support/role-driver.ts';
import type { MemberChannel, PeerChange } from '../channel.ts';
import { ClientDistances } from './client-distances.ts';

export interface MembershipServiceOptions extends AbsencePlan {
  readonly policy: AcceptorPolicy;
  /** there are members that have to say who else there is */
  readonly introduced: boolean;
  readonly probeMs: number;
  /** the server's own addresses: what members tell of others is measured against them */
  readonly group: GroupAddresses;
  readonly log: EventWriter;
  channel(): Pick<MemberChannel, 'add' | 'remove' | 'send' | 'standing'>;
  /** clients served here */
  clients(): number;
  /** round trip to a client from here, ms; undefined: no answer */
  measure(client: Ipv6Address): Promise<number | undefined>;
  /** A process of this member is there: it may have to be reached by a tunnel. */
  onMember(member: Ipv6Address): void;
  /** `joined` may have changed. */
  onReady(): void;
  /** This member has said that it ends, and is no peer any more. */
  onLeft(member: Ipv6Address): void;
  /** It has been away for too long, and is no peer any more; `ended`: that its process has ended has been said before. */
  onForgotten(member: Ipv6Address, ended: boolean): void;
}

/** A member's knowledge of the others while they come and go, what it tells them of itself, and its choice among them. */
export class MembershipService {
  readonly #options: MembershipServiceOptions;
  readonly #members = new Membership();
  readonly #choice: AcceptorChoice;
  readonly #distances: ClientDistances;
  readonly #absent: RoleDriver<AbsenceInput, AbsenceOutput>;
  readonly #notices = new RoleDriver(new StatusNotices(), () => this.#tell());
  #status: MemberStatus = 'joining';
  #listed = false;
  #told: string | undefined;

  constructor(options: MembershipServiceOptions) {
    const { policy, probeMs, measure } = options;
    this.#options = options;
    this.#choice = new AcceptorChoice(policy);
    this.#distances = new ClientDistances({
      probeMs,
      measure,
      group: options.group,
      send: (peer, frame) => options.channel().send(peer, frame),
    });
    this.#absent = new RoleDriver(new AbsentMembers(options), ({ member, ended }) =>
      this.#forget(member, ended),
    );
  }

  /** This member has been told who else there is. */
  get joined(): boolean {
    return this.#listed || !this.#options.introduced;
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    if (change === 'gone') this.#members.left(peer);
    if (change === 'gone' || change === 'lost') {
      this.#absent.handle({ kind: 'away', member: peer, ended: change === 'gone' });
      return;
    }
    this.#absent.handle({ kind: 'back', member: peer });
    const { channel, onMember } = this.#options;
    if (change === 'up') {
      this.#members.joined(peer);
      onMember(peer);
    }
    const members = channel().standing.filter((member) => member !== peer);
    channel().send(peer, { kind: 'member-list', members });
    channel().send(peer, this.#ownStatus());
  }

  onFrame(peer: Ipv6Address, frame: MembershipFrame): void {
    const { channel, log, onReady, onLeft } = this.#options;
    switch (frame.kind) {
      case 'member-list':
        this.#meet(peer, frame.members);
        if (!this.#listed) log.write('introduced', { by: peer, members: frame.members.length + 1 });
        this.#listed = true;
        onReady();
        return;
      case 'member-status':
        this.#members.told(peer, frame);
        return;
      case 'member-left':
        log.write('member-left', { peer });
        this.#members.left(peer);
        channel().remove(peer);
        this.#absent.handle({ kind: 'away', member: peer, ended: true });
        onLeft(peer);
        return;
      case 'client-probe':
        void this.#distances.asked(peer, frame.client);
        return;
      case 'client-distance':
        this.#distances.answered(peer, frame);
        return;
      default:
        frame satisfies never;
    }
  }

  /** The member that the policy chooses for a client, not one of `except`; undefined when none takes clients. */
  async chooseAcceptor(
    client: Ipv6Address,
    except: ReadonlySet<Ipv6Address> = new Set(),
  ): Promise<Ipv6Address | undefined> {
    const { policy, log } = this.#options;
    const open = this.#open(except);
    if (open.length === 0) return undefined;
    const latencies =
      policy.measuresLatency === true ? await this.#distances.measured(client, open) : undefined;
    const still = new Set(this.#open(except));
    const candidates = this.#members
      .candidates((member) => latencies?.get(member))
      .filter(({ member }) => still.has(member));
    const chosen = this.#chosen(candidates);
    if (chosen === undefined) return undefined;
    this.#members.assigned(chosen.member);
    const { member: acceptor, latencyMs } = chosen;
    const how = { client, acceptor, policy: policy.name };
    log.write('acceptor-chosen', latencyMs === undefined ? how : { ...how, latencyMs });
    return acceptor;
  }

  /** A policy of somebody's own may fail; clients of a member that leaves have to go somewhere all the same. */
  #chosen(candidates: readonly Candidate[]): Candidate | undefined {
    try {
      return this.#choice.choose(candidates);
    } catch (error) {
      const { log, policy } = this.#options;
      log.write('acceptor-policy-failed', { policy: policy.name, reason: String(error) });
      return new AcceptorChoice(acceptorPolicy('least-clients')).choose(candidates);
    }
  }

  /** This member takes clients from now on, or none any more; who leaves does not begin to serve. */
  become(status: Exclude<MemberStatus, 'joining'>): void {
    if (this.#status === 'leaving') return;
    this.#status = status;
    this.#tell();
  }

  /** The number of clients may have changed. */
  clientsChanged(): void {
    this.#notices.handle('changed');
  }

  /** This member ends, and is not waited for. */
  farewell(): void {
    const { channel } = this.#options;
    for (const peer of channel().standing) channel().send(peer, { kind: 'member-left' });
  }

  close(): void {
    this.#notices.stop();
    this.#absent.stop();
    this.#distances.close();
  }

  /** Calls those that are not known, as far as there is room. */
  #meet(by: Ipv6Address, members: readonly Ipv6Address[]): void {
    const { channel, group, log } = this.#options;
    let refused = 0;
    for (const member of members) {
      // Nobody is called, let alone kept, at an address that no member can have.
      const outcome = group.whyNoMember(member) === undefined ? channel().add(member) : 'full';
      if (outcome === 'full') refused++;
      // It may be gone by now, or never have been.
      if (outcome === 'added') this.#absent.handle({ kind: 'away', member, ended: true });
    }
    if (refused > 0) log.write('members-refused', { by, refused });
  }

  #forget(member: Ipv6Address, ended: boolean): void {
    const { channel, log, onForgotten, onReady } = this.#options;
    log.write('member-forgotten', { member });
    this.#members.left(member);
    channel().remove(member);
    onForgotten(member, ended);
    onReady();
  }

  #open(except: ReadonlySet<Ipv6Address>): readonly Ipv6Address[] {
    const standing = new Set(this.#options.channel().standing);
    return this.#members
      .candidates()
      .map(({ member }) => member)
      .filter((member) => standing.has(member) && !except.has(member));
  }

  #ownStatus(): Extract<MembershipFrame, { kind: 'member-status' }> {
    return { kind: 'member-status', status: this.#status, clients: this.#options.clients() };
  }

  #tell(): void {
    const { channel } = this.#options;
    const status = this.#ownStatus();
    const text = `${status.status} ${status.clients}`;
    if (text === this.#told) return;
    this.#told = text;
    for (const peer of channel().standing) channel().send(peer, status);
  }
}
