import type { ContactRole } from './contact/contact-role.ts';
import type { ContactService } from './contact/contact-service.ts';
import type { ContactPlace } from './contact-parts.ts';
import type { MemberServer } from './member-server.ts';
import type { ObservedContact } from './member-status.ts';
import type { Mobility } from './mobility.ts';
import type { PlainClientService } from './plain/plain-clients.ts';

interface Kept {
  readonly role: ContactRole;
  /** undefined without a group */
  readonly service: ContactService | undefined;
}

/** Who has the contact address. */
export function observeContact(
  { settings, host }: ContactPlace,
  { role, service }: Kept,
  { homeRegistered }: Mobility,
): Pick<ObservedContact, 'address' | 'contactNode' | 'term' | 'registered' | 'hasBackup'> {
  const contactNode = service === undefined ? settings.contactNode : service.contactNode;
  return {
    address: settings.contactAddress,
    contactNode: role.held ? host.careOfAddress : contactNode,
    term: service?.term,
    registered: role.held ? homeRegistered : undefined,
    hasBackup: service?.hasBackup,
  };
}

/** Who is served here, and how. */
export function observeClients(
  server: MemberServer,
  plain: PlainClientService,
  mobility: Mobility,
): Pick<ObservedContact, 'clients' | 'connections' | 'handoffs'> {
  const bound = new Set(mobility.bindings.map(({ correspondent }) => correspondent));
  const clients = { mobileIpv6: 0, plain: 0, unknown: 0 };
  let connections = 0;
  for (const client of server.clients) {
    const ports = server.portsOf(client).length;
    connections += ports;
    if (ports > 0) clients[plain.isPlain(client) ? 'plain' : bound.has(client) ? 'mobileIpv6' : 'unknown']++;
  }
  return { clients, connections, handoffs: server.handoffs };
}
