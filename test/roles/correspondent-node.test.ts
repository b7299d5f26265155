import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CorrespondentNode } from '../../mip6/roles/correspondent-node/correspondent-node.ts';
import type {
  CorrespondentNodeConfig,
  CorrespondentNodeOutput,
} from '../../mip6/roles/correspondent-node/correspondent-node-types.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { verifyAuthenticated } from '../../mip6/wire/binding-authorization-data.ts';
import { BindingStatus } from '../../mip6/wire/constants.ts';
import { emitMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import {
  acknowledgement,
  bindingUpdate,
  deliver,
  drain,
  getTokens,
  keyOf,
  onlyMessage,
} from '../support/hand-made-mobile-node.ts';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT, HOME_ADDRESS, STRANGER } from '../support/mip6-addresses.ts';
import { seededBytes } from '../support/seeded-random.ts';

function newNode(config: Partial<CorrespondentNodeConfig> = {}): CorrespondentNode {
  return new CorrespondentNode({ random: seededBytes(1), ...config });
}

function bindings(outputs: readonly CorrespondentNodeOutput[]) {
  return outputs.filter((output) => output.kind === 'binding');
}

function discardReasons(outputs: readonly CorrespondentNodeOutput[]): string[] {
  return outputs.flatMap((output) =>
    output.kind === 'event' && output.event.kind === 'discarded' ? [output.event.reason] : [],
  );
}

describe('return routability (RFC 6275 §9.4)', () => {
  test('answers are a function of packet and nonce: repeated Inits get the same tokens and leave no state', () => {
    const node = newNode();
    const first = getTokens(node, 0);
    assert.deepEqual(getTokens(node, 29_999), first);
    assert.deepEqual(node.bindings(), []);
    assert.equal(node.deadline(), undefined);
  });

  test('tokens differ by address, by kind of test and by nonce', () => {
    const node = newNode();
    const mine = getTokens(node, 0, HOME_ADDRESS, HOME_ADDRESS);
    const other = getTokens(node, 0, CARE_OF_2, CARE_OF_2);
    const later = getTokens(node, 30_000, HOME_ADDRESS, HOME_ADDRESS);
    const tokens = [mine.home, mine.careOf, other.home, other.careOf, later.home, later.careOf];
    assert.equal(new Set(tokens.map((token) => token.join())).size, 6);
    assert.notEqual(later.homeNonceIndex, mine.homeNonceIndex);
  });

  test('an Init with a Home Address option is ignored', () => {
    const bytes = emitMobilityHeader({
      kind: 'home-test-init',
      homeInitCookie: new Uint8Array(8),
      options: [],
    });
    const datagram = { source: HOME_ADDRESS, destination: CORRESPONDENT, careOfAddress: CARE_OF_1, bytes };
    const outputs = deliver(newNode(), datagram, 0);
    assert.deepEqual(discardReasons(outputs), ['home-address-option-in-test-init']);
    assert.equal(outputs.length, 1);
  });
});

