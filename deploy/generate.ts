import { randomBytes } from 'node:crypto';
import type { Plan } from './plan.ts';

/** A member's fields that a plan need not name; times in ms (nodes/member/member-fields.ts says what each is). */
const settingsOfAll = {
  channelPort: 7000,
  homeLifetimeSeconds: 420,
  bindingLifetimeSeconds: 420,
  doneTimeoutMs: 60_000,
  sendBuffer: 89_088,
  observe: {},
} as const;

/** For members up to a quarter of a second from each other. */
const groupTimes = {
  heartbeatMs: 500,
  suspectMs: 1500,
  staggerMs: 300,
  registrationMs: 3000,
  handOverMs: 5000,
} as const;

/** In one direction between a contact address and its home agent. */
const ASSOCIATIONS = ['bindingUpdates', 'bindingAcknowledgements', 'tunnelOut', 'tunnelIn'] as const;
/** Those below are reserved (RFC 4303 §2.1), and those below 4096 left to others. */
const LEAST_SPI = 0x1000;

export type Octets = (count: number) => Uint8Array;

interface Association {
  readonly spi: number;
  readonly requestId: number;
  readonly encryptionKey: string;
  readonly authenticationKey: string;
}

export function hexadecimal(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

/** Configurations of a group with keys of its own, by the name of their file without `.json`. */
export function configurationsOf(plan: Plan, random: Octets = randomBytes): ReadonlyMap<string, object> {
  const { members, homeAgents, contacts } = plan;
  const associations = contacts.map((_, index) => associationSet(index, random));
  const channelKey = [{ id: 'k1', key: hexadecimal(random(32)) }];
  const trustKey = [{ id: 't1', key: hexadecimal(random(32)) }];
  const common = { channelKey, trustKey, associations };
  return new Map<string, object>([
    ...Object.entries(homeAgents).map(([name, { address, prefix }]): [string, object] => {
      const homeAddresses = contacts.flatMap((contact, index) =>
        contact.homeAgent === name ? [{ address: contact.address, associations: associations[index] }] : [],
      );
      return [
        name,
        {
          address,
          prefix,
          maximumLifetimeSeconds: settingsOfAll.homeLifetimeSeconds,
          homeAddresses,
          observe: {},
        },
      ];
    }),
    ...Object.keys(members).map((name): [string, object] => [name, memberOf(name, plan, common)]),
  ]);
}

/** Four associations with numbers and keys of their own, the ones of contact address `index`. */
export function associationSet(
  index: number,
  random: Octets = randomBytes,
): Readonly<Record<string, Association>> {
  const taken = new Set<number>();
  const spi = (): number => {
    for (;;) {
      const value = Buffer.from(random(4)).readUInt32BE();
      if (value < LEAST_SPI || taken.has(value)) continue;
      taken.add(value);
      return value;
    }
  };
  return Object.fromEntries(
    ASSOCIATIONS.map((name, place) => [
      name,
      {
        spi: spi(),
        requestId: index * ASSOCIATIONS.length + place + 1,
        encryptionKey: hexadecimal(random(16)),
        authenticationKey: hexadecimal(random(20)),
      },
    ]),
  );
}

interface Common {
  readonly channelKey: readonly object[];
  readonly trustKey: readonly object[];
  readonly associations: readonly object[];
}

function memberOf(name: string, plan: Plan, { channelKey, trustKey, associations }: Common): object {
  const { members, homeAgents, contacts, settings } = plan;
  const isTrusted = contacts.some(({ trusted = [] }) => trusted.includes(name));
  const own = contacts.map(({ address, homeAgent, contactNode, trusted }, index) => ({
    address,
    homeAgent: homeAgents[homeAgent]!.address,
    contactNode: members[contactNode]!,
    ...(contactNode === name ? { associations: associations[index] } : {}),
    ...(trusted === undefined
      ? {}
      : { group: { trusted: trusted.map((one) => members[one]!), ...groupTimes } }),
  }));
  const [first] = own;
  const { address: contactAddress, ...only } = first!;
  return {
    careOfAddress: members[name],
    ...(own.length === 1 ? { contactAddress, ...only } : { contacts: own }),
    peers: Object.entries(members).flatMap(([other, address]) => (other === name ? [] : [address])),
    channelKey,
    ...(isTrusted ? { trustKey } : {}),
    ...settingsOfAll,
    ...settings,
  };
}
