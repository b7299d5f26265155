import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MobilityDatagram } from '../../mip6/roles/shared/datagram.ts';
import type { BindingUpdate, MobilityMessage } from '../../mip6/wire/messages.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT, HOME_ADDRESS, HOME_AGENT } from '../support/mip6-addresses.ts';
import { type Mip6Lab, mip6Lab } from '../support/mip6-lab.ts';

const START = { kind: 'start-return-routability', correspondent: CORRESPONDENT } as const;
const BIND = { kind: 'bind', correspondent: CORRESPONDENT, lifetimeSeconds: 420, acknowledge: true } as const;
const REGISTER = { kind: 'register-home', homeAgent: HOME_AGENT, careOfAddress: CARE_OF_1 } as const;

function sent(lab: Mip6Lab) {
  return lab.mobile.outputs.flatMap(({ output }) =>
    output.kind === 'transmit'
      ? [{ output, message: parseMobilityHeader(output.bytes).message as MobilityMessage }]
      : [],
  );
}

function updates(lab: Mip6Lab) {
  return sent(lab).flatMap(({ output, message }) =>
    message.kind === 'binding-update' ? [{ output, message: message satisfies BindingUpdate }] : [],
  );
}

/** A lab in which nothing arrives, tests of return routability under way. */
function deafTesting(): Mip6Lab {
  const lab = mip6Lab({ path: { delayMs: 20, loss: 1 } });
  lab.tell({ ...START, careOfAddress: CARE_OF_1 });
  return lab;
}

/** The answer to the Init of that kind that was sent first, with a token of zeros. */
function testFor(lab: Mip6Lab, kind: 'home-test' | 'care-of-test'): Uint8Array {
  const zeros = new Uint8Array(8);
  for (const { message } of sent(lab)) {
    if (kind === 'home-test' && message.kind === 'home-test-init') {
      const { homeInitCookie, options } = message;
      return emitMobilityHeader({ kind, homeNonceIndex: 1, homeInitCookie, homeKeygenToken: zeros, options });
    }
    if (kind === 'care-of-test' && message.kind === 'care-of-test-init') {
      const { careOfInitCookie, options } = message;
      const token = { careOfNonceIndex: 1, careOfKeygenToken: zeros };
      return emitMobilityHeader({ kind, careOfInitCookie, ...token, options });
    }
  }
  return assert.fail(`no ${kind}-init was sent`);
}

describe('tests that a mobile node believes (RFC 6275 §11.6.2)', () => {
  const wrong: readonly (readonly [string, 'home-test' | 'care-of-test', Partial<MobilityDatagram>])[] = [
    ['a Home Test to the care-of address', 'home-test', { destination: CARE_OF_1 }],
    ['a Home Test from another node', 'home-test', { source: HOME_AGENT }],
    ['a Home Test by a routing header', 'home-test', { careOfAddress: CARE_OF_1 }],
    ['a Care-of Test to the home address', 'care-of-test', { destination: HOME_ADDRESS }],
    ['a Care-of Test to another care-of address', 'care-of-test', { destination: CARE_OF_2 }],
    ['a Care-of Test from another node', 'care-of-test', { source: HOME_AGENT }],
    ['a Care-of Test by a routing header', 'care-of-test', { careOfAddress: CARE_OF_1 }],
  ];
  for (const [name, kind, change] of wrong) {
    test(`${name}: not`, () => {
      const lab = deafTesting();
      const other = kind === 'home-test' ? 'care-of-test' : 'home-test';
      const right = { source: CORRESPONDENT, destination: kind === 'home-test' ? HOME_ADDRESS : CARE_OF_1 };
      const others = { source: CORRESPONDENT, destination: kind === 'home-test' ? CARE_OF_1 : HOME_ADDRESS };
      lab.tell({ kind: 'datagram', datagram: { ...others, bytes: testFor(lab, other) } });
      const datagram = { ...right, bytes: testFor(lab, kind) };
      lab.tell({ kind: 'datagram', datagram: { ...datagram, ...change } });
      assert.equal(lab.events('return-routability-complete').length, 0);
      // The same, as it should be.
      lab.tell({ kind: 'datagram', datagram });
      assert.equal(lab.events('return-routability-complete').length, 1);
    });
  }
});

