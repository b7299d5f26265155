import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HomeAgent } from '../../mip6/roles/home-agent/home-agent.ts';
import type { HomeAgentConfig, HomeAgentOutput } from '../../mip6/roles/home-agent/home-agent-types.ts';
import type { MobilityDatagram } from '../../mip6/roles/shared/datagram.ts';
import { type Ipv6Address, ipv6, ipv6Prefix } from '../../mip6/wire/address.ts';
import { BindingStatus } from '../../mip6/wire/constants.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import type { MobilityOption } from '../../mip6/wire/mobility-options.ts';
import { acknowledgement, drain } from '../support/hand-made-mobile-node.ts';
import { CARE_OF_1, CARE_OF_2, HOME_ADDRESS, HOME_AGENT } from '../support/mip6-addresses.ts';

const CONFIG: HomeAgentConfig = { address: HOME_AGENT, prefixes: [ipv6Prefix('2001:db8:1::/64')] };

interface Update {
  readonly sequence?: number;
  readonly lifetimeSeconds?: number;
  readonly homeAddress?: Ipv6Address;
  readonly careOfAddress?: Ipv6Address;
  readonly homeRegistration?: boolean;
  readonly options?: readonly MobilityOption[];
}

function update(given: Update = {}): MobilityDatagram {
  const { homeAddress = HOME_ADDRESS, careOfAddress = CARE_OF_1 } = given;
  const bytes = emitMobilityHeader({
    kind: 'binding-update',
    sequence: given.sequence ?? 1,
    acknowledge: true,
    homeRegistration: given.homeRegistration ?? true,
    linkLocalCompatibility: false,
    keyManagement: false,
    lifetimeSeconds: given.lifetimeSeconds ?? 300,
    options: given.options ?? [{ kind: 'alternate-care-of-address', address: careOfAddress }],
  });
  return { source: homeAddress, destination: HOME_AGENT, careOfAddress, bytes };
}

function deliver(
  agent: HomeAgent,
  datagram: MobilityDatagram,
  now = 0,
  protectedByIpsec = true,
): HomeAgentOutput[] {
  agent.handle({ kind: 'datagram', datagram, protectedByIpsec }, now);
  return drain(agent);
}

/** Kernel action, event kind or `transmit`, in order. */
function story(outputs: readonly HomeAgentOutput[]): string[] {
  return outputs.map((output) => {
    if (output.kind === 'binding') return output.action;
    return output.kind === 'event' ? output.event.kind : output.kind;
  });
}

function discardReason(outputs: readonly HomeAgentOutput[]): string | undefined {
  const [first, ...more] = outputs;
  assert.equal(more.length, 0, 'nothing but the event');
  return first?.kind === 'event' && first.event.kind === 'discarded' ? first.event.reason : undefined;
}

describe('home registration (RFC 6275 §10.3.1)', () => {
  test('kernel state first, then the acknowledgement by type 2 routing header', () => {
    const outputs = deliver(new HomeAgent(CONFIG), update({ lifetimeSeconds: 1000 }));
    assert.deepEqual(story(outputs), ['set', 'registration-accepted', 'transmit']);
    assert.deepEqual(outputs[0], {
      kind: 'binding',
      action: 'set',
      homeAgent: HOME_AGENT,
      homeAddress: HOME_ADDRESS,
      careOfAddress: CARE_OF_1,
      lifetimeSeconds: 420,
      sequence: 1,
    });
    const sent = outputs[2];
    assert.ok(sent?.kind === 'transmit');
    assert.deepEqual(
      [sent.destination, sent.careOfAddress, sent.routingHeader],
      [HOME_ADDRESS, CARE_OF_1, true],
    );
    const { status, sequence, lifetimeSeconds } = acknowledgement(outputs);
    assert.deepEqual([status, sequence, lifetimeSeconds], [0, 1, 420]);
  });

  test('a move names the care-of address before; a refresh advice goes along when configured', () => {
    const agent = new HomeAgent({ ...CONFIG, refreshAdviceSeconds: 60 });
    deliver(agent, update());
    const outputs = deliver(agent, update({ sequence: 2, careOfAddress: CARE_OF_2 }));
    const [set] = outputs;
    assert.ok(set?.kind === 'binding');
    assert.deepEqual([set.careOfAddress, set.previousCareOfAddress], [CARE_OF_2, CARE_OF_1]);
    assert.deepEqual(acknowledgement(outputs).options, [
      { kind: 'binding-refresh-advice', intervalSeconds: 60 },
    ]);
  });

  test('expires after its lifetime', () => {
    const agent = new HomeAgent(CONFIG);
    deliver(agent, update(), 1000);
    assert.equal(agent.deadline(), 301_000);
    agent.handleTimeout(301_000);
    assert.deepEqual(story(drain(agent)), ['delete', 'registration-expired']);
    assert.equal(agent.deadline(), undefined);
  });

  test('lifetime 0 ends it, and a second time is refused with 133 (§10.3.2)', () => {
    const agent = new HomeAgent(CONFIG);
    deliver(agent, update());
    const outputs = deliver(agent, update({ sequence: 2, lifetimeSeconds: 0 }));
    assert.deepEqual(story(outputs), ['delete', 'registration-accepted', 'transmit']);
    assert.equal(acknowledgement(outputs).lifetimeSeconds, 0);
    const again = deliver(agent, update({ sequence: 3, lifetimeSeconds: 0 }));
    assert.equal(acknowledgement(again).status, BindingStatus.notHomeAgentForThisMobileNode);
  });

  test('a node back home ends it without a Home Address option and is answered without a routing header', () => {
    const agent = new HomeAgent(CONFIG);
    deliver(agent, update());
    const { careOfAddress: _, ...atHome } = update({ sequence: 2, lifetimeSeconds: 0, options: [] });
    const outputs = deliver(agent, atHome);
    assert.deepEqual(story(outputs), ['delete', 'registration-accepted', 'transmit']);
    const sent = outputs[2];
    assert.ok(
      sent?.kind === 'transmit' && sent.routingHeader === undefined && sent.destination === HOME_ADDRESS,
    );
  });
});

