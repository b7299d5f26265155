import type { Reconciler } from '../../../linux/reconciler.ts';
import { liveConnections } from '../../../linux/tcp/connection-table.ts';
import type { MobileNodeConfig } from '../../../mip6/roles/mobile-node/mobile-node-types.ts';
import { type Ipv6Address, ipv6 } from '../../../mip6/wire/address.ts';
import type { Flow } from '../../../server/plain/plain-clients.ts';
import type { ContactRole } from '../contact/contact-role.ts';
import type { MemberPaths } from '../contact/member-paths.ts';
import type { MemberConfig } from '../member-fields.ts';
import { FlowRules } from './flow-rules.ts';
import { Forwarder } from './forwarder.ts';
import { PlainClientService } from './plain-clients.ts';
import type { PlainClientServiceOptions } from './plain-options.ts';

/** A client that refused is asked again after as long as a binding lives (RFC 6275 §12); one that was silent, sooner. */
const defaults = {
  limit: 64,
  refusedMs: 420_000,
  silentMs: 60_000,
  capableMs: 420_000,
  capacity: 10_000,
} as const;

/** How long clients are asked for Mobile IPv6 in vain, and left alone when they have refused it. */
export function patienceOf({
  plainClients,
  testRetransmissions,
}: Pick<MemberConfig, 'plainClients' | 'testRetransmissions'>): Pick<
  MobileNodeConfig,
  'retransmissionLimit' | 'unsupportedSeconds'
> {
  return {
    unsupportedSeconds: (plainClients?.refusedMs ?? defaults.refusedMs) / 1000,
    ...(testRetransmissions === undefined ? {} : { retransmissionLimit: testRetransmissions }),
  };
}

/** A member's service for clients without Mobile IPv6, as its configuration has it. */
export function createPlainClients(
  config: Pick<MemberConfig, 'careOfAddress' | 'servicePort' | 'plainClients'>,
  contactAddress: Ipv6Address,
  parts: Pick<
    PlainClientServiceOptions,
    'mobility' | 'isBound' | 'log' | 'contactNode' | 'inOffice' | 'send' | 'onAnswer' | 'delivers'
  > & {
    readonly reconciler: Reconciler;
    readonly paths: MemberPaths;
    readonly role: Pick<ContactRole, 'keep'>;
    /** default: what the kernel has */
    readonly live?: PlainClientServiceOptions['live'];
  },
): PlainClientService {
  const careOfAddress: Ipv6Address = ipv6(config.careOfAddress);
  const { limit, ...kinds } = { ...defaults, ...config.plainClients };
  const { reconciler, paths, role, ...rest } = parts;
  const rules = new FlowRules(reconciler, contactAddress, paths);
  const forwarder = new Forwarder({
    careOfAddress,
    limit,
    rules,
    log: parts.log,
    holds: (flow) => service.has(flow),
    onEntry: (entry) => role.keep(entry),
  });
  const service: PlainClientService = new PlainClientService({
    live: () => liveOf(contactAddress),
    ...rest,
    careOfAddress,
    contactAddress,
    servicePort: config.servicePort,
    kinds,
    forwarder,
  });
  return service;
}

function liveOf(contactAddress: Ipv6Address): readonly Flow[] {
  return liveConnections(contactAddress).map(({ localPort, remote, remotePort }) => ({
    client: remote,
    clientPort: remotePort,
    servicePort: localPort,
  }));
}
