import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MobilitySend } from '../../linux/mobility-header-socket.ts';
import { emitIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import { emitMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { Mobility } from '../../nodes/member/mobility.ts';
import type { MobilityReceiver } from '../../nodes/member/mobility-headers.ts';
import { CARE_OF_1, CORRESPONDENT, HOME_ADDRESS, HOME_AGENT } from '../support/mip6-addresses.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** A member's mobile-node part without a kernel: what it sends, and what comes to it. */
function member(): { mobility: Mobility; sent: MobilitySend[]; hears(): MobilityReceiver } {
  const sent: MobilitySend[] = [];
  let receiver: MobilityReceiver | undefined;
  const mobility = new Mobility({
    homeAddress: HOME_ADDRESS,
    careOfAddress: CARE_OF_1,
    homeAgent: HOME_AGENT,
    names: { homeTunnel: 'home', table: 1 },
    bindingLifetimeSeconds: 420,
    headers: {
      add: (added) => {
        receiver = added;
      },
      socket: { send: (message) => void sent.push(message) },
    },
    reconciler: { set: () => undefined, clear: () => undefined },
    log: { write: () => undefined },
    onEvent: () => undefined,
  });
  return { mobility, sent, hears: () => receiver! };
}

/** What a kernel answers that has no Mobile IPv6, or whose daemon is away. */
function refusal({ source, destination, bytes }: MobilitySend): Uint8Array {
  const packet = emitIpv6({ source, destination, nextHeader: 135, payload: bytes, extensionHeaders: [] });
  return Uint8Array.from([4, 1, 0, 0, 0, 0, 0, 6, ...packet]);
}

for (const [what, act] of [
  ['an acceptor', (mobility: Mobility) => mobility.ask(CORRESPONDENT, { kind: 'start-return-routability' })],
  ['a donor in doubt', (mobility: Mobility) => mobility.ask(CORRESPONDENT, { kind: 'contest', sequence: 7 })],
  [
    'a donor that takes back',
    (mobility: Mobility) => mobility.ask(CORRESPONDENT, { kind: 'reclaim', sequence: 7 }),
  ],
  ['a member whose client strays', (mobility: Mobility) => mobility.startOver(CORRESPONDENT)],
] as const)
  test(`a client whose kernel refused while its daemon was away is asked again by ${what}: it was bound since`, () => {
    const { mobility, sent, hears } = member();
    try {
      mobility.optimizeRoute(CORRESPONDENT);
      const bytes = refusal(sent[0]!);
      hears().handle({ kind: 'parameter-problem', source: CORRESPONDENT, bytes });
      sent.length = 0;
      mobility.optimizeRoute(CORRESPONDENT);
      assert.deepEqual(sent, [], 'nothing says that it has Mobile IPv6');
      act(mobility);
      assert.ok(sent.length >= 2, 'both tests');
    } finally {
      mobility.close();
    }
  });

/** What the home agent answers. */
function acknowledge(receiver: MobilityReceiver, sequence: number, status: number): void {
  const content = { status, keyManagement: false, sequence, lifetimeSeconds: 12, options: [] };
  const ends = { source: HOME_AGENT, destination: HOME_ADDRESS };
  const bytes = emitMobilityHeader({ kind: 'binding-acknowledgement', ...content }, ends);
  receiver.handle({ kind: 'datagram', datagram: { ...ends, bytes } });
}

test('a registration stands until the home agent refuses the next, or answers no more for as long as it lives', (context) => {
  const clock = virtualClock(context);
  const { mobility, hears } = member();
  mobility.registerHome({ lifetimeSeconds: 12, sequence: 7 });
  assert.equal(mobility.homeRegistered, false);
  acknowledge(hears(), 7, 0);
  assert.equal(mobility.homeRegistered, true);
  clock.tick(11_900);
  assert.equal(mobility.homeRegistered, true, 'it is asked again, and the binding lives');
  clock.tick(200);
  assert.equal(mobility.homeRegistered, false);
  mobility.registerHome({ lifetimeSeconds: 12, sequence: 20 });
  acknowledge(hears(), 20, 0);
  assert.equal(mobility.homeRegistered, true);
  mobility.registerHome({ lifetimeSeconds: 12, sequence: 21 });
  acknowledge(hears(), 21, 129);
  assert.equal(mobility.homeRegistered, false);
  mobility.close();
});
