import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CorrespondentNode } from '../../mip6/roles/correspondent-node/correspondent-node.ts';
import { HomeAgent } from '../../mip6/roles/home-agent/home-agent.ts';
import type { HomeAgentConfig, HomeAgentOutput } from '../../mip6/roles/home-agent/home-agent-types.ts';
import type { MobilityDatagram } from '../../mip6/roles/shared/datagram.ts';
import { type Ipv6Address, ipv6, ipv6Prefix } from '../../mip6/wire/address.ts';
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
} from '../support/hand-made-mobile-node.ts';
import {
  CARE_OF_1,
  CARE_OF_2,
  CORRESPONDENT,
  HOME_ADDRESS,
  HOME_AGENT,
  STRANGER,
} from '../support/mip6-addresses.ts';
import { seededBytes } from '../support/seeded-random.ts';

/** Neither is reachable from other links (RFC 6275 §6.1.7). */
const NOT_ROUTABLE = ['::', '::1', 'fe80::1', 'ff02::1', 'ff0e::1', '::ffff:192.0.2.1'].map((text) =>
  ipv6(text),
);

function correspondentNode(): CorrespondentNode {
  return new CorrespondentNode({ random: seededBytes(1) });
}

/** Why all that came out of a datagram is one discarded message; undefined if anything else came out. */
function discarded(outputs: readonly { readonly kind: string }[]): string | undefined {
  const [only, ...more] = outputs as readonly { kind: string; event?: { kind: string; reason?: string } }[];
  return more.length === 0 && only?.event?.kind === 'discarded' ? only.event.reason : undefined;
}

/** A Binding Update with the H bit, to any node. */
function registration(
  given: {
    readonly to?: Ipv6Address;
    readonly sequence?: number;
    readonly lifetimeSeconds?: number;
    readonly homeAddress?: Ipv6Address;
    readonly careOfAddress?: Ipv6Address;
    readonly homeRegistration?: boolean;
    readonly acknowledge?: boolean;
  } = {},
): MobilityDatagram {
  const { to = HOME_AGENT, homeAddress = HOME_ADDRESS, careOfAddress = CARE_OF_1 } = given;
  const bytes = emitMobilityHeader({
    kind: 'binding-update',
    sequence: given.sequence ?? 1,
    acknowledge: given.acknowledge ?? true,
    homeRegistration: given.homeRegistration ?? true,
    linkLocalCompatibility: false,
    keyManagement: false,
    lifetimeSeconds: given.lifetimeSeconds ?? 300,
    options: [{ kind: 'alternate-care-of-address', address: careOfAddress }],
  });
  return { source: homeAddress, destination: to, careOfAddress: CARE_OF_1, bytes };
}

function homeAgent(config: Partial<HomeAgentConfig> = {}): HomeAgent {
  return new HomeAgent({ address: HOME_AGENT, prefixes: [ipv6Prefix('2001:db8:1::/64')], ...config });
}

function register(agent: HomeAgent, datagram: MobilityDatagram, protectedByIpsec = true): HomeAgentOutput[] {
  agent.handle({ kind: 'datagram', datagram, protectedByIpsec }, 0);
  return drain(agent);
}

describe('the kind of a registration cannot change (RFC 6275 §9.5.1)', () => {
  test('a correspondent node: 139 over a binding in force, 131 before it and after it, the binding untouched', () => {
    const node = correspondentNode();
    const tokens = getTokens(node, 0);
    const statusOf = (now: number) =>
      acknowledgement(deliver(node, registration({ to: CORRESPONDENT, sequence: 9 }), now));
    assert.equal(statusOf(0).status, BindingStatus.homeRegistrationNotSupported);
    deliver(node, bindingUpdate(tokens, { sequence: 3, lifetimeSeconds: 100 }), 0);
    const before = node.bindings();
    const { status, sequence } = statusOf(1);
    assert.deepEqual([status, sequence], [BindingStatus.registrationTypeChangeDisallowed, 9]);
    assert.deepEqual(node.bindings(), before);
    assert.equal(statusOf(100_000).status, BindingStatus.homeRegistrationNotSupported, 'expired');
  });

  test('a home agent: 139 without the H bit for an address that is registered, the binding untouched', () => {
    const agent = homeAgent();
    const plain = registration({ sequence: 9, careOfAddress: CARE_OF_2, homeRegistration: false });
    assert.equal(discarded(register(agent, plain)), 'not-for-home-agent');
    register(agent, registration());
    const before = agent.bindings();
    const { status, sequence } = acknowledgement(register(agent, plain));
    assert.deepEqual([status, sequence], [BindingStatus.registrationTypeChangeDisallowed, 9]);
    const deletion = registration({ sequence: 9, lifetimeSeconds: 0, homeRegistration: false });
    assert.equal(
      acknowledgement(register(agent, deletion)).status,
      BindingStatus.registrationTypeChangeDisallowed,
    );
    assert.equal(discarded(register(agent, plain, false)), 'not-protected');
    assert.deepEqual(agent.bindings(), before);
  });
});

