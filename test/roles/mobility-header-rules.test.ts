import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CorrespondentNode } from '../../mip6/roles/correspondent-node/correspondent-node.ts';
import { HomeAgent } from '../../mip6/roles/home-agent/home-agent.ts';
import { MobileNode } from '../../mip6/roles/mobile-node/mobile-node.ts';
import { type MobilityDatagram, readMessage } from '../../mip6/roles/shared/datagram.ts';
import { ipv6Prefix } from '../../mip6/wire/address.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import { emitMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { drain } from '../support/hand-made-mobile-node.ts';
import { CARE_OF_1, CORRESPONDENT, HOME_ADDRESS, HOME_AGENT } from '../support/mip6-addresses.ts';
import { seededBytes } from '../support/seeded-random.ts';

/** A role that hears one Mobility Header: what came out, and its counter of malformed ones. */
interface Listener {
  readonly name: string;
  readonly address: typeof HOME_AGENT;
  hear(datagram: MobilityDatagram): readonly { readonly kind: string }[];
  malformed(): number;
}

const cookie = new Uint8Array(8);
const flags = { acknowledge: true, linkLocalCompatibility: false, keyManagement: false } as const;
const registration: MobilityMessage = {
  kind: 'binding-update',
  sequence: 1,
  homeRegistration: true,
  lifetimeSeconds: 8,
  options: [{ kind: 'alternate-care-of-address', address: CARE_OF_1 }],
  ...flags,
};

function listeners(): Listener[] {
  const random = seededBytes(1);
  const correspondent = new CorrespondentNode({ random });
  const agent = new HomeAgent({ address: HOME_AGENT, prefixes: [ipv6Prefix('2001:db8:1::/64')] });
  const mobile = new MobileNode({ homeAddress: HOME_ADDRESS, random });
  return [
    {
      name: 'correspondent node',
      address: CORRESPONDENT,
      hear(datagram) {
        correspondent.handle({ kind: 'datagram', datagram }, 0);
        return drain(correspondent);
      },
      malformed: () => correspondent.counters.get('discarded.malformed'),
    },
    {
      name: 'home agent',
      address: HOME_AGENT,
      hear(datagram) {
        agent.handle({ kind: 'datagram', datagram, protectedByIpsec: true }, 0);
        return drain(agent);
      },
      malformed: () => agent.counters.get('discarded.malformed'),
    },
    {
      name: 'mobile node',
      address: HOME_ADDRESS,
      hear(datagram) {
        mobile.handle({ kind: 'datagram', datagram }, 0);
        return drain(mobile);
      },
      malformed: () => mobile.counters.get('discarded.malformed'),
    },
  ];
}

/** Messages that are answered by one role or another while they are whole; types 0…7 and an unknown one. */
const messages: readonly MobilityMessage[] = [
  { kind: 'home-test-init', homeInitCookie: cookie, options: [] },
  { kind: 'care-of-test-init', careOfInitCookie: cookie, options: [] },
  registration,
  { kind: 'unknown', mhType: 99, data: new Uint8Array(2) },
];

describe('every role, RFC 6275 §9.2', () => {
  for (const { name } of listeners()) {
    test(`${name}: a Payload Proto other than 59 is discarded, and no message of it is answered`, () => {
      for (const message of messages) {
        for (const payloadProtocol of [0, 6, 58, 60, 135, 255]) {
          const listener = listeners().find((one) => one.name === name)!;
          const bytes = emitMobilityHeader(message);
          bytes[0] = payloadProtocol;
          const outputs = listener.hear({
            source: HOME_ADDRESS,
            destination: listener.address,
            ...(message.kind === 'binding-update' ? { careOfAddress: CARE_OF_1 } : {}),
            bytes,
          });
          assert.ok(
            outputs.every(({ kind }) => kind === 'event'),
            `${message.kind} ${payloadProtocol}`,
          );
          assert.equal(listener.malformed(), 1, `${message.kind} ${payloadProtocol}`);
        }
      }
    });

    test(`${name}: a Header Len below that of the message’s type is discarded`, () => {
      for (const message of messages.filter(({ kind }) => kind !== 'unknown')) {
        const listener = listeners().find((one) => one.name === name)!;
        const whole = emitMobilityHeader(message);
        const bytes = whole.slice(0, 8);
        bytes[1] = 0;
        const outputs = listener.hear({ source: HOME_ADDRESS, destination: listener.address, bytes });
        assert.ok(outputs.every(({ kind }) => kind === 'event'));
        assert.equal(listener.malformed(), 1, message.kind);
      }
    });

    test(`${name}: a Header Len beyond what has come is discarded`, () => {
      const listener = listeners().find((one) => one.name === name)!;
      const bytes = emitMobilityHeader(registration);
      bytes[1]! += 1;
      listener.hear({ source: HOME_ADDRESS, destination: listener.address, bytes });
      assert.equal(listener.malformed(), 1);
    });
  }

  test('Reserved is not looked at (§6.1.1), nor is what stands in padding', () => {
    const bytes = emitMobilityHeader(messages[0]!);
    bytes[3] = 0xff;
    bytes[6] = 0xff;
    const datagram = { source: HOME_ADDRESS, destination: CORRESPONDENT, bytes };
    assert.equal(readMessage(datagram)?.kind, 'home-test-init');
  });

  test('options of unknown types are skipped (§6.2.1)', () => {
    const [correspondent] = listeners();
    const options = [{ kind: 'unknown', type: 200, data: new Uint8Array(3) }] as const;
    const bytes = emitMobilityHeader({ kind: 'home-test-init', homeInitCookie: cookie, options });
    const outputs = correspondent!.hear({ source: HOME_ADDRESS, destination: CORRESPONDENT, bytes });
    assert.deepEqual(
      outputs.map(({ kind }) => kind),
      ['transmit'],
    );
  });
});
