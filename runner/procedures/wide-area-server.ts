import type { ContactAddressPlace, Place, WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import { memberPatience } from './patience.ts';
import type { LabProcess } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';
import { channelPort, memberSecret } from './testbed.ts';

const homeLifetimeSeconds = 420;
const bindingLifetimeSeconds = 420;
const sendBuffer = 87 * 1024;
const channelKeyLog = '/run/job/tls_keys';

/** When the members of a trust group act, ms; see `GroupTiming` in server/contact. */
export interface GroupTimes {
  readonly heartbeatMs: number;
  readonly suspectMs: number;
  readonly staggerMs: number;
  readonly registrationMs: number;
  readonly handOverMs: number;
  /** see `replicas` of the group; default 0 */
  readonly replicas?: 0 | 1;
}

/** A server on a wide-area network (topologies/wide-area.ts) with all its contact addresses. */
export interface WideAreaServer {
  readonly roles: WideAreaRoles;
  readonly seed: number;
  readonly servicePort: number;
  /** absent: nobody takes a contact address over; each address's own trust group are its contact node and its backups */
  readonly group?: GroupTimes;
  /** the longest one-way way between sites, ms; for how long members wait. Default: a usual one */
  readonly tripMs?: number;
  /** names of the members that serve a contact address, its contact node among them; default: all */
  readonly servedBy?: (contact: ContactAddressPlace) => readonly string[];
  /** see the member's `signallingDscp`; absent: none */
  readonly signallingDscp?: number;
  /** by member: the application's configuration, `kind` first */
  readonly application: (member: Place) => object;
}

/** The clients' correspondent nodes and the home agents; then the members, the contact nodes last. */
export function wideAreaDaemons(server: WideAreaServer): readonly (readonly LabProcess[])[] {
  const { roles } = server;
  const correspondents = roles.clients
    .filter(({ kind }) => kind === 'correspondent-node')
    .map(({ name }): LabProcess => {
      return { name: `correspondent-${name}`, host: name, program: 'correspondent-node', config: {} };
    });
  const contactNodes = roles.contactAddresses.map(({ contactNode }) => contactNode);
  const isContact = ({ name }: Place): boolean => contactNodes.includes(name);
  const homeAgents = new Set(roles.contactAddresses.map((contact) => contact.homeAgent));
  return [
    [...correspondents, ...[...homeAgents].map((place) => homeAgent(place, server))],
    // Contact nodes are last to start, so that they are first to be ended.
    roles.members
      .toSorted((a, b) => Number(isContact(a)) - Number(isContact(b)))
      .map((place) => member(place, server)),
  ];
}

function homeAgent(place: Place, { roles, seed }: WideAreaServer): LabProcess {
  const served = [...roles.contactAddresses.entries()].filter(([, contact]) => contact.homeAgent === place);
  return {
    name: place.name,
    host: place.name,
    program: 'home-agent',
    config: {
      address: place.address,
      prefix: served[0]![1].homePrefix,
      homeAddresses: served.map(([index, { address }]) => ({
        address,
        associations: securityAssociations(seed, index),
      })),
      maximumLifetimeSeconds: homeLifetimeSeconds,
    },
  };
}

function member(place: Place, server: WideAreaServer): LabProcess {
  const { seed, servicePort, application, signallingDscp } = server;
  return {
    name: place.name,
    host: place.name,
    program: 'member',
    config: {
      careOfAddress: place.address,
      ...contactsOf(place, server),
      peers: peersOf(place, server).map(({ address }) => address),
      channelPort,
      channelKey: memberSecret(seed, 'member-to-member channel'),
      ...(isTrusted(place, server) ? { trustKey: memberSecret(seed, 'trusted members') } : {}),
      channelKeyLog,
      servicePort,
      homeLifetimeSeconds,
      bindingLifetimeSeconds,
      ...memberPatience(server.tripMs ?? 0),
      // The paper's donor asks nobody.
      ...(server.group === undefined ? { acceptorHeardMs: 0 } : {}),
      sendBuffer,
      ...(signallingDscp === undefined ? {} : { signallingDscp }),
      application: application(place),
    },
  };
}

/** Whether this member may hold the associations of a contact address: no other has the trust key. */
function isTrusted({ name }: Place, { roles, group }: WideAreaServer): boolean {
  const places = roles.contactAddresses.flatMap(({ contactNode, backups }) => [contactNode, ...backups]);
  return group !== undefined && places.includes(name);
}

/** Who serves a contact address together with this member. */
function peersOf(place: Place, server: WideAreaServer): readonly Place[] {
  const { members, contactAddresses } = server.roles;
  const shared = contactAddresses.filter((contact) => serves(place, contact, server));
  return members.filter(
    (other) => other !== place && shared.some((contact) => serves(other, contact, server)),
  );
}

function serves({ name }: Place, contact: ContactAddressPlace, { servedBy }: WideAreaServer): boolean {
  return servedBy === undefined || servedBy(contact).includes(name);
}

/** One contact address in the short form, several in the long one. */
function contactsOf(place: Place, server: WideAreaServer): object {
  const contacts = [...server.roles.contactAddresses.entries()]
    .filter(([, contact]) => serves(place, contact, server))
    .map(([index, contact]) => contactOf(contact, index, place, server));
  const { address: contactAddress, ...only } = contacts[0]!;
  return contacts.length === 1 ? { contactAddress, ...only } : { contacts };
}

function contactOf(
  contact: ContactAddressPlace,
  index: number,
  { name }: Place,
  { roles, seed, group }: WideAreaServer,
): Readonly<Record<string, unknown>> & { readonly address: string } {
  const addressOf = (member: string): string => roles.members.find((other) => other.name === member)!.address;
  const trusted = [contact.contactNode, ...contact.backups].map(addressOf);
  return {
    address: contact.address,
    homeAgent: contact.homeAgent.address,
    contactNode: addressOf(contact.contactNode),
    ...(name === contact.contactNode ? { associations: securityAssociations(seed, index) } : {}),
    ...(group === undefined ? {} : { group: { trusted, ...group } }),
  };
}
