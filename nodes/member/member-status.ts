import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { EventFields } from '../support/event-log.ts';
import { counted, type Measured, merged, type Observed } from '../support/observation/observed.ts';
import type { Keying } from './channel-security.ts';
import type { HandoffTally } from './handoffs.ts';

/** A contact address as one member has it at the moment. */
export interface ObservedContact {
  readonly address: Ipv6Address;
  /** undefined: none is known */
  readonly contactNode: Ipv6Address | undefined;
  /** of the contact node; undefined without a group */
  readonly term: number | undefined;
  /** the home agent has accepted this contact node; undefined: another member is it */
  readonly registered: boolean | undefined;
  /** another member could take the address over at once; undefined without a group */
  readonly hasBackup: boolean | undefined;
  /** with connections here; `unknown`: not found out yet */
  readonly clients: Readonly<Record<'mobileIpv6' | 'plain' | 'unknown', number>>;
  readonly connections: number;
  readonly handoffs: HandoffTally;
  readonly counters: EventFields;
}

export type MemberState = 'starting' | 'serving' | 'leaving';

interface ObservedMember {
  readonly careOfAddress: Ipv6Address;
  readonly state: MemberState;
  readonly contacts: readonly ObservedContact[];
  /** undefined: the channel to it does not stand */
  readonly peers: readonly (readonly [Ipv6Address, Keying | undefined])[];
  /** ids of the keys that the member holds, the present one first; undefined: the channel is in the clear */
  readonly keys: { readonly group: string; readonly trust: string } | undefined;
  /** of the channel and of the kernel: of the process, not of one contact address */
  readonly counters: EventFields;
}

/** A member for whoever asks how it is: over its loopback socket, `handoff-lab status` and Prometheus. */
export function observedMember(member: ObservedMember): Observed {
  return {
    trouble: troubleOf(member),
    status: statusOf(member),
    metrics: merged([
      ...member.contacts.flatMap(metricsOf),
      membersOf(member),
      counted(member.counters, { contact: '' }),
    ]),
  };
}

function troubleOf({ state, contacts }: ObservedMember): string | undefined {
  if (state !== 'serving') return state;
  const unregistered = contacts.find(({ registered }) => registered === false);
  if (unregistered !== undefined) return `the home agent has not accepted ${unregistered.address}`;
  const lost = contacts.find(({ contactNode }) => contactNode === undefined);
  return lost === undefined ? undefined : `no contact node of ${lost.address} is known`;
}

function statusOf({ careOfAddress, state, contacts, peers, keys }: ObservedMember): object {
  return {
    program: 'member',
    careOfAddress,
    state,
    contacts: contacts.map(({ counters: _, ...contact }) => contact),
    members: peers.map(([address, keying]) => ({
      address,
      channel: keying === undefined ? 'away' : 'standing',
      ...(keying === undefined ? {} : { keys: keying.keyIds ?? 'cleartext', trusted: keying.trusted }),
    })),
    ...(keys === undefined ? {} : { keys }),
  };
}

function metricsOf(contact: ObservedContact): readonly Measured[] {
  const { address, contactNode, term, registered, clients, connections, handoffs, counters } = contact;
  const labels = { contact: address };
  const gauge = (name: string, help: string, value: number): Measured => ({
    ...{ name, help, type: 'gauge' },
    values: [{ labels, value }],
  });
  return [
    gauge('contact_node', 'Whether this member is the contact node', registered === undefined ? 0 : 1),
    gauge(
      'contact_registered',
      'Whether the home agent has accepted this contact node',
      registered === true ? 1 : 0,
    ),
    gauge('contact_known', 'Whether a contact node is known', contactNode === undefined ? 0 : 1),
    ...(term === undefined ? [] : [gauge('contact_term', 'Number of the contact node’s term', term)]),
    gauge('connections', 'TCP connections of clients here', connections),
    {
      name: 'clients',
      help: 'Clients with connections here, by kind: with Mobile IPv6, without, not found out yet',
      type: 'gauge',
      values: Object.entries(clients).map(([kind, value]) => ({ labels: { ...labels, kind }, value })),
    },
    {
      name: 'handoffs_under_way',
      help: 'Handoffs under way, from this member (giving) and to it (taking)',
      type: 'gauge',
      values: (['giving', 'taking'] as const).map((side) => ({
        labels: { ...labels, side },
        value: handoffs[side],
      })),
    },
    {
      name: 'handoffs_total',
      help: 'Handoffs that have ended: given or taken for good, kept by the donor, lost, abandoned by the acceptor',
      type: 'counter',
      values: Object.entries(handoffs.ended).map(([end, value]) => ({ labels: { ...labels, end }, value })),
    },
    counted(counters, labels),
  ];
}

function membersOf({ peers }: ObservedMember): Measured {
  const standing = peers.filter(([, keying]) => keying !== undefined).length;
  return {
    name: 'members',
    help: 'Other members, by whether the channel to them stands',
    type: 'gauge',
    values: [
      { labels: { channel: 'standing' }, value: standing },
      { labels: { channel: 'away' }, value: peers.length - standing },
    ],
  };
}
