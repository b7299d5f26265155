import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Numbering } from '../../mip6/roles/mobile-node/numbering.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { BIND, bound, START, story, updates } from '../support/bound-mobile-node.ts';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT, HOME_ADDRESS, STRANGER } from '../support/mip6-addresses.ts';
import { mip6Lab } from '../support/mip6-lab.ts';

/** How two nodes with one home address may ask for the same number. */
const contests: readonly ((number: number) => Numbering)[] = [
  (first) => ({ kind: 'contested', first }),
  (number) => ({ kind: 'fixed', number }),
];

describe('life of a binding', () => {
  test('a packet that was dropped just before its binding came is no error any more; one from elsewhere is', () => {
    const { correspondentRole: role, network } = bound(mip6Lab());
    const told = (careOfAddress: typeof CARE_OF_1) => {
      const ends = { homeAddress: HOME_ADDRESS, correspondent: CORRESPONDENT, careOfAddress };
      role.handle({ kind: 'unknown-home-address-option', ...ends }, network.now);
      const output = role.poll();
      return output?.kind === 'event' ? output.event.kind : output?.kind;
    };
    assert.equal(told(CARE_OF_1), 'discarded');
    assert.equal(role.counters.get('discarded.bound-by-now'), 1);
    assert.equal(told(CARE_OF_2), 'transmit');
  });

  test('with `refresh` it is renewed, tests included, before it expires', () => {
    const lab = bound(mip6Lab(), CARE_OF_1, true);
    lab.network.advance(2_000_000);
    assert.deepEqual(lab.events('binding-expired'), []);
    assert.equal(lab.correspondentRole.counters.get('binding.expired'), 0);
    const bindings = lab.events('binding-acknowledged').length;
    assert.ok(bindings >= 5);
    const { counters } = lab.correspondentRole;
    assert.deepEqual(
      ['created', 'updated'].map((change) => counters.get(`accepted.${change}`)),
      [1, bindings - 1],
    );
    assert.equal(story(lab.mobile.outputs).filter((kind) => kind === 'active').length, 1);
  });

  test('without it, it ends on both sides, at the mobile node first', () => {
    const lab = bound(mip6Lab());
    const expired = lab.events('binding-expired');
    lab.network.advance(421_000);
    assert.equal(expired.length, 0);
    assert.equal(lab.events('binding-expired').length, 1);
    assert.equal(story(lab.mobile.outputs).at(-1), 'none');
    const mine = lab.mobile.outputs.at(-1)!.at;
    const theirs = lab.correspondent.outputs.at(-1)!.at;
    assert.ok(mine < theirs, `${mine} before ${theirs}`);
  });

  test('a refresh that is never answered is tried to its limit, the binding expires, and is asked for again every 32 s', () => {
    const lab = bound(mip6Lab({ mobile: { retransmissionLimit: 1 } }), CARE_OF_1, true);
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.network.advance(1_000_000);
    assert.equal(lab.events('binding-expired').length, 1);
    const tests = lab.mobile.outputs.flatMap(({ at, output }) =>
      output.kind === 'transmit' && output.via === 'home-tunnel' && at > 1000 ? [at] : [],
    );
    // Two each, one second apart; two seconds for the answer to the second one; MAX_BINDACK_TIMEOUT.
    const gaps = tests.slice(1).map((at, index) => at - tests[index]!);
    assert.deepEqual(gaps.slice(0, 4), [1000, 34_000, 1000, 34_000]);
    assert.equal(lab.events('gave-up').length, Math.floor(tests.length / 2));
    // Once the way is open again the binding is there again; forgotten, nothing is asked for.
    lab.network.path = { delayMs: 20 };
    lab.network.advance(36_000);
    assert.equal(lab.events('binding-acknowledged').length, 2);
    assert.equal(story(lab.mobile.outputs).at(-1), 'active');
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.network.advance(500_000);
    lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
    assert.equal(lab.mobileRole.deadline(), undefined);
  });

  test('a first update that is never answered is not asked for again, nor is a binding that nobody wants renewed', () => {
    const lab = mip6Lab({ path: { delayMs: 20, loss: 1 }, mobile: { retransmissionLimit: 1 } });
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell({ ...BIND, refresh: true });
    lab.network.advance(600_000);
    assert.equal(lab.events('gave-up').length, 1);
    assert.equal(lab.mobileRole.deadline(), undefined);
    const once = bound(mip6Lab());
    once.network.advance(1_000_000);
    assert.equal(once.mobileRole.deadline(), undefined);
  });

  test('a binding under a number that may have been used before is renewed under the next one', () => {
    for (const numbering of contests) {
      const lab = mip6Lab();
      lab.tell({ ...START, careOfAddress: CARE_OF_1 });
      lab.tell({ ...BIND, refresh: true, numbering: numbering(700) });
      lab.network.advance(400_000);
      assert.deepEqual(
        updates(lab).map(({ sequence }) => sequence),
        [700, 701],
        numbering(700).kind,
      );
      assert.deepEqual(lab.events('binding-rejected'), []);
    }
  });

  test('a renewal that a handoff interrupts is made when the client stays', () => {
    const lab = bound(mip6Lab(), CARE_OF_1, true);
    const refreshed = (): number => lab.events('binding-acknowledged').length;
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.network.advance(380_000);
    lab.tell({ kind: 'suspend', correspondent: CORRESPONDENT });
    lab.network.path = { delayMs: 20 };
    lab.network.advance(20_000);
    assert.equal(refreshed(), 1);
    lab.tell({ kind: 'resume', correspondent: CORRESPONDENT });
    lab.network.advance(1000);
    assert.equal(refreshed(), 2);
    assert.deepEqual(lab.events('binding-expired'), []);
  });

  test('a Binding Refresh Request renews it', () => {
    const lab = bound(mip6Lab({ correspondent: { refreshRequestLeadSeconds: 100 } }), CARE_OF_1, true);
    lab.network.advance(330_000);
    assert.equal(lab.events('refresh-requested').length, 1);
    assert.equal(lab.events('binding-acknowledged').length, 2);
  });

  test('unbind: data policies away, deletion, then nothing', () => {
    const lab = bound(mip6Lab());
    const before = lab.mobile.outputs.length;
    lab.tell({ kind: 'unbind', correspondent: CORRESPONDENT, acknowledge: true });
    lab.network.advance(100);
    assert.deepEqual(story(lab.mobile.outputs.slice(before)), ['pending', 'binding-update', 'none']);
    assert.equal(lab.events('binding-deleted').length, 1);
    assert.equal(lab.correspondentRole.bindings()[0]?.state, 'ended');
    assert.equal(lab.mobileRole.deadline(), undefined);
  });

  test('unbind with an old home token repeats the home test alone', () => {
    const lab = bound(mip6Lab());
    lab.network.advance(215_000);
    const before = lab.mobile.outputs.length;
    lab.tell({ kind: 'unbind', correspondent: CORRESPONDENT, acknowledge: true });
    lab.network.advance(1000);
    assert.deepEqual(story(lab.mobile.outputs.slice(before)), [
      'home-test-init',
      'pending',
      'binding-update',
      'none',
    ]);
  });

  test('a handoff: the acceptor goes on with the donor’s sequence number, the donor forgets without a message', () => {
    const donor = bound(mip6Lab());
    const exported = donor.mobileRole.exportBinding(CORRESPONDENT);
    const sent = donor.network.sent.length;
    donor.tell({ kind: 'forget', correspondent: CORRESPONDENT });
    assert.equal(donor.network.sent.length, sent);
    assert.equal(story(donor.mobile.outputs).at(-1), 'none');
    assert.equal(donor.mobileRole.exportBinding(CORRESPONDENT), undefined);
    donor.tell({ kind: 'import', binding: JSON.parse(JSON.stringify(exported)) });
    bound(donor, CARE_OF_2);
    assert.deepEqual(donor.events('binding-rejected'), []);
    const [first, second] = updates(donor);
    assert.equal(second?.sequence, (first!.sequence + 1) % 65_536);
    const [entry] = donor.correspondentRole.bindings();
    assert.ok(entry?.state === 'bound' && entry.careOfAddress === CARE_OF_2);
  });

  test('Binding Error 1 ends it; from a stranger it does not', () => {
    const lab = bound(mip6Lab());
    // As one that has been started again.
    lab.network.act((now) => lab.correspondentRole.handle({ kind: 'flush' }, now));
    const report = (correspondent: typeof CORRESPONDENT) =>
      lab.network.act((now) =>
        lab.correspondentRole.handle(
          {
            kind: 'unknown-home-address-option',
            homeAddress: HOME_ADDRESS,
            careOfAddress: CARE_OF_1,
            correspondent,
          },
          now,
        ),
      );
    report(STRANGER);
    lab.network.advance(50);
    assert.equal(lab.mobileRole.counters.get('discarded.binding-error-without-binding'), 1);
    // Nor does one that is about somebody else's home address.
    const about = { kind: 'binding-error', status: 1, homeAddress: STRANGER, options: [] } as const;
    const bytes = emitMobilityHeader(about);
    lab.tell({ kind: 'datagram', datagram: { source: CORRESPONDENT, destination: CARE_OF_1, bytes } });
    assert.equal(lab.mobileRole.counters.get('discarded.binding-error-without-binding'), 2);
    assert.deepEqual(lab.events('binding-error'), []);
    report(CORRESPONDENT);
    lab.network.advance(50);
    assert.deepEqual(lab.events('binding-error'), [
      { kind: 'binding-error', correspondent: CORRESPONDENT, status: 1 },
    ]);
    assert.equal(story(lab.mobile.outputs).at(-1), 'none');
  });

  test('Binding Error 1 about data that overtook the update is no loss', () => {
    const lab = mip6Lab({ path: { delayMs: 20 } });
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.network.advance(100);
    lab.tell({ ...BIND, activate: 'on-update' });
    const addresses = { homeAddress: HOME_ADDRESS, careOfAddress: CARE_OF_1, correspondent: CORRESPONDENT };
    lab.network.act((now) =>
      lab.correspondentRole.handle({ kind: 'unknown-home-address-option', ...addresses }, now),
    );
    lab.network.advance(100);
    assert.deepEqual(story(lab.mobile.outputs).slice(2), ['pending', 'binding-update', 'active']);
    assert.equal(lab.mobileRole.counters.get('discarded.binding-error-without-binding'), 1);
  });

  test('Binding Error 2 to a message of ours ends all attempts; unasked it is ignored', () => {
    const lab = mip6Lab({ path: { delayMs: 20, loss: 1 } });
    const bytes = emitMobilityHeader({
      kind: 'binding-error',
      status: 2,
      homeAddress: HOME_ADDRESS,
      options: [],
    });
    const datagram = { source: CORRESPONDENT, destination: CARE_OF_1, bytes };
    lab.tell({ kind: 'datagram', datagram });
    assert.equal(lab.mobileRole.counters.get('discarded.binding-error-without-binding'), 1);
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell({ kind: 'datagram', datagram });
    assert.equal(lab.events('binding-error').length, 1);
    assert.equal(lab.mobileRole.deadline(), undefined);
    // While nothing is asked of a client that is bound it says nothing either: the binding is kept, and renewed.
    const calm = bound(mip6Lab(), CARE_OF_1, true);
    calm.tell({ kind: 'datagram', datagram });
    assert.equal(calm.mobileRole.counters.get('discarded.binding-error-without-binding'), 1);
    assert.deepEqual(calm.events('binding-error'), []);
    calm.network.advance(400_000);
    assert.equal(calm.events('binding-acknowledged').length, 2);
  });

  test('a message of an unknown type is answered with Binding Error 2, three times a second', () => {
    const lab = mip6Lab();
    const bytes = emitMobilityHeader({ kind: 'unknown', mhType: 99, data: new Uint8Array(2) });
    const receive = (datagram: object): void =>
      lab.tell({
        kind: 'datagram',
        datagram: { source: STRANGER, destination: CARE_OF_1, bytes, ...datagram },
      });
    receive({});
    receive({ destination: HOME_ADDRESS, careOfAddress: CARE_OF_1 });
    receive({ source: CARE_OF_2, careOfAddress: STRANGER });
    receive({});
    const sent = lab.mobile.outputs.flatMap(({ output }) => (output.kind === 'transmit' ? [output] : []));
    assert.deepEqual(
      sent.map(({ source, destination, bytes, via }) => {
        const { message } = parseMobilityHeader(bytes);
        assert.ok(message.kind === 'binding-error' && message.status === 2);
        return [source, destination, message.homeAddress, via];
      }),
      [
        [CARE_OF_1, STRANGER, ipv6('::'), 'direct'],
        [HOME_ADDRESS, STRANGER, ipv6('::'), 'home-tunnel'],
        [CARE_OF_1, STRANGER, CARE_OF_2, 'direct'],
      ],
    );
    assert.equal(lab.mobileRole.counters.get('discarded.binding-error-rate'), 1);
  });

  test('correspondents do not share tests: a Home Test from another one is a stray', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell({ ...START, correspondent: STRANGER, careOfAddress: CARE_OF_1 });
    lab.network.advance(20);
    for (const { output } of lab.correspondent.outputs) {
      if (output.kind !== 'transmit') continue;
      const { destination, bytes } = output;
      lab.tell({ kind: 'datagram', datagram: { source: STRANGER, destination, bytes } });
    }
    assert.deepEqual(
      lab.events('unmatched-home-test').map(({ correspondent }) => correspondent),
      [STRANGER],
    );
    lab.network.advance(20);
    assert.deepEqual(
      lab.events('return-routability-complete').map(({ correspondent }) => correspondent),
      [CORRESPONDENT],
    );
  });
});