test('a test is believed once: another answer to the same Init brings no other token (§11.6.2)', () => {
  const lab = deafTesting();
  const ends = { source: CORRESPONDENT, destination: HOME_ADDRESS };
  const hear = (bytes: Uint8Array): void => lab.tell({ kind: 'datagram', datagram: { ...ends, bytes } });
  const first = testFor(lab, 'home-test');
  const { message } = parseMobilityHeader(first);
  assert.ok(message.kind === 'home-test');
  hear(first);
  hear(emitMobilityHeader({ ...message, homeNonceIndex: 2, homeKeygenToken: new Uint8Array(8).fill(9) }));
  assert.equal(lab.mobileRole.counters.get('discarded.duplicate-test'), 1);
  const careOf = testFor(lab, 'care-of-test');
  lab.tell({ kind: 'datagram', datagram: { source: CORRESPONDENT, destination: CARE_OF_1, bytes: careOf } });
  lab.tell(BIND);
  const [{ message: update } = assert.fail('none')] = updates(lab);
  assert.deepEqual(update.options[0], { kind: 'nonce-indices', homeNonceIndex: 1, careOfNonceIndex: 1 });
});

describe('Binding Updates of a mobile node', () => {
  test('to a correspondent: no H bit, Home Address option, nonce indices, authorization data last (§11.7.2)', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell(BIND);
    lab.network.advance(1000);
    const [{ output, message } = assert.fail('none')] = updates(lab);
    assert.deepEqual(
      [
        output.source,
        output.destination,
        output.careOfAddress,
        output.homeAddressOption,
        output.routingHeader,
      ],
      [HOME_ADDRESS, CORRESPONDENT, CARE_OF_1, true, undefined],
    );
    assert.deepEqual(
      [message.homeRegistration, message.keyManagement, message.linkLocalCompatibility],
      [false, false, false],
    );
    assert.deepEqual(
      message.options.map(({ kind }) => kind),
      ['nonce-indices', 'binding-authorization-data'],
    );
  });

  test('the Home Address option goes with Binding Updates alone, a routing header with none (§6.1)', () => {
    const lab = mip6Lab();
    lab.tell({ ...REGISTER, lifetimeSeconds: 100 });
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell(BIND);
    lab.network.advance(1000);
    const unknown = emitMobilityHeader({ kind: 'unknown', mhType: 99, data: new Uint8Array(2) });
    const ends = { source: CORRESPONDENT, destination: HOME_ADDRESS };
    lab.tell({ kind: 'datagram', datagram: { ...ends, careOfAddress: CARE_OF_1, bytes: unknown } });
    const seen = sent(lab);
    assert.deepEqual(new Set(seen.map(({ message }) => message.kind)).size, 4);
    for (const { output, message } of seen) {
      assert.equal(output.homeAddressOption ?? false, message.kind === 'binding-update', message.kind);
      assert.equal(output.routingHeader, undefined);
    }
  });

  test('a de-registration is a home registration of lifetime 0, with a greater number (§11.5.5, §11.7.1)', () => {
    const lab = mip6Lab();
    lab.tell({ ...REGISTER, lifetimeSeconds: 100, sequence: 7 });
    lab.network.advance(100);
    lab.tell({ kind: 'deregister-home' });
    const { output, message } = updates(lab).at(-1) ?? assert.fail('none');
    assert.deepEqual(
      [message.homeRegistration, message.acknowledge, message.lifetimeSeconds, message.sequence],
      [true, true, 0, 8],
    );
    assert.deepEqual(
      [output.destination, output.homeAddressOption, output.routingHeader],
      [HOME_AGENT, true, undefined],
    );
  });

  test('a Binding Refresh Request renews a binding that there is, and makes none (§11.7.4)', () => {
    const lab = mip6Lab();
    const request = emitMobilityHeader({ kind: 'binding-refresh-request', options: [] });
    const ends = { source: CORRESPONDENT, destination: HOME_ADDRESS };
    lab.tell({ kind: 'datagram', datagram: { ...ends, bytes: request } });
    lab.network.advance(1000);
    assert.deepEqual(sent(lab), []);
    assert.equal(lab.mobileRole.counters.get('discarded.refresh-request-without-binding'), 1);
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    // Nor from one that is only being asked.
    lab.tell({ kind: 'datagram', datagram: { ...ends, bytes: request } });
    assert.equal(lab.mobileRole.counters.get('discarded.refresh-request-without-binding'), 2);
    assert.deepEqual(lab.events('refresh-requested'), []);
    lab.tell({ ...BIND, refresh: true });
    lab.network.advance(1000);
    // From somebody else it says nothing of this binding.
    lab.tell({ kind: 'datagram', datagram: { ...ends, source: HOME_AGENT, bytes: request } });
    assert.equal(lab.mobileRole.counters.get('discarded.refresh-request-without-binding'), 3);
    const before = updates(lab).length;
    lab.tell({ kind: 'datagram', datagram: { ...ends, bytes: request } });
    lab.network.advance(1000);
    assert.ok(updates(lab).length > before);
  });

  test('a deletion needs no Care-of Test (§5.2.5)', () => {
    const lab = mip6Lab();
    lab.tell({ kind: 'unbind', correspondent: CORRESPONDENT, acknowledge: true, careOfAddress: CARE_OF_1 });
    lab.network.advance(1000);
    assert.deepEqual(
      sent(lab).map(({ message }) => message.kind),
      ['home-test-init', 'binding-update'],
    );
  });
});