describe('refusals', () => {
  const other = ipv6('2001:db8:1::101');
  const cases: readonly (readonly [string, Partial<HomeAgentConfig>, Update, number])[] = [
    ['another subnet', {}, { homeAddress: ipv6('2001:db8:2::100') }, BindingStatus.notHomeSubnet],
    [
      'a home address not served',
      { homeAddresses: [other] },
      {},
      BindingStatus.notHomeAgentForThisMobileNode,
    ],
    ['a prohibited one', { prohibited: [HOME_ADDRESS] }, {}, BindingStatus.administrativelyProhibited],
    ['a full cache', { capacity: 0 }, {}, BindingStatus.insufficientResources],
  ];
  for (const [name, config, given, status] of cases) {
    test(`${status}: ${name}`, () => {
      const agent = new HomeAgent({ ...CONFIG, ...config });
      const outputs = deliver(agent, update(given));
      assert.deepEqual(story(outputs), ['registration-rejected', 'transmit']);
      assert.equal(acknowledgement(outputs).status, status);
      assert.deepEqual(agent.bindings(), []);
    });
  }

  test('135 with the last sequence number, and the binding stays', () => {
    const agent = new HomeAgent(CONFIG);
    deliver(agent, update({ sequence: 65_535 }));
    for (const sequence of [65_535, 65_534, 32_767]) {
      const outputs = deliver(agent, update({ sequence, careOfAddress: CARE_OF_2 }));
      const sent = acknowledgement(outputs);
      assert.deepEqual([sent.status, sent.sequence], [BindingStatus.sequenceNumberOutOfWindow, 65_535]);
    }
    assert.equal(agent.bindings()[0]?.careOfAddress, CARE_OF_1);
    assert.equal(acknowledgement(deliver(agent, update({ sequence: 0 }))).status, 0);
  });

  test('134 when the home link knows the address already; accepted when it does not', () => {
    for (const duplicate of [true, false]) {
      const agent = new HomeAgent({ ...CONFIG, duplicateAddressDetection: true });
      assert.deepEqual(story(deliver(agent, update({ sequence: 1 }))), ['probe-duplicate-address']);
      assert.deepEqual(story(deliver(agent, update({ sequence: 2 }))), [], 'a retransmission waits too');
      agent.handle({ kind: 'duplicate-address-result', homeAddress: HOME_ADDRESS, duplicate }, 1000);
      const { status, sequence } = acknowledgement(drain(agent));
      assert.deepEqual(
        [status, sequence],
        [duplicate ? BindingStatus.duplicateAddressDetectionFailed : 0, 2],
      );
    }
  });
});

