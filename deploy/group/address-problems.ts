import { ipv6 } from '../../mip6/wire/address.ts';
import type { Configurations } from '../configurations.ts';
import { type PlacedContact, pairsOf, placedContacts } from './contacts-of.ts';
import type { GroupProblem } from './problem.ts';

/** Addresses and ports: each has one owner, members know each other, and all of them say the same of each contact address. */
export function addressProblems(found: Configurations): readonly GroupProblem[] {
  return [...ownAddresses(found), ...peers(found), ...ports(found), ...contacts(found)];
}

function ownAddresses({ members, homeAgents, nameServers }: Configurations): readonly GroupProblem[] {
  const owned = [
    ...members.map(({ file, config }) => ({
      file,
      field: 'careOfAddress',
      address: ipv6(config.careOfAddress),
    })),
    ...[...homeAgents, ...nameServers].map(({ file, config }) => ({
      file,
      field: 'address',
      address: ipv6(config.address),
    })),
  ];
  return owned.flatMap(({ file, field, address }, place) => {
    const other = owned.slice(0, place).find((one) => one.address === address);
    if (other === undefined) return [];
    return [
      {
        file,
        field,
        text: `'${address}' is ${other.file}'s ${other.field}, too: each host has an address of its own`,
      },
    ];
  });
}

/** A member calls, and takes calls from, those that it names; who joins is let in by the keys. */
function peers({ members }: Configurations): readonly GroupProblem[] {
  const problems: GroupProblem[] = [];
  for (const [one, other] of pairsOf(members))
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      if (ipv6(from.config.careOfAddress) === ipv6(to.config.careOfAddress)) continue;
      const known = [...from.config.peers, ...(from.config.membership?.introducers ?? [])].map(ipv6);
      if (known.includes(ipv6(to.config.careOfAddress)) || from.config.membership !== undefined) continue;
      const text = `lacks '${to.config.careOfAddress}', the member of ${to.file}; add it, or let members join (membership)`;
      problems.push({ file: from.file, field: 'peers', text });
    }
  const all = new Set(members.map(({ config }) => ipv6(config.careOfAddress)));
  for (const { file, config } of members)
    for (const [index, peer] of config.peers.entries())
      if (!all.has(ipv6(peer)))
        problems.push({
          file,
          field: `peers.${index}`,
          text: `'${peer}' has no configuration among these files`,
          isNote: true,
        });
  return problems;
}

function ports({ members: [first, ...others] }: Configurations): readonly GroupProblem[] {
  if (first === undefined) return [];
  return others.flatMap(({ file, config }) =>
    (['channelPort', 'servicePort'] as const).flatMap((field) =>
      config[field] === first.config[field]
        ? []
        : [
            {
              file,
              field,
              text: `${config[field]} is ${first.config[field]} in ${first.file}: it is the same at all members`,
            },
          ],
    ),
  );
}

/** What all members that have a contact address must say alike of it. */
function contacts(found: Configurations): readonly GroupProblem[] {
  const problems: GroupProblem[] = [];
  const firsts = new Map<string, PlacedContact>();
  for (const one of placedContacts(found)) {
    const { contactAddress } = one.contact;
    const first = firsts.get(contactAddress);
    if (first === undefined) firsts.set(contactAddress, one);
    else problems.push(...different(one, first));
  }
  return [...problems, ...order(found), ...noContact(found)];
}

function different(one: PlacedContact, first: PlacedContact): readonly GroupProblem[] {
  const { file } = one.member;
  const addresses = (['homeAgent', 'contactNode'] as const).flatMap((field): GroupProblem[] => {
    const [here, there] = [one.contact[field], first.contact[field]];
    if (here === there) return [];
    return [
      {
        file,
        field: one.field(field),
        text: `'${here}' is '${there}' in ${first.member.file}: all members name the same`,
      },
    ];
  });
  const [here, there] = [one.contact.group, first.contact.group];
  if (here === undefined || there === undefined) {
    if (here === there) return addresses;
    const [has, lacks] = here === undefined ? [first, one] : [one, first];
    const text = `is missing, and ${has.member.file} has one: the address outlives its node only if all members know how`;
    return [...addresses, { file: lacks.member.file, field: lacks.field('group'), text }];
  }
  const fields = [...new Set([...Object.keys(here), ...Object.keys(there)])] as (keyof typeof here)[];
  const shown = (value: unknown): string =>
    Array.isArray(value) ? value.join(', ') : String(value ?? 'missing');
  return [
    ...addresses,
    ...fields.flatMap((field): GroupProblem[] => {
      const [mine, theirs] = [here[field], there[field]];
      const same =
        field === 'trusted'
          ? here.trusted.map(ipv6).join() === there.trusted.map(ipv6).join()
          : mine === theirs;
      if (same) return [];
      const why =
        field === 'trusted'
          ? 'all members know the same ones, in the order in which they take over'
          : 'it is the same at all members';
      return [
        {
          file,
          field: `${one.field('group')}.${field}`,
          text: `${shown(mine)} is ${shown(theirs)} in ${first.member.file}: ${why}`,
        },
      ];
    }),
  ];
}

/** Tables of the kernel, and what names no contact address, go by the order. */
function order(found: Configurations): readonly GroupProblem[] {
  const listOf = (file: string): readonly string[] =>
    placedContacts(found).flatMap(({ member, contact }) =>
      member.file === file ? [contact.contactAddress] : [],
    );
  const [first, ...others] = found.members.map(({ file, config }) => ({
    file,
    list: listOf(file),
    field: config.contacts === undefined ? 'contactAddress' : 'contacts',
  }));
  if (first === undefined) return [];
  return others.flatMap(({ file, field, list }) => {
    const common = list.filter((address) => first.list.includes(address));
    const same = first.list
      .filter((address) => list.includes(address))
      .every((address, place) => address === common[place]);
    return same
      ? []
      : [
          {
            file,
            field,
            text: `are in another order than in ${first.file}: all members name them in the same one`,
          },
        ];
  });
}

/** Members without a contact address in common are no group. */
function noContact(found: Configurations): readonly GroupProblem[] {
  const placed = placedContacts(found);
  return pairsOf(found.members).flatMap(([one, other]): GroupProblem[] => {
    const of = (file: string) => placed.filter(({ member }) => member.file === file);
    const theirs = new Set(of(other.file).map(({ contact }) => contact.contactAddress));
    if (of(one.file).some(({ contact }) => theirs.has(contact.contactAddress))) return [];
    const [mine] = of(other.file);
    const text = `'${mine?.contact.contactAddress}' is no contact address of ${one.file}: these two have none in common`;
    return [{ file: other.file, field: mine?.field('address') ?? 'contactAddress', text }];
  });
}