describe('acknowledgements of a home registration (§11.7.3)', () => {
  test('one for a number that was never sent changes nothing, nor does one that nobody waits for', () => {
    const lab = mip6Lab({ path: { delayMs: 20, loss: 1 } });
    const acknowledge = (sequence: number, status = 0) => {
      const content = { status, keyManagement: false, sequence, lifetimeSeconds: 100, options: [] };
      const ends = { source: HOME_AGENT, destination: HOME_ADDRESS };
      const bytes = emitMobilityHeader({ kind: 'binding-acknowledgement', ...content }, ends);
      lab.tell({ kind: 'datagram', datagram: { ...ends, bytes } });
    };
    lab.tell({ ...REGISTER, lifetimeSeconds: 100, sequence: 7 });
    acknowledge(6);
    acknowledge(8);
    acknowledge(8, 130);
    assert.equal(lab.mobileRole.counters.get('discarded.acknowledgement-sequence-mismatch'), 3);
    assert.equal(lab.events('home-registered').length + lab.events('home-registration-rejected').length, 0);
    acknowledge(7);
    assert.equal(lab.events('home-registered').length, 1);
    acknowledge(7, 130);
    assert.equal(lab.mobileRole.counters.get('discarded.acknowledgement-without-update'), 1);
    assert.equal(lab.events('home-registration-rejected').length, 0);
  });

  test('in a correspondent’s name it does not pass for the home agent’s', () => {
    const lab = mip6Lab({ path: { delayMs: 20, loss: 1 } });
    lab.tell({ ...REGISTER, lifetimeSeconds: 100, sequence: 7 });
    const content = { status: 0, keyManagement: false, sequence: 7, lifetimeSeconds: 100, options: [] };
    const ends = { source: CORRESPONDENT, destination: HOME_ADDRESS };
    const bytes = emitMobilityHeader({ kind: 'binding-acknowledgement', ...content }, ends);
    lab.tell({ kind: 'datagram', datagram: { ...ends, bytes } });
    assert.equal(lab.events('home-registered').length, 0);
    // Nor does the home agent's own that is for another address than the home address.
    lab.tell({ kind: 'datagram', datagram: { source: HOME_AGENT, destination: CARE_OF_1, bytes } });
    assert.equal(lab.mobileRole.counters.get('discarded.not-for-mobile-node'), 1);
    assert.equal(lab.events('home-registered').length, 0);
  });
});