describe('care-of addresses that a correspondent node refuses (§6.1.7)', () => {
  for (const address of NOT_ROUTABLE) {
    test(`${address}, in the option, in the header, and as home address: discarded`, () => {
      const node = correspondentNode();
      const tokens = getTokens(node, 0);
      const inOption = bindingUpdate(tokens, { alternate: address });
      const inHeader = bindingUpdate(tokens, { careOfAddress: address, alternate: CARE_OF_1 });
      const asHome = bindingUpdate(tokens, { homeAddress: address });
      for (const datagram of [inOption, inHeader, asHome])
        assert.equal(discarded(deliver(node, datagram, 0)), 'address-not-unicast');
      assert.deepEqual(node.bindings(), []);
    });
  }

  test('174, authorised: the correspondent node itself', () => {
    const node = correspondentNode();
    const tokens = getTokens(node, 0, HOME_ADDRESS, CORRESPONDENT);
    const outputs = deliver(node, bindingUpdate(tokens, { alternate: CORRESPONDENT }), 0);
    assert.equal(acknowledgement(outputs).status, BindingStatus.invalidCareOfAddress);
    const sent = outputs.find((output) => output.kind === 'transmit');
    assert.ok(sent?.kind === 'transmit');
    assert.ok(verifyAuthenticated(sent.bytes, keyOf(tokens, false), CORRESPONDENT, CORRESPONDENT));
    assert.deepEqual(node.bindings(), []);
    assert.ok(outputs.every(({ kind }) => kind !== 'binding'));
  });

  test('its own address is nobody’s home address', () => {
    const node = correspondentNode();
    const update = bindingUpdate(getTokens(node, 0, CORRESPONDENT, CARE_OF_1), {
      homeAddress: CORRESPONDENT,
    });
    assert.equal(discarded(deliver(node, update, 0)), 'own-address');
  });

  const [first, second, third] = ['2001:db8:a::1', '2001:db8:a::2', '2001:db8:a::3'].map((text) =>
    ipv6(text),
  );
  const bind = (node: CorrespondentNode, home: Ipv6Address, careOf: Ipv6Address, sequence = 1, now = 0) =>
    deliver(
      node,
      bindingUpdate(getTokens(node, now, home, careOf), {
        homeAddress: home,
        careOfAddress: careOf,
        sequence,
        lifetimeSeconds: 100,
      }),
      now,
    );

  test('a circular reference, of two bindings or of three, is discarded; a chain is not', () => {
    const node = correspondentNode();
    assert.equal(acknowledgement(bind(node, first!, second!)).status, 0);
    assert.equal(discarded(bind(node, second!, first!)), 'circular-reference');
    assert.equal(acknowledgement(bind(node, second!, third!)).status, 0);
    assert.equal(discarded(bind(node, third!, first!)), 'circular-reference');
    assert.deepEqual(
      node.bindings().map(({ homeAddress }) => homeAddress),
      [first, second],
    );
    // Without the link in the middle there is no circle any more.
    assert.equal(acknowledgement(bind(node, second!, CARE_OF_1, 2)).status, 0);
    assert.equal(acknowledgement(bind(node, third!, first!, 2)).status, 0);
  });

  test('a binding that has expired refers to nothing', () => {
    const node = correspondentNode();
    bind(node, first!, second!);
    assert.equal(acknowledgement(bind(node, second!, first!, 1, 100_000)).status, 0);
  });
});

