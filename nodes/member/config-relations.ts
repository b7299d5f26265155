import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { GROUP_KEY_TRUSTS, type SharedKey } from '../../server/channel/channel-keys.ts';
import { DOUBT_HEARTBEATS } from '../../server/contact/contact-watch.ts';
import { groupPlan } from './contact/contact-plan.ts';
import { type ContactSettings, contactsOf } from './contact-settings.ts';
import type { MemberConfig } from './member-fields.ts';
import { keyRing } from './written-keys.ts';

/** A field, and what is wrong with it beside the others. */
type ConfigProblem = readonly [path: readonly (string | number)[], message: string];

/** What is wrong between the fields of a member's configuration, each of which is all right by itself, and its contact addresses named. */
export function relationProblems(config: MemberConfig): readonly ConfigProblem[] {
  const contacts = contactsOf(config);
  return [
    ...channelProblems(config),
    ...addressProblems(config, contacts),
    ...groupProblems(config, contacts),
    ...acceptorProblems(config, contacts),
    ...timeProblems(config),
  ];
}

/** Without a key anybody on the way reads and writes what members say: nobody gets there by a slip of the pen. */
function channelProblems(config: MemberConfig): readonly ConfigProblem[] {
  const { channel, channelKey, membership, publication } = config;
  const problems: ConfigProblem[] = [];
  const cleartext = channel === 'cleartext';
  if (channelKey === undefined && !cleartext)
    problems.push([
      ['channelKey'],
      'is missing: give 32 octets in hexadecimal (openssl rand -hex 32), or say "channel": "cleartext" if everybody on the way may read and forge what members say',
    ]);
  if (channelKey !== undefined && cleartext)
    problems.push([['channel'], 'is cleartext, and there is a channelKey: leave one of them out']);
  if (cleartext && membership !== undefined)
    problems.push([['membership'], 'needs a channelKey: it is what shows that a member may join']);
  const ring = keyRing(config);
  const own = [...(ring?.group ?? []), ...(ring?.trust ?? [])];
  const naming = publication === undefined ? [] : (keyRing(publication)?.group ?? []);
  const isOwn = ({ key }: SharedKey): boolean =>
    own.some((mine) => mine !== GROUP_KEY_TRUSTS && Buffer.compare(mine.key, key) === 0);
  if (naming.some(isOwn))
    problems.push([
      ['publication', 'channelKey'],
      'is the members’ own key, which the name server must not have',
    ]);
  return problems;
}

function addressProblems(
  config: MemberConfig,
  contacts: readonly ContactSettings[],
): readonly ConfigProblem[] {
  const self = ipv6(config.careOfAddress);
  const peers = config.peers.map(ipv6);
  const introducers = config.membership?.introducers.map(ipv6) ?? [];
  const members = new Set([self, ...peers]);
  const problems: ConfigProblem[] = [
    ...without(self, ['peers'], peers, 'is this member itself'),
    ...without(self, ['membership', 'introducers'], introducers, 'is this member itself'),
    ...repeated(['peers'], peers),
  ];
  const nameServer = config.publication && ipv6(config.publication.nameServer);
  if (nameServer !== undefined && members.has(nameServer))
    problems.push([['publication', 'nameServer'], 'is a member’s care-of address']);
  if (contacts.some(({ contactAddress }) => contactAddress === nameServer))
    problems.push([['publication', 'nameServer'], 'is a contact address, which has no fixed place']);
  problems.push(...noMembers(['membership', 'introducers'], introducers, contacts));
  for (const { index, contactAddress, contactNode, homeAgent } of contacts) {
    const at = (field: 'address' | 'homeAgent' | 'contactNode'): readonly (string | number)[] =>
      config.contacts !== undefined
        ? ['contacts', index, field]
        : [field === 'address' ? 'contactAddress' : field];
    if (members.has(contactAddress))
      problems.push([at('address'), 'is a member’s care-of address: a contact address is nobody’s own']);
    if (contactAddress === homeAgent) problems.push([at('address'), 'is its home agent’s address']);
    if (members.has(homeAgent)) problems.push([at('homeAgent'), 'is a member’s care-of address']);
    if (config.membership === undefined && !members.has(contactNode))
      problems.push([at('contactNode'), 'is neither this member nor one of its peers']);
  }
  return problems;
}