describe('a valid Binding Update', () => {
  test('sets the kernel state first, then sends an authorised acknowledgement by type 2 routing header', () => {
    const node = newNode();
    const tokens = getTokens(node, 0);
    const outputs = deliver(node, bindingUpdate(tokens, { lifetimeSeconds: 100 }), 10);
    assert.deepEqual(
      outputs.map(({ kind }) => kind),
      ['binding', 'event', 'transmit'],
    );
    assert.deepEqual(outputs[0], {
      kind: 'binding',
      action: 'set',
      correspondent: CORRESPONDENT,
      homeAddress: HOME_ADDRESS,
      careOfAddress: CARE_OF_1,
      lifetimeSeconds: 100,
      sequence: 7,
    });
    const sent = outputs[2];
    assert.ok(sent?.kind === 'transmit');
    assert.deepEqual(
      [sent.destination, sent.careOfAddress, sent.routingHeader],
      [HOME_ADDRESS, CARE_OF_1, true],
    );
    const { status, sequence, lifetimeSeconds } = acknowledgement(outputs);
    assert.deepEqual({ status, sequence, lifetimeSeconds }, { status: 0, sequence: 7, lifetimeSeconds: 100 });
    assert.ok(verifyAuthenticated(sent.bytes, keyOf(tokens, false), CARE_OF_1, CORRESPONDENT));
  });

  test('is not acknowledged when it does not ask for it', () => {
    const node = newNode();
    const outputs = deliver(node, bindingUpdate(getTokens(node, 0), { acknowledge: false }), 0);
    assert.deepEqual(
      outputs.map(({ kind }) => kind),
      ['binding', 'event'],
    );
  });

  test('gets at most MAX_RR_BINDING_LIFETIME', () => {
    const node = newNode({ maximumLifetimeSeconds: 3600 });
    const outputs = deliver(node, bindingUpdate(getTokens(node, 0), { lifetimeSeconds: 4000 }), 0);
    assert.equal(acknowledgement(outputs).lifetimeSeconds, 420);
  });

  test('with an Alternate Care-of Address is verified and bound with that one, but answered where it came from', () => {
    const node = newNode();
    const tokens = getTokens(node, 0, HOME_ADDRESS, CARE_OF_2);
    const outputs = deliver(
      node,
      bindingUpdate(tokens, { careOfAddress: CARE_OF_1, alternate: CARE_OF_2 }),
      0,
    );
    const [set, , sent] = outputs;
    assert.ok(set?.kind === 'binding' && sent?.kind === 'transmit');
    assert.equal(set.careOfAddress, CARE_OF_2);
    assert.equal(sent.careOfAddress, CARE_OF_1);
    assert.ok(verifyAuthenticated(sent.bytes, keyOf(tokens, false), CARE_OF_2, CORRESPONDENT));
  });

  test('is one of the address that it came to: each of a node’s own has its own, numbers and all', () => {
    const node = newNode();
    const tokens = getTokens(node, 0);
    deliver(node, bindingUpdate(tokens, { sequence: 9 }), 0);
    const other = bindingUpdate(tokens, { sequence: 3, correspondent: STRANGER });
    assert.equal(acknowledgement(deliver(node, other, 0)).status, 0);
    assert.deepEqual(
      node.bindings().map(({ correspondent, sequence }) => [correspondent, sequence]),
      [
        [CORRESPONDENT, 9],
        [STRANGER, 3],
      ],
    );
  });

  test('expires after its lifetime, and not before', () => {
    const node = newNode();
    deliver(node, bindingUpdate(getTokens(node, 0), { lifetimeSeconds: 300 }), 1000);
    assert.equal(node.deadline(), 301_000);
    node.handleTimeout(300_999);
    assert.deepEqual(drain(node), []);
    node.handleTimeout(301_000);
    assert.deepEqual(
      drain(node).map((output) => (output.kind === 'binding' ? output.action : output.kind)),
      ['delete', 'event'],
    );
    assert.equal(node.deadline(), undefined);
  });

  test('is followed by a Binding Refresh Request when that is wanted', () => {
    const node = newNode({ refreshRequestLeadSeconds: 10 });
    deliver(node, bindingUpdate(getTokens(node, 0), { lifetimeSeconds: 100 }), 0);
    assert.equal(node.deadline(), 90_000);
    node.handleTimeout(90_000);
    assert.equal(onlyMessage(drain(node)).kind, 'binding-refresh-request');
    assert.equal(node.deadline(), 100_000);
  });
});

