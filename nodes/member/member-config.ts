import { ipv6 } from '../../mip6/wire/address.ts';
import { relationProblems } from './config-relations.ts';
import { type MemberConfig, memberFields } from './member-fields.ts';
import { trustKeyProblem } from './written-keys.ts';

/** A member's configuration, each field by itself and then beside the others. */
export const memberConfig = memberFields.check((checked) => {
  // What is wrong by itself is told first.
  if (checked.issues.length > 0) return;
  const config = checked.value;
  const named = contactProblems(config);
  // What contact addresses have to do with each other is looked at when there are some.
  const related = named.length > 0 ? [] : relationProblems(config);
  const problems = [...named, ...trustProblems(config)].map(
    ([field, message]) => [[field], message] as const,
  );
  for (const [path, message] of [...problems, ...related])
    checked.issues.push({ code: 'custom', input: config, path: [...path], message });
});

/** A group's association data travel between members that share a secret beyond the group key. */
function trustProblems({ contacts = [], ...config }: MemberConfig): readonly (readonly [string, string])[] {
  const isTrusted = [config.group, ...contacts.map(({ group: own }) => own)].some(
    (one) => one?.trusted.some((member) => ipv6(member) === ipv6(config.careOfAddress)) === true,
  );
  if (isTrusted && config.trustKey === undefined)
    return [
      [
        'trustKey',
        'missing: this member is trusted; 32 octets that the trusted members alone share, or "group-key"',
      ],
    ];
  const problem = trustKeyProblem(config);
  return problem === undefined ? [] : [['trustKey', problem]];
}

function contactProblems({ contacts, ...config }: MemberConfig): readonly (readonly [string, string])[] {
  const short = ['contactAddress', 'homeAgent', 'contactNode', 'associations'] as const;
  const same = (values: readonly (string | number)[]): boolean => new Set(values).size < values.length;
  const associations = [...(contacts ?? []), config].flatMap(({ associations: set }) =>
    set ? Object.values(set) : [],
  );
  const alike =
    same(associations.map(({ spi }) => spi)) || same(associations.map(({ requestId }) => requestId));
  const where = contacts === undefined ? 'associations' : 'contacts';
  const shared = alike ? ([[where, 'associations need SPIs and request ids of their own']] as const) : [];
  if (contacts === undefined)
    return [
      ...short
        .filter((field) => field !== 'associations' && config[field] === undefined)
        .map((field) => [field, 'missing, and there are no contacts'] as const),
      ...shared,
    ];
  const both = short
    .filter((field) => config[field] !== undefined)
    .map((field) => [field, 'is said in contacts'] as const);
  return [
    ...both,
    ...(same(contacts.map(({ address: one }) => ipv6(one)))
      ? [['contacts', 'names an address twice'] as const]
      : []),
    ...shared,
  ];
}