describe('care-of addresses that a home agent refuses', () => {
  const other = ipv6('2001:db8:1::101');

  for (const address of NOT_ROUTABLE) {
    test(`${address}: discarded`, () => {
      const agent = homeAgent();
      const { bytes } = registration({ careOfAddress: address });
      assert.equal(discarded(register(agent, { ...registration(), bytes })), 'address-not-unicast');
      assert.equal(
        discarded(register(agent, { ...registration(), careOfAddress: address })),
        'address-not-unicast',
      );
    });
  }

  test('174: the home agent itself, whose tunnel would lead to itself', () => {
    const agent = homeAgent();
    const outputs = register(agent, registration({ careOfAddress: HOME_AGENT }));
    assert.equal(acknowledgement(outputs).status, BindingStatus.invalidCareOfAddress);
    assert.deepEqual(agent.bindings(), []);
  });

  test('133: its own address as home address', () => {
    const outputs = register(homeAgent(), registration({ homeAddress: HOME_AGENT }));
    assert.equal(acknowledgement(outputs).status, BindingStatus.notHomeAgentForThisMobileNode);
  });

  test('a circular reference: discarded; deletions and moves out of it are not', () => {
    const agent = homeAgent();
    register(agent, registration({ careOfAddress: other }));
    const back = registration({ homeAddress: other, careOfAddress: HOME_ADDRESS });
    assert.equal(discarded(register(agent, back)), 'circular-reference');
    assert.equal(
      acknowledgement(register(agent, registration({ homeAddress: other, careOfAddress: CARE_OF_2 }))).status,
      0,
    );
    const deletion = registration({ sequence: 2, lifetimeSeconds: 0, careOfAddress: other });
    assert.equal(acknowledgement(register(agent, deletion)).status, 0);
  });
});

describe('a home agent’s lifetimes and acknowledgements (§6.2.4, §10.3.1, §10.3.2)', () => {
  const optionsFor = (refreshAdviceSeconds: number, lifetimeSeconds: number) =>
    acknowledgement(register(homeAgent({ refreshAdviceSeconds }), registration({ lifetimeSeconds }))).options;

  test('a Binding Refresh Advice is shorter than the lifetime granted, or there is none', () => {
    assert.deepEqual(optionsFor(60, 64), [{ kind: 'binding-refresh-advice', intervalSeconds: 60 }]);
    assert.deepEqual(optionsFor(60, 60), []);
    assert.deepEqual(optionsFor(60, 8), []);
    assert.deepEqual(optionsFor(500, 4000), [], 'the lifetime granted counts, 420 s');
  });

  test('a de-registration is acknowledged without one', () => {
    const agent = homeAgent({ refreshAdviceSeconds: 60 });
    register(agent, registration());
    const outputs = register(agent, registration({ sequence: 2, lifetimeSeconds: 0 }));
    assert.deepEqual(acknowledgement(outputs).options, []);
  });

  test('never longer than asked for, and acknowledged whether that was asked for or not', () => {
    const outputs = register(homeAgent(), registration({ lifetimeSeconds: 8, acknowledge: false }));
    assert.equal(acknowledgement(outputs).lifetimeSeconds, 8);
  });

  test('a de-registration that overtakes duplicate address detection is not undone by it', () => {
    const agent = homeAgent({ duplicateAddressDetection: true });
    register(agent, registration({ sequence: 5 }));
    const { status, sequence } = acknowledgement(register(agent, registration({ sequence: 4 })));
    assert.deepEqual([status, sequence], [BindingStatus.sequenceNumberOutOfWindow, 5]);
    const outputs = register(agent, registration({ sequence: 6, lifetimeSeconds: 0 }));
    assert.equal(acknowledgement(outputs).status, BindingStatus.notHomeAgentForThisMobileNode);
    agent.handle({ kind: 'duplicate-address-result', homeAddress: HOME_ADDRESS, duplicate: false }, 0);
    assert.deepEqual(drain(agent), []);
    assert.deepEqual(agent.bindings(), []);
  });

  test('addresses that wait for duplicate address detection take their places', () => {
    const agent = homeAgent({ duplicateAddressDetection: true, capacity: 1 });
    register(agent, registration());
    const outputs = register(agent, registration({ homeAddress: ipv6('2001:db8:1::101') }));
    assert.equal(acknowledgement(outputs).status, BindingStatus.insufficientResources);
  });
});