describe('rejections', () => {
  test('135 with the last sequence number, authorised, for a replay and for everything in the window behind', () => {
    const node = newNode();
    const tokens = getTokens(node, 0);
    const update = bindingUpdate(tokens, { sequence: 100 });
    deliver(node, update, 0);
    for (const sequence of [100, 99, 0, 65_535, (100 - 32_768 + 65_536) % 65_536]) {
      const outputs = deliver(node, bindingUpdate(tokens, { sequence, acknowledge: false }), 1);
      const sent = acknowledgement(outputs);
      assert.deepEqual([sent.status, sent.sequence], [BindingStatus.sequenceNumberOutOfWindow, 100]);
      assert.equal(sent.options.at(-1)?.kind, 'binding-authorization-data');
      assert.deepEqual(bindings(outputs), []);
    }
    assert.equal(acknowledgement(deliver(node, bindingUpdate(tokens, { sequence: 101 }), 1)).status, 0);
  });

  test('sequence numbers wrap at 2^16', () => {
    const node = newNode();
    const tokens = getTokens(node, 0);
    for (const sequence of [65_534, 65_535, 0, 1]) {
      assert.equal(acknowledgement(deliver(node, bindingUpdate(tokens, { sequence }), 0)).status, 0);
    }
  });

  test('136, 137 and 138 without authorization data once nonces are 240 s old', () => {
    const node = newNode();
    const old = getTokens(node, 0);
    const fresh = getTokens(node, 230_000);
    const cases = [
      [{ ...fresh, home: old.home, homeNonceIndex: old.homeNonceIndex }, BindingStatus.expiredHomeNonceIndex],
      [
        { ...fresh, careOf: old.careOf, careOfNonceIndex: old.careOfNonceIndex },
        BindingStatus.expiredCareOfNonceIndex,
      ],
      [old, BindingStatus.expiredNonces],
    ] as const;
    assert.equal(acknowledgement(deliver(node, bindingUpdate(old, { sequence: 1 }), 239_999)).status, 0);
    for (const [tokens, status] of cases) {
      const outputs = deliver(node, bindingUpdate(tokens, { sequence: 2, acknowledge: false }), 240_000);
      const sent = acknowledgement(outputs);
      assert.deepEqual([sent.status, sent.options, bindings(outputs)], [status, [], []]);
    }
  });

  test('a token is good for MAX_TOKEN_LIFETIME even when its nonce was made 30 s before', () => {
    const node = newNode();
    getTokens(node, 0);
    const tokens = getTokens(node, 29_999);
    assert.equal(acknowledgement(deliver(node, bindingUpdate(tokens), 29_999 + 210_000)).status, 0);
  });

  test('130 when the cache is full, for a new home address only', () => {
    const node = newNode({ capacity: 1 });
    const tokens = getTokens(node, 0);
    deliver(node, bindingUpdate(tokens, { sequence: 1 }), 0);
    const homeAddress = ipv6('2001:db8:1::101');
    const other = bindingUpdate(getTokens(node, 0, homeAddress), { homeAddress });
    const outputs = deliver(node, other, 0);
    assert.equal(acknowledgement(outputs).status, BindingStatus.insufficientResources);
    assert.deepEqual(bindings(outputs), []);
    assert.equal(acknowledgement(deliver(node, bindingUpdate(tokens, { sequence: 2 }), 0)).status, 0);
  });

  test('131 for a home registration, which must not carry nonce indices', () => {
    const update = {
      kind: 'binding-update',
      sequence: 3,
      acknowledge: true,
      homeRegistration: true,
      linkLocalCompatibility: false,
      keyManagement: false,
      lifetimeSeconds: 60,
    } as const;
    const ends = { source: HOME_ADDRESS, destination: CORRESPONDENT, careOfAddress: CARE_OF_1 };
    const plain = emitMobilityHeader({ ...update, options: [] });
    const { status, sequence } = acknowledgement(deliver(newNode(), { ...ends, bytes: plain }, 0));
    assert.deepEqual([status, sequence], [BindingStatus.homeRegistrationNotSupported, 3]);
    const indices = { kind: 'nonce-indices', homeNonceIndex: 0, careOfNonceIndex: 0 } as const;
    const odd = emitMobilityHeader({ ...update, options: [indices] });
    assert.deepEqual(discardReasons(deliver(newNode(), { ...ends, bytes: odd }, 0)), [
      'nonce-indices-in-home-registration',
    ]);
  });
});

