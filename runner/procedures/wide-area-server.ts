import { createHash } from 'node:crypto';
import type { Place, WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import type { LabProcess } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';
import { channelPort } from './testbed.ts';

const homeLifetimeSeconds = 420;
const bindingLifetimeSeconds = 420;
const doneTimeoutMs = 60_000;
const sendBuffer = 87 * 1024;
const channelKeyLog = '/run/job/tls_keys';

/** When the members of a trust group act, ms; see `GroupTiming` in server/contact-group. */
export interface GroupTimes {
  readonly heartbeatMs: number;
  readonly suspectMs: number;
  readonly staggerMs: number;
  readonly registrationMs: number;
  readonly handOverMs: number;
}

/** A server on a wide-area network (topologies/wide-area.ts) with its first contact address. */
export interface WideAreaServer {
  readonly roles: WideAreaRoles;
  readonly seed: number;
  readonly servicePort: number;
  /** absent: nobody takes the contact address over */
  readonly group?: GroupTimes;
  /** by member: the application's configuration, `kind` first */
  readonly application: (member: Place) => object;
}

/** The clients' correspondent nodes and the home agent; the members but the contact node; the contact node. */
export function wideAreaDaemons(server: WideAreaServer): readonly (readonly LabProcess[])[] {
  const { roles } = server;
  const { contactNode } = roles.contactAddresses[0]!;
  const correspondents = roles.clients
    .filter(({ kind }) => kind === 'correspondent-node')
    .map(({ name }): LabProcess => {
      return { name: `correspondent-${name}`, host: name, program: 'correspondent-node', config: {} };
    });
  const isContact = ({ name }: Place): boolean => name === contactNode;
  return [
    [...correspondents, homeAgent(server)],
    // The contact node is last to start, so that it is first to be ended.
    roles.members
      .toSorted((a, b) => Number(isContact(a)) - Number(isContact(b)))
      .map((place) => member(place, server)),
  ];
}

function homeAgent({ roles, seed }: WideAreaServer): LabProcess {
  const { address, homeAgent: place, homePrefix: prefix } = roles.contactAddresses[0]!;
  return {
    name: place.name,
    host: place.name,
    program: 'home-agent',
    config: {
      address: place.address,
      prefix,
      homeAddresses: [{ address, associations: securityAssociations(seed) }],
      maximumLifetimeSeconds: homeLifetimeSeconds,
    },
  };
}

function member(place: Place, { roles, seed, servicePort, group, application }: WideAreaServer): LabProcess {
  const contact = roles.contactAddresses[0]!;
  const addressOf = (name: string): string => roles.members.find((other) => other.name === name)!.address;
  const trusted = [contact.contactNode, ...contact.backups].map(addressOf);
  return {
    name: place.name,
    host: place.name,
    program: 'member',
    config: {
      careOfAddress: place.address,
      contactAddress: contact.address,
      homeAgent: contact.homeAgent.address,
      contactNode: addressOf(contact.contactNode),
      ...(place.name === contact.contactNode ? { associations: securityAssociations(seed) } : {}),
      ...(group === undefined ? {} : { group: { trusted, ...group } }),
      peers: roles.members.filter(({ name }) => name !== place.name).map(({ address }) => address),
      channelPort,
      channelKey: createHash('sha256').update(`${seed}|member-to-member channel`).digest('hex'),
      channelKeyLog,
      servicePort,
      homeLifetimeSeconds,
      bindingLifetimeSeconds,
      doneTimeoutMs,
      sendBuffer,
      application: application(place),
    },
  };
}