describe('a correspondent node’s messages', () => {
  test('a Binding Refresh Request goes to the home address without a routing header (§6.1, §9.5.5)', () => {
    const node = new CorrespondentNode({ random: seededBytes(1), refreshRequestLeadSeconds: 10 });
    deliver(node, bindingUpdate(getTokens(node, 0), { lifetimeSeconds: 100 }), 0);
    node.handleTimeout(90_000);
    const [sent] = drain(node);
    assert.ok(sent?.kind === 'transmit');
    assert.deepEqual(
      [sent.source, sent.destination, sent.careOfAddress, sent.routingHeader],
      [CORRESPONDENT, HOME_ADDRESS, undefined, undefined],
    );
  });

  test('only acknowledgements have a routing header, whatever is asked (§6.1)', () => {
    const node = new CorrespondentNode({ random: seededBytes(1), refreshRequestLeadSeconds: 10 });
    const tokens = getTokens(node, 0);
    const outputs = [
      ...deliver(node, bindingUpdate(tokens, { lifetimeSeconds: 100 }), 0),
      ...deliver(node, bindingUpdate(tokens, { sequence: 1 }), 0),
    ];
    node.handle(
      {
        kind: 'unknown-home-address-option',
        homeAddress: STRANGER,
        careOfAddress: CARE_OF_1,
        correspondent: CORRESPONDENT,
      },
      1,
    );
    node.handleTimeout(90_000);
    outputs.push(...drain(node));
    const sent = outputs.flatMap((output) => (output.kind === 'transmit' ? [output] : []));
    assert.deepEqual(
      sent.map(({ bytes, routingHeader = false }) => [bytes[2], routingHeader]),
      [
        [6, true],
        [6, true],
        [7, false],
        [0, false],
      ],
    );
  });

  test('an error is answered though no acknowledgement is asked for, acceptance is not (§9.5.4)', () => {
    const node = correspondentNode();
    const tokens = getTokens(node, 0);
    const silent = { acknowledge: false } as const;
    assert.ok(
      deliver(node, bindingUpdate(tokens, { sequence: 5, ...silent }), 0).every(
        ({ kind }) => kind !== 'transmit',
      ),
    );
    assert.equal(
      acknowledgement(deliver(node, bindingUpdate(tokens, { sequence: 5, ...silent }), 1)).status,
      135,
    );
    const late = deliver(node, bindingUpdate(tokens, { sequence: 6, ...silent }), 300_000);
    assert.equal(acknowledgement(late).status, BindingStatus.expiredNonces);
    const plain = registration({ to: CORRESPONDENT, homeAddress: STRANGER, acknowledge: false });
    assert.equal(acknowledgement(deliver(node, plain, 1)).status, BindingStatus.homeRegistrationNotSupported);
  });
});

describe('what tokens are made from (§5.2.1, §5.2.2)', () => {
  test('Kcn of 20 octets, once; nonces of 8, of which each token has one', () => {
    const asked: number[] = [];
    const seeded = seededBytes(1);
    const node = new CorrespondentNode({
      random: (octets) => {
        asked.push(octets);
        return seeded(octets);
      },
    });
    const tokens = getTokens(node, 0);
    assert.equal(asked[0], 20);
    assert.deepEqual(asked.filter((octets) => octets === 20).length, 1);
    assert.equal(asked.at(-1), 8);
    assert.equal(tokens.homeNonceIndex, tokens.careOfNonceIndex);
  });

  test('two nodes, or one before and after a restart, know nothing of each other’s tokens', () => {
    const [first, second] = [1, 2].map((seed) => new CorrespondentNode({ random: seededBytes(seed) }));
    const tokens = getTokens(first!, 0);
    assert.notDeepEqual(getTokens(second!, 0).home, tokens.home);
    const outputs = deliver(second!, bindingUpdate(tokens), 0);
    assert.ok(outputs.every(({ kind }) => kind !== 'binding'));
    // Tokens hang on Kcn by itself: here all else is the same.
    const [zeros, ones] = [0, 1].map((octet) => {
      const seeded = seededBytes(1);
      const random = (octets: number) => (octets === 20 ? new Uint8Array(20).fill(octet) : seeded(octets));
      return getTokens(new CorrespondentNode({ random }), 0);
    });
    assert.equal(zeros!.homeNonceIndex, ones!.homeNonceIndex);
    assert.notDeepEqual(zeros!.home, ones!.home);
    assert.notDeepEqual(zeros!.careOf, ones!.careOf);
  });
});