describe('what is silently discarded', () => {
  const cases: Record<string, (node: CorrespondentNode) => ReturnType<typeof bindingUpdate>> = {
    'a forged authenticator': (node) => bindingUpdate(getTokens(node, 0), { kbm: new Uint8Array(20) }),
    'a right key with another care-of address in the packet': (node) => ({
      ...bindingUpdate(getTokens(node, 0)),
      careOfAddress: CARE_OF_2,
    }),
    'a care-of address that is signed but was never tested': (node) =>
      bindingUpdate(getTokens(node, 0), { careOfAddress: CARE_OF_2 }),
    "another client's home token": (node) =>
      bindingUpdate(getTokens(node, 0, STRANGER, CARE_OF_1), { homeAddress: HOME_ADDRESS }),
    'a binding signed for the home address': (node) =>
      bindingUpdate(getTokens(node, 0), { authorizedCareOfAddress: HOME_ADDRESS }),
    'a deletion signed for a care-of address that is not in it': (node) =>
      bindingUpdate(getTokens(node, 0), { lifetimeSeconds: 0, authorizedCareOfAddress: CARE_OF_2 }),
    'a deletion signed with both tokens': (node) => {
      const tokens = getTokens(node, 0);
      return bindingUpdate(tokens, { lifetimeSeconds: 0, kbm: keyOf(tokens, false) });
    },
    'a binding signed with the home token alone': (node) => {
      const tokens = getTokens(node, 0);
      return bindingUpdate(tokens, { kbm: keyOf(tokens, true) });
    },
  };
  for (const [name, make] of Object.entries(cases)) {
    test(name, () => {
      const node = newNode();
      const outputs = deliver(node, make(node), 0);
      assert.deepEqual(discardReasons(outputs), ['wrong-authenticator']);
      assert.equal(outputs.length, 1);
      assert.equal(node.counters.get('discarded.wrong-authenticator'), 1);
      assert.deepEqual(node.bindings(), []);
    });
  }

  test('a forged replay with an old sequence number, so that nobody learns the current one', () => {
    const node = newNode();
    const tokens = getTokens(node, 0);
    deliver(node, bindingUpdate(tokens, { sequence: 100 }), 0);
    const outputs = deliver(node, bindingUpdate(tokens, { sequence: 5, kbm: new Uint8Array(20) }), 0);
    assert.deepEqual(discardReasons(outputs), ['wrong-authenticator']);
  });

  test('missing options, multicast addresses, truncated headers and messages for others, each under its own name', () => {
    const node = newNode();
    const tokens = getTokens(node, 0);
    const good = bindingUpdate(tokens);
    const bare = { kind: 'binding-update', sequence: 1, acknowledge: true, homeRegistration: false } as const;
    const flags = { linkLocalCompatibility: false, keyManagement: false, lifetimeSeconds: 8 } as const;
    const indices = { kind: 'nonce-indices', homeNonceIndex: 1, careOfNonceIndex: 1 } as const;
    const without = (options: readonly (typeof indices)[]) => ({
      ...good,
      bytes: emitMobilityHeader({ ...bare, ...flags, options }),
    });
    const refresh = emitMobilityHeader({ kind: 'binding-refresh-request', options: [] });
    const reasons = [
      without([]),
      without([indices]),
      { ...good, careOfAddress: ipv6('ff02::1') },
      { ...good, bytes: good.bytes.subarray(0, 9) },
      { ...good, bytes: refresh },
    ].flatMap((datagram) => discardReasons(deliver(node, datagram, 0)));
    assert.deepEqual(reasons, [
      'missing-nonce-indices',
      'missing-authorization-data',
      'address-not-unicast',
      'malformed',
      'not-for-correspondent',
    ]);
  });
});

describe('deletion (§9.5.3)', () => {
  test('takes the home token alone, and its updates cannot be replayed while nonces live', () => {
    const node = newNode();
    const tokens = getTokens(node, 0);
    const create = bindingUpdate(tokens, { sequence: 1 });
    deliver(node, create, 0);
    const outputs = deliver(
      node,
      bindingUpdate({ ...tokens, careOfNonceIndex: 0 }, { sequence: 2, lifetimeSeconds: 0 }),
      1,
    );
    assert.deepEqual(
      outputs.map((output) => (output.kind === 'binding' ? output.action : output.kind)),
      ['delete', 'event', 'transmit'],
    );
    assert.equal(acknowledgement(outputs).lifetimeSeconds, 0);
    const replay = deliver(node, create, 2);
    assert.equal(acknowledgement(replay).status, BindingStatus.sequenceNumberOutOfWindow);
    assert.deepEqual(bindings(replay), []);
    node.handleTimeout(240_001);
    assert.deepEqual(node.bindings(), []);
    assert.equal(acknowledgement(deliver(node, create, 240_001)).status, BindingStatus.expiredNonces);
  });

  test('of a binding that does not exist is accepted and changes nothing in the kernel', () => {
    const node = newNode();
    const outputs = deliver(node, bindingUpdate(getTokens(node, 0), { lifetimeSeconds: 0 }), 0);
    assert.equal(acknowledgement(outputs).status, 0);
    assert.deepEqual(bindings(outputs), []);
    // Nor does one of a binding that has been deleted.
    const again = deliver(node, bindingUpdate(getTokens(node, 0), { sequence: 8, lifetimeSeconds: 0 }), 0);
    assert.equal(acknowledgement(again).status, 0);
    assert.deepEqual(bindings(again), []);
  });

  test('by a care-of address equal to the home address', () => {
    const node = newNode();
    const tokens = getTokens(node, 0);
    deliver(node, bindingUpdate(tokens, { sequence: 1 }), 0);
    const kbm = keyOf(tokens, true);
    const { careOfAddress: _, ...atHome } = bindingUpdate(tokens, {
      sequence: 2,
      careOfAddress: HOME_ADDRESS,
      kbm,
    });
    const outputs = deliver(node, atHome, 0);
    assert.deepEqual(
      bindings(outputs).map((output) => output.kind === 'binding' && output.action),
      ['delete'],
    );
    const sent = outputs.find((output) => output.kind === 'transmit');
    assert.ok(sent?.kind === 'transmit' && sent.routingHeader === undefined);
  });

  test('an expired short binding is remembered too: its update cannot be replayed', () => {
    const node = newNode();
    const update = bindingUpdate(getTokens(node, 0), { lifetimeSeconds: 4 });
    deliver(node, update, 0);
    node.handleTimeout(4000);
    drain(node);
    const replay = deliver(node, update, 5000);
    assert.equal(acknowledgement(replay).status, BindingStatus.sequenceNumberOutOfWindow);
    assert.deepEqual(bindings(replay), []);
  });

  test('flush forgets all and makes every old token useless', () => {
    const node = newNode();
    const tokens = getTokens(node, 0);
    deliver(node, bindingUpdate(tokens, { sequence: 1 }), 0);
    node.handle({ kind: 'flush' }, 1);
    assert.deepEqual(
      bindings(drain(node)).map((output) => output.kind === 'binding' && output.action),
      ['delete'],
    );
    const status = acknowledgement(deliver(node, bindingUpdate(tokens, { sequence: 2 }), 2)).status;
    assert.equal(status, BindingStatus.expiredNonces);
  });
});

