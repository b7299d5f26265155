import { type Ipv6Address, inPrefix, ipv6 } from '../../mip6/wire/address.ts';
import { keyRing } from '../../nodes/member/written-keys.ts';
import type { Configurations, NameServerConfig, Placed } from '../configurations.ts';
import { type PlacedMember, placedContacts } from './contacts-of.ts';
import type { GroupProblem } from './problem.ts';

/** Members and the agent at the name server: that they find each other, and that it lets be published what there is. */
export function nameServerProblems(found: Configurations): readonly GroupProblem[] {
  return [...found.members.flatMap((member) => ofMember(member, found)), ...unpublishable(found)];
}

function ofMember(member: PlacedMember, found: Configurations): readonly GroupProblem[] {
  const { file, config } = member;
  const { publication } = config;
  if (publication === undefined) return [];
  const agent = found.nameServers.find((one) => ipv6(one.config.address) === ipv6(publication.nameServer));
  if (agent === undefined) {
    const text = `'${publication.nameServer}' has no configuration among these files`;
    return [{ file, field: 'publication.nameServer', text, isNote: true }];
  }
  const problems: GroupProblem[] = [];
  if (publication.port !== agent.config.channelPort)
    problems.push({
      file,
      field: 'publication.port',
      text: `${publication.port} is channelPort ${agent.config.channelPort} in ${agent.file}`,
    });
  const theirs = keyRing(agent.config)?.group ?? [];
  const shares = keyRing(publication)?.group.some(({ id, key }) =>
    theirs.some((other) => other.id === id && Buffer.compare(other.key, key) === 0),
  );
  if (shares !== true)
    problems.push({
      file,
      field: 'publication.channelKey',
      text: `has no key in common with ${agent.file}: put one key into both, with the same id`,
    });
  const self = ipv6(config.careOfAddress);
  if (!agent.config.members.map(ipv6).includes(self))
    problems.push({ file: agent.file, field: 'members', text: `lacks '${self}', the member of ${file}` });
  else if (mayHold(self, found) && !agent.config.trusted.map(ipv6).includes(self))
    problems.push({
      file: agent.file,
      field: 'trusted',
      text: `lacks '${self}' (${file}), which may be a contact node`,
    });
  return problems;
}

function mayHold(self: Ipv6Address, found: Configurations): boolean {
  return placedContacts(found).some(
    ({ contact }) => contact.contactNode === self || contact.group?.trusted.map(ipv6).includes(self) === true,
  );
}

function unpublishable(found: Configurations): readonly GroupProblem[] {
  const placed = placedContacts(found);
  const contacts = new Set(
    placed
      .filter(({ member }) => member.config.publication !== undefined)
      .map(({ contact }) => contact.contactAddress),
  );
  return found.nameServers.flatMap((agent) =>
    [...contacts]
      .filter((address) => !isPublishable(address, agent))
      .map((address) => ({
        file: agent.file,
        field: 'publishable',
        text: `lacks the contact address '${address}'`,
      })),
  );
}

function isPublishable(address: Ipv6Address, { config }: Placed<NameServerConfig>): boolean {
  return config.publishable.some((one) =>
    one.includes('/') ? inPrefix(address, one) : ipv6(one) === address,
  );
}