describe('what is silently discarded', () => {
  const cases: readonly (readonly [string, MobilityDatagram, boolean])[] = [
    ['not-protected', update(), false],
    ['not-for-home-agent', update({ homeRegistration: false }), true],
    ['not-for-home-agent', { ...update(), destination: CARE_OF_2 }, true],
    ['address-not-unicast', update({ careOfAddress: ipv6('ff02::1') }), true],
    [
      'nonce-indices-in-home-registration',
      update({ options: [{ kind: 'nonce-indices', homeNonceIndex: 1, careOfNonceIndex: 1 }] }),
      true,
    ],
    ['missing-home-address-option', { ...update(), careOfAddress: HOME_ADDRESS }, true],
    ['malformed', { ...update(), bytes: update().bytes.subarray(0, 11) }, true],
  ];
  for (const [reason, datagram, protectedByIpsec] of cases) {
    test(reason, () => {
      const agent = new HomeAgent(CONFIG);
      assert.equal(discardReason(deliver(agent, datagram, 0, protectedByIpsec)), reason);
      assert.equal(agent.counters.get(`discarded.${reason}`), 1);
    });
  }
});

test('a message of an unknown type is answered with Binding Error 2, three times a second', () => {
  const agent = new HomeAgent(CONFIG);
  const bytes = emitMobilityHeader({ kind: 'unknown', mhType: 99, data: new Uint8Array(2) });
  const datagram = { source: CARE_OF_1, destination: HOME_AGENT, bytes };
  const answers = [0, 1, 2, 3, 1000].map((now) => {
    const sent = deliver(agent, datagram, now).find((output) => output.kind === 'transmit');
    return sent && parseMobilityHeader(sent.bytes).message;
  });
  const error = { kind: 'binding-error', status: 2, homeAddress: ipv6('::'), options: [] };
  assert.deepEqual(answers, [error, error, error, undefined, error]);
  assert.equal(agent.counters.get('discarded.unknown-message-type'), 5);
  const elsewhere = deliver(agent, { ...datagram, destination: CARE_OF_2 }, 5000);
  assert.equal(discardReason(elsewhere), 'not-for-home-agent');
});

describe('a home agent that starts again', () => {
  const stored = (agent: HomeAgent) => agent.bindings();
  const restarted = (
    bindings: ReturnType<typeof stored>,
    now: number,
    config: Partial<HomeAgentConfig> = {},
  ) => {
    const agent = new HomeAgent({ ...CONFIG, ...config });
    agent.handle({ kind: 'stored-bindings', bindings }, now);
    return { agent, outputs: drain(agent) };
  };
  const before = new HomeAgent(CONFIG);
  deliver(before, update({ sequence: 7, lifetimeSeconds: 60 }));

  test('goes on from the bindings that it has stored: interception and tunnel at once, for what is left of the lifetime', () => {
    const { agent, outputs } = restarted(stored(before), 20_500);
    assert.deepEqual(story(outputs), ['set', 'registration-restored']);
    assert.deepEqual(outputs[0], {
      kind: 'binding',
      action: 'set',
      homeAgent: HOME_AGENT,
      homeAddress: HOME_ADDRESS,
      careOfAddress: CARE_OF_1,
      lifetimeSeconds: 40,
      sequence: 7,
    });
    assert.equal(agent.deadline(), 60_000);
    // The sequence number goes on as well (§9.5.1): an update from before the end is none.
    const rejected = deliver(agent, update({ sequence: 6, careOfAddress: CARE_OF_2 }), 21_000);
    assert.equal(acknowledgement(rejected.slice(1)).status, BindingStatus.sequenceNumberOutOfWindow);
    const moved = deliver(agent, update({ sequence: 8, careOfAddress: CARE_OF_2 }), 21_000);
    assert.ok(moved[0]?.kind === 'binding' && moved[0].previousCareOfAddress === CARE_OF_1);
  });

  test('drops what has expired meanwhile, what it serves no longer, and what has been registered anew', () => {
    assert.deepEqual(restarted(stored(before), 60_000).outputs, []);
    const elsewhere = restarted(stored(before), 10, { prefixes: [ipv6Prefix('2001:db8:2::/64')] });
    assert.deepEqual(elsewhere.outputs, []);
    assert.deepEqual(restarted(stored(before), 10, { prohibited: [HOME_ADDRESS] }).outputs, []);
    assert.deepEqual(restarted(stored(before), 10, { address: CARE_OF_1 }).outputs, []);
    const { agent } = restarted([], 0);
    deliver(agent, update({ sequence: 9, careOfAddress: CARE_OF_2 }));
    agent.handle({ kind: 'stored-bindings', bindings: stored(before) }, 10);
    assert.deepEqual(drain(agent), []);
    assert.equal(agent.bindings()[0]?.careOfAddress, CARE_OF_2);
  });
});