describe('Binding Errors (§9.3.3)', () => {
  test('status 1 to the packet source for an unknown Home Address option, three a second', () => {
    const node = newNode();
    const report = (now: number) => {
      const input = { homeAddress: HOME_ADDRESS, careOfAddress: CARE_OF_1, correspondent: CORRESPONDENT };
      node.handle({ kind: 'unknown-home-address-option', ...input }, now);
      return drain(node);
    };
    const [sent] = report(0);
    assert.ok(sent?.kind === 'transmit');
    assert.deepEqual(
      [sent.source, sent.destination, sent.routingHeader],
      [CORRESPONDENT, CARE_OF_1, undefined],
    );
    const expected = { kind: 'binding-error', status: 1, homeAddress: HOME_ADDRESS, options: [] };
    assert.deepEqual(onlyMessage([sent]), expected);
    const kinds = [1, 2, 3, 999, 1000].map((now) => report(now)[0]?.kind);
    assert.deepEqual(kinds, ['transmit', 'transmit', 'event', 'event', 'transmit']);
  });

  test('status 2 for an unknown message type', () => {
    const bytes = emitMobilityHeader({ kind: 'unknown', mhType: 99, data: new Uint8Array(2) });
    const outputs = deliver(newNode(), { source: CARE_OF_1, destination: CORRESPONDENT, bytes }, 0);
    assert.deepEqual(onlyMessage(outputs), {
      kind: 'binding-error',
      status: 2,
      homeAddress: ipv6('::'),
      options: [],
    });
  });

  test('status 2 to a mobile node: to where the packet came from, with the home address in it', () => {
    const bytes = emitMobilityHeader({ kind: 'unknown', mhType: 99, data: new Uint8Array(2) });
    const datagram = {
      source: HOME_ADDRESS,
      destination: CORRESPONDENT,
      careOfAddress: CARE_OF_1,
      bytes,
    };
    const outputs = deliver(newNode(), datagram, 0);
    const answer = outputs.find((output) => output.kind === 'transmit');
    assert.deepEqual([answer?.destination, answer?.routingHeader], [CARE_OF_1, undefined]);
    assert.deepEqual(onlyMessage(outputs), {
      kind: 'binding-error',
      status: 2,
      homeAddress: HOME_ADDRESS,
      options: [],
    });
  });

  test('none to an address that is none or many', () => {
    const node = newNode();
    const bytes = emitMobilityHeader({ kind: 'unknown', mhType: 99, data: new Uint8Array(2) });
    for (const source of ['::', 'ff02::1'].map(ipv6)) {
      const outputs = deliver(node, { source, destination: CORRESPONDENT, bytes }, 0);
      assert.ok(outputs.every(({ kind }) => kind === 'event'));
    }
    // What was sent to many has no address that it could be answered from.
    const toMany = deliver(node, { source: CARE_OF_1, destination: ipv6('ff02::1'), bytes }, 0);
    assert.ok(toMany.every(({ kind }) => kind === 'event'));
    const careOfAddress = ipv6('ff02::1');
    const report = { kind: 'unknown-home-address-option', homeAddress: HOME_ADDRESS, careOfAddress } as const;
    node.handle({ ...report, correspondent: CORRESPONDENT }, 0);
    assert.deepEqual(
      drain(node).map(({ kind }) => kind),
      ['event'],
    );
    assert.equal(node.counters.get('discarded.address-not-unicast'), 4);
  });
});
