import { ipv6 } from '../../mip6/wire/address.ts';
import { keyRing } from '../../nodes/member/written-keys.ts';
import { GROUP_KEY_TRUSTS, type KeyRing } from '../../server/channel/channel-keys.ts';
import type { Configurations } from '../configurations.ts';
import { isTrusted, type PlacedMember, pairsOf, trustEachOther } from './contacts-of.ts';
import type { GroupProblem } from './problem.ts';

type TrustKey = KeyRing['trust'][number];

/** The members' channel: that each pair has a key in common, and nobody a key that is not meant for it. */
export function channelKeyProblems({ members, nameServers }: Configurations): readonly GroupProblem[] {
  return [
    ...pairsOf(members).flatMap(([one, other]) => ofPair(one, other)),
    ...members.flatMap(needlessTrust),
    ...nameServers.flatMap(({ file, config }) => membersKeyAt(file, keyRing(config), members)),
  ];
}

function ofPair(one: PlacedMember, other: PlacedMember): readonly GroupProblem[] {
  const [mine, theirs] = [keyRing(one.config), keyRing(other.config)];
  const { file } = other;
  if (mine === undefined || theirs === undefined) {
    if (mine === theirs) return [];
    const text = `is ${theirs === undefined ? 'missing' : 'there'}, and ${one.file} has ${mine === undefined ? 'none' : 'one'}: the channel is in the clear at all members, or at none`;
    return [{ file, field: 'channelKey', text }];
  }
  const group = common('channelKey', mine.group, theirs.group, one.file);
  const problems: GroupProblem[] = group === undefined ? [] : [{ file, field: 'channelKey', text: group }];
  if (!trustEachOther(one, other)) return problems;
  const trust = common('trustKey', mine.trust, theirs.trust, one.file);
  return trust === undefined ? problems : [...problems, { file, field: 'trustKey', text: trust }];
}

/** Why no call between the two would find a key that both have; undefined: one would. */
function common(
  field: string,
  mine: readonly TrustKey[],
  theirs: readonly TrustKey[],
  file: string,
): string | undefined {
  if (mine.some((one) => theirs.some((other) => isSame(one, other)))) return undefined;
  const idOf = (one: TrustKey): string | undefined => (one === GROUP_KEY_TRUSTS ? GROUP_KEY_TRUSTS : one.id);
  const sharedId = mine.find((one) => theirs.some((other) => idOf(other) === idOf(one)));
  if (sharedId !== undefined)
    return `the key ${named(idOf(sharedId))} is another one in ${file}: copy it from there, octet for octet`;
  const sharedOctets = mine.find((one) => theirs.some((other) => octetsOf(one) === octetsOf(other)));
  if (sharedOctets !== undefined)
    return `is called ${named(idOf(sharedOctets))} in ${file}, and otherwise here: give it the same id`;
  return `has no key in common with ${file}: put one ${field} into both`;
}

function named(id: string | undefined): string {
  return id === undefined ? 'without an id' : `'${id}'`;
}

function octetsOf(one: TrustKey): string {
  return one === GROUP_KEY_TRUSTS ? one : Buffer.from(one.key).toString('hex');
}

function isSame(one: TrustKey, other: TrustKey): boolean {
  if (one === GROUP_KEY_TRUSTS || other === GROUP_KEY_TRUSTS) return one === other;
  return one.id === other.id && octetsOf(one) === octetsOf(other);
}

function needlessTrust(member: PlacedMember): readonly GroupProblem[] {
  if (member.config.trustKey === undefined || isTrusted(member)) return [];
  const text = `is there, and '${ipv6(member.config.careOfAddress)}' is trusted with no contact address: leave it out, or name the member in group.trusted`;
  return [{ file: member.file, field: 'trustKey', text }];
}

/** Who runs the name server must not be able to speak as a member. */
function membersKeyAt(
  file: string,
  ring: KeyRing | undefined,
  members: readonly PlacedMember[],
): readonly GroupProblem[] {
  const here = new Set(ring?.group.map(octetsOf));
  return members.flatMap((member) => {
    const own = keyRing(member.config);
    const leaked = [...(own?.group ?? []), ...(own?.trust ?? [])].some((one) => here.has(octetsOf(one)));
    return leaked
      ? [
          {
            file,
            field: 'channelKey',
            text: `is a key of the members' own (${member.file}): make another one for the name server`,
          },
        ]
      : [];
  });
}
