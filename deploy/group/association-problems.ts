import type { HomeAssociations, SecurityAssociation } from '../../linux/recipes/associations.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { Configurations } from '../configurations.ts';
import { type PlacedContact, placedContacts } from './contacts-of.ts';
import type { GroupProblem } from './problem.ts';

/** A home address at a home agent. */
interface Served {
  readonly file: string;
  readonly field: string;
  readonly homeAgent: Ipv6Address;
  readonly maximumLifetimeSeconds: number;
  readonly address: Ipv6Address;
  readonly associations: HomeAssociations;
}

const NAMES = ['bindingUpdates', 'bindingAcknowledgements', 'tunnelOut', 'tunnelIn'] as const;
const PARTS = ['spi', 'requestId', 'encryptionKey', 'authenticationKey'] as const;

/** Contact nodes and home agents: that both ends of each association have the same, under numbers that nothing else has. */
export function associationProblems(found: Configurations): readonly GroupProblem[] {
  const served = found.homeAgents.flatMap(({ file, config }) =>
    config.homeAddresses.map(
      ({ address, associations }, index): Served => ({
        ...{ file, associations, maximumLifetimeSeconds: config.maximumLifetimeSeconds },
        field: `homeAddresses.${index}`,
        homeAgent: ipv6(config.address),
        address: ipv6(address),
      }),
    ),
  );
  const placed = placedContacts(found);
  const founders = placed.filter(
    ({ member, contact }) => ipv6(member.config.careOfAddress) === contact.contactNode,
  );
  return [
    ...founders.flatMap((founder) => ofFounder(founder, served, found)),
    ...needless(placed),
    ...numbers(founders),
    ...idle(served, placed),
  ];
}

function ofFounder(
  founder: PlacedContact,
  served: readonly Served[],
  { homeAgents }: Configurations,
): readonly GroupProblem[] {
  const { member, contact } = founder;
  const { contactAddress, homeAgent } = contact;
  const { file } = member;
  const agent = homeAgents.find(({ config }) => ipv6(config.address) === homeAgent);
  if (agent === undefined) {
    const text = `'${homeAgent}' has no configuration among these files`;
    return [{ file, field: founder.field('homeAgent'), text, isNote: true }];
  }
  const home = served.find((one) => one.homeAgent === homeAgent && one.address === contactAddress);
  if (home === undefined) {
    const text = `lacks '${contactAddress}', which ${file} registers there: add it with its associations`;
    return [{ file: agent.file, field: 'homeAddresses', text }];
  }
  if (contact.associations === undefined) {
    const text = `is missing, and ${home.file} takes registrations of '${contactAddress}' in ESP alone: copy ${home.field}.associations`;
    return [{ file, field: founder.field('associations'), text }];
  }
  return [
    ...NAMES.flatMap((name) => ofAssociation(name, contact.associations!, founder, home)),
    ...(member.config.homeLifetimeSeconds <= home.maximumLifetimeSeconds
      ? []
      : [
          {
            file,
            field: 'homeLifetimeSeconds',
            text: `${member.config.homeLifetimeSeconds} is more than ${home.file} grants, ${home.maximumLifetimeSeconds}: that is what it will be`,
            isNote: true as const,
          },
        ]),
  ];
}

function ofAssociation(
  name: (typeof NAMES)[number],
  mine: HomeAssociations,
  founder: PlacedContact,
  home: Served,
): readonly GroupProblem[] {
  const wrong = PARTS.filter((part) => !isSame(mine[name][part], home.associations[name][part]));
  if (wrong.length === 0) return [];
  const { file } = founder.member;
  const field = `${founder.field('associations')}.${name}`;
  const other = NAMES.find((one) => one !== name && home.associations[one].spi === mine[name].spi);
  if (other !== undefined)
    return [
      {
        file,
        field,
        text: `is ${home.field}.associations.${other} in ${home.file}: both ends call it the same`,
      },
    ];
  return wrong.map((part) => {
    const [here, there] = [mine[name][part], home.associations[name][part]];
    const values =
      typeof here === 'number'
        ? `${here} is ${String(there)} in ${home.file}`
        : `is another one in ${home.file}`;
    return { file, field: `${field}.${part}`, text: `${values}: both ends of an association have the same` };
  });
}

function isSame(one: number | Uint8Array, other: number | Uint8Array): boolean {
  if (typeof one === 'number' || typeof other === 'number') return one === other;
  return Buffer.compare(one, other) === 0;
}

/** Backups are given them over the channel, and nobody else needs them. */
function needless(placed: readonly PlacedContact[]): readonly GroupProblem[] {
  return placed.flatMap((one) => {
    const { member, contact } = one;
    if (contact.associations === undefined || ipv6(member.config.careOfAddress) === contact.contactNode)
      return [];
    const text = `are there, and '${contact.contactNode}' creates '${contact.contactAddress}': leave them out, the contact node gives them to those whom it trusts`;
    return [{ file: member.file, field: one.field('associations'), text }];
  });
}

/** A member may come to hold them all: each has a number of its own. */
function numbers(founders: readonly PlacedContact[]): readonly GroupProblem[] {
  const all = founders.flatMap((founder) =>
    NAMES.flatMap((name): { founder: PlacedContact; name: string; association: SecurityAssociation }[] => {
      const association = founder.contact.associations?.[name];
      return association === undefined ? [] : [{ founder, name, association }];
    }),
  );
  return all.flatMap(({ founder, name, association }, place) =>
    (['spi', 'requestId'] as const).flatMap((part): GroupProblem[] => {
      const other = all
        .slice(0, place)
        .find((one) => one.founder.member !== founder.member && one.association[part] === association[part]);
      if (other === undefined) return [];
      const field = `${founder.field('associations')}.${name}.${part}`;
      const text = `${association[part]} is that of ${other.founder.field('associations')}.${other.name} in ${other.founder.member.file}, too: one member may come to hold both`;
      return [{ file: founder.member.file, field, text }];
    }),
  );
}

function idle(served: readonly Served[], placed: readonly PlacedContact[]): readonly GroupProblem[] {
  const known = new Set(placed.map(({ contact }) => `${contact.contactAddress} ${contact.homeAgent}`));
  return served
    .filter(({ address, homeAgent }) => !known.has(`${address} ${homeAgent}`))
    .map(({ file, field, address }) => ({
      ...{ file, field: `${field}.address`, isNote: true as const },
      text: `'${address}' is no contact address of a member among these files`,
    }));
}