function groupProblems(config: MemberConfig, contacts: readonly ContactSettings[]): readonly ConfigProblem[] {
  return contacts.flatMap((contact): ConfigProblem[] => {
    const { group, index } = contact;
    if (group === undefined) return [];
    const own = config.contacts?.[index]?.group !== undefined;
    const path = own ? ['contacts', index, 'group'] : ['group'];
    const trusted = group.trusted.map(ipv6);
    const problems: ConfigProblem[] = [
      ...repeated([...path, 'trusted'], trusted),
      ...noMembers([...path, 'trusted'], trusted, contacts),
    ];
    if (contact.contactNode === ipv6(config.careOfAddress) && contact.associations === undefined)
      problems.push([
        [...(config.contacts === undefined ? [] : ['contacts', index]), 'associations'],
        'missing: this member creates the contact address, and a group has associations with the home agent',
      ]);
    if (group.suspectMs <= DOUBT_HEARTBEATS * group.heartbeatMs)
      problems.push([
        [...path, 'suspectMs'],
        `${group.suspectMs} must be more than ${DOUBT_HEARTBEATS} times heartbeatMs, which is ${group.heartbeatMs}`,
      ]);
    try {
      groupPlan(config, contact, undefined);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      problems.push([path, error.message]);
    }
    return problems;
  });
}

/** To whom the application hands clients off. */
function acceptorProblems(
  config: MemberConfig,
  contacts: readonly ContactSettings[],
): readonly ConfigProblem[] {
  const self = ipv6(config.careOfAddress);
  const peers = new Set(config.peers.map(ipv6));
  const applications: ConfigProblem[] = [];
  const look = (application: MemberConfig['application'], path: readonly (string | number)[]): void => {
    const [acceptor, where] =
      application.kind === 'web'
        ? [application.handoff?.acceptor, [...path, 'handoff', 'acceptor']]
        : 'acceptor' in application
          ? [application.acceptor, [...path, 'acceptor']]
          : [undefined, path];
    if (acceptor === undefined || acceptor === 'policy') return;
    // All members of a group may have one application's settings: the acceptor itself then keeps what it is given.
    if (ipv6(acceptor) === self) return;
    if (config.membership === undefined && !peers.has(ipv6(acceptor)))
      applications.push([where, 'is none of the peers']);
    else applications.push(...noMembers(where, ipv6(acceptor), contacts));
  };
  look(config.application, ['application']);
  for (const [index, { application }] of (config.contacts ?? []).entries())
    if (application !== undefined) look(application, ['contacts', index, 'application']);
  return applications;
}

function timeProblems({
  leaseMs,
  bindingLifetimeSeconds,
  ...config
}: MemberConfig): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (leaseMs !== undefined && leaseMs >= bindingLifetimeSeconds * 1000)
    problems.push([['leaseMs'], `${leaseMs} is as long as a binding lives (bindingLifetimeSeconds)`]);
  const { membership } = config;
  if (membership?.probeMs !== undefined && membership.leaveMs !== undefined)
    if (membership.probeMs >= membership.leaveMs)
      problems.push([
        ['membership', 'probeMs'],
        `${membership.probeMs} leaves no time of leaveMs, ${membership.leaveMs}`,
      ]);
  return problems;
}

function without(
  self: Ipv6Address,
  path: readonly (string | number)[],
  list: readonly Ipv6Address[],
  message: string,
): readonly ConfigProblem[] {
  return list.flatMap((one, index): ConfigProblem[] => (one === self ? [[[...path, index], message]] : []));
}

/** Of these, each in its place at `path` (one alone stands there itself), those that cannot be care-of addresses of members. */
function noMembers(
  path: readonly (string | number)[],
  given: Ipv6Address | readonly Ipv6Address[],
  contacts: readonly ContactSettings[],
): readonly ConfigProblem[] {
  const alone = typeof given === 'string';
  return (alone ? [given] : given).flatMap((one, index): ConfigProblem[] => {
    const where = alone ? path : [...path, index];
    if (contacts.some(({ contactAddress }) => contactAddress === one))
      return [[where, 'is a contact address, and no member’s care-of address']];
    if (contacts.some(({ homeAgent }) => homeAgent === one))
      return [[where, 'is a home agent’s address, and no member’s care-of address']];
    return [];
  });
}

function repeated(
  path: readonly (string | number)[],
  list: readonly Ipv6Address[],
): readonly ConfigProblem[] {
  return list.flatMap((one, index): ConfigProblem[] =>
    list.indexOf(one) < index ? [[[...path, index], `${one} is there twice`]] : [],
  );
}
