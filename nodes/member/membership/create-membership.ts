import { EchoProbe } from '../../../linux/echo-probe.ts';
import type { FdPoller } from '../../../linux/fd-poller.ts';
import { ProtocolError } from '../../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6 } from '../../../mip6/wire/address.ts';
import type { GroupAddresses } from '../../../server/admission/group-addresses.ts';
import { handoffVariant } from '../../../server/variants/variants.ts';
import type { EventLog } from '../../support/event-log.ts';
import { monotonicMs } from '../../support/role-driver.ts';
import type { MemberChannel } from '../channel.ts';
import type { MemberTunnels } from '../contact/member-tunnels.ts';
import type { ContactUnit } from '../contact-unit.ts';
import type { MemberConfig } from '../member-fields.ts';
import { Leaving } from './leaving.ts';
import { leavingUnit } from './leaving-unit.ts';
import { loadPolicy } from './load-policy.ts';
import { MembershipService } from './membership-service.ts';

const defaults = {
  leaveMs: 30_000,
  probeMs: 1000,
  // Longer than a binding lives, and than TCP waits for a peer that is silent.
  forgetMs: 1_800_000,
  limit: 256,
  variant: 'drain+advance-rr',
} as const;

interface MembershipHost {
  readonly config: Pick<MemberConfig, 'careOfAddress' | 'channelKey' | 'membership' | 'peers'>;
  readonly poller: FdPoller;
  readonly log: EventLog;
  readonly group: GroupAddresses;
  tunnels(): MemberTunnels;
  channel(): MemberChannel;
  units(): readonly ContactUnit[];
  /** `ready` may have changed. */
  onReady(): void;
  /** This member has said that it ends. */
  onLeft(member: Ipv6Address): void;
  /** It is no peer any more; `ended`: as in MembershipServiceOptions. */
  onForgotten(member: Ipv6Address, ended: boolean): void;
}

/** A member's joining and leaving, as far as its configuration asks for it. */
interface MemberMembership {
  readonly service: MembershipService;
  /** for the channel */
  readonly introducers: readonly Ipv6Address[];
  readonly limit: number;
  /** It knows the other members and all contact nodes. */
  readonly ready: boolean;
  /** Hands clients and contact addresses over; `done` is called once. */
  leave(done: () => void): void;
  close(): void;
}

/** Undefined where members are fixed. Throws ProtocolError without a group key, LabError for a policy module that is none. */
export function createMembership(host: MembershipHost): MemberMembership | undefined {
  const { config, poller, log } = host;
  const settings = config.membership;
  if (settings === undefined) return undefined;
  if (config.channelKey === undefined)
    throw new ProtocolError('members that join need a channelKey: it is what shows that they may');
  const probeMs = settings.probeMs ?? defaults.probeMs;
  const variant = handoffVariant(settings.variant ?? defaults.variant);
  const introducers = settings.introducers.map(ipv6);
  let probe: EchoProbe | undefined;
  const opened = (): EchoProbe =>
    (probe ??= new EchoProbe(poller, ipv6(config.careOfAddress), process.pid, monotonicMs));
  const service = new MembershipService({
    policy: loadPolicy(settings.acceptorPolicy),
    introduced: introducers.length > 0,
    // The answer has a way to go, too.
    probeMs: 2 * probeMs,
    forgetMs: settings.forgetMs ?? defaults.forgetMs,
    stays: (member) => isConfigured(host, member),
    log,
    group: host.group,
    channel: host.channel,
    clients: () => host.units().reduce((sum, { server }) => sum + server.clients.length, 0),
    measure: (client) => opened().roundTripMs(client, probeMs),
    onMember: (member) => host.tunnels().add(member),
    onReady: host.onReady,
    onLeft: host.onLeft,
    onForgotten: host.onForgotten,
  });
  return {
    service,
    introducers,
    limit: settings.limit ?? defaults.limit,
    get ready() {
      const known = ({ service: contact }: ContactUnit): boolean =>
        contact === undefined || contact.contactNode !== undefined;
      return service.joined && host.units().every(known);
    },
    leave(done) {
      const units = host.units().map(leavingUnit);
      const leaveMs = settings.leaveMs ?? defaults.leaveMs;
      void new Leaving({ membership: service, units, variant, leaveMs, log })
        .run()
        .catch((error) => log.write('leaving-failed', { reason: String(error) }))
        .then(done);
    },
    close() {
      service.close();
      probe?.close();
    },
  };
}

/** The configuration names it, as a peer or as one that may hold a contact address. */
function isConfigured({ config, units }: MembershipHost, member: Ipv6Address): boolean {
  const named = [...config.peers, ...(config.membership?.introducers ?? [])];
  return (
    named.some((one) => ipv6(one) === member) ||
    units().some(
      ({ settings: { contactNode, group } }) =>
        contactNode === member || group?.trusted.some((one) => ipv6(one) === member) === true,
    )
  );
}
