import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { BIND, bound, START, story, updates } from '../support/bound-mobile-node.ts';
import { CARE_OF_1, CARE_OF_2, CORRESPONDENT, HOME_ADDRESS } from '../support/mip6-addresses.ts';
import { type Mip6Lab, mip6Lab } from '../support/mip6-lab.ts';

/** An acknowledgement from the correspondent, without authorization data. */
function hear(lab: Mip6Lab, { status, sequence }: { status: number; sequence: number }): void {
  const content = { status, sequence, keyManagement: false, lifetimeSeconds: 0, options: [] };
  const bytes = emitMobilityHeader({ kind: 'binding-acknowledgement', ...content });
  const ends = { source: CORRESPONDENT, destination: HOME_ADDRESS, careOfAddress: CARE_OF_1 };
  lab.tell({ kind: 'datagram', datagram: { ...ends, bytes } });
}

describe('return routability (RFC 6275 §11.6)', () => {
  test('sends the Home Test Init through the home tunnel and the Care-of Test Init directly', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    const sent = lab.mobile.outputs.flatMap(({ output }) => (output.kind === 'transmit' ? [output] : []));
    assert.deepEqual(
      sent.map(({ source, destination, via }) => [source, destination, via]),
      [
        [HOME_ADDRESS, CORRESPONDENT, 'home-tunnel'],
        [CARE_OF_1, CORRESPONDENT, 'direct'],
      ],
    );
    lab.network.advance(40);
    assert.deepEqual(lab.events('return-routability-complete'), [
      {
        kind: 'return-routability-complete',
        correspondent: CORRESPONDENT,
        careOfAddress: CARE_OF_1,
        homeTokenAgeMs: 0,
        careOfTokenAgeMs: 0,
      },
    ]);
  });

  test('retransmits after 1, 2, 4, … 32 s with new cookies and gives up at the limit', () => {
    const lab = mip6Lab({ path: { delayMs: 20, loss: 1 }, mobile: { retransmissionLimit: 7 } });
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.network.advance(600_000);
    const inits = lab.mobile.outputs.flatMap(({ at, output }) => {
      if (output.kind !== 'transmit') return [];
      const { message } = parseMobilityHeader(output.bytes);
      return message.kind === 'home-test-init' ? [{ at, cookie: message.homeInitCookie.join() }] : [];
    });
    assert.deepEqual(
      inits.map(({ at }) => at / 1000),
      [0, 1, 3, 7, 15, 31, 63, 95],
    );
    assert.equal(new Set(inits.map(({ cookie }) => cookie)).size, 8);
    assert.equal(lab.events('gave-up').length, 1);
    assert.equal(lab.mobileRole.deadline(), undefined);
  });

  test('uses tokens again for MAX_TOKEN_LIFETIME; a new care-of address needs a new care-of test only', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.network.advance(100_000);
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    assert.deepEqual(story(lab.mobile.outputs), ['home-test-init', 'care-of-test-init']);
    const [, again] = lab.events('return-routability-complete');
    assert.equal(again?.homeTokenAgeMs, 100_000 - 40);
    lab.tell({ ...START, careOfAddress: CARE_OF_2 });
    assert.deepEqual(story(lab.mobile.outputs).slice(2), ['care-of-test-init']);
    lab.network.advance(110_000);
    lab.tell({ ...START, careOfAddress: CARE_OF_2 });
    assert.deepEqual(story(lab.mobile.outputs).slice(3), ['home-test-init']);
    lab.network.advance(1000);
    lab.tell({ ...START, careOfAddress: CARE_OF_2, fresh: true });
    assert.deepEqual(story(lab.mobile.outputs).slice(4), ['home-test-init', 'care-of-test-init']);
  });

  test('a Home Test for a cookie never sent is reported whole, not consumed; a duplicate of our own is not a stray', () => {
    const own = mip6Lab();
    own.tell({ ...START, careOfAddress: CARE_OF_1 });
    own.network.path = { delayMs: 20, duplication: 1 };
    const other = mip6Lab({ seed: 99 });
    other.tell({ ...START, careOfAddress: CARE_OF_2 });
    other.network.advance(1000);
    const stray = other.correspondent.outputs.flatMap(({ output }) =>
      output.kind === 'transmit' && output.destination === HOME_ADDRESS ? [output] : [],
    )[0]!;
    own.network.inject(stray);
    own.network.advance(30);
    const [event, ...more] = own.events('unmatched-home-test');
    assert.deepEqual(
      [event?.bytes, event?.source, event?.destination],
      [stray.bytes, CORRESPONDENT, HOME_ADDRESS],
    );
    const { message } = parseMobilityHeader(stray.bytes);
    assert.ok(message.kind === 'home-test');
    assert.deepEqual(event?.homeInitCookie, message.homeInitCookie);
    assert.equal(more.length, 1, 'the path duplicates every packet');
    assert.equal(own.mobileRole.counters.get('discarded.unmatched-home-test'), 2);
    own.network.advance(1000);
    assert.equal(own.events('return-routability-complete').length, 1);
    assert.equal(own.events('unmatched-home-test').length, 2);
  });

  test('sends no more than MAX_UPDATE_RATE messages of a kind in a second', () => {
    const lab = mip6Lab({ path: { delayMs: 20, loss: 1 } });
    for (let round = 0; round < 5; round++) lab.tell({ ...START, careOfAddress: CARE_OF_1, fresh: true });
    lab.network.advance(999);
    assert.equal(story(lab.mobile.outputs).filter((kind) => kind === 'home-test-init').length, 3);
    lab.network.advance(1);
    assert.equal(story(lab.mobile.outputs).filter((kind) => kind === 'home-test-init').length, 4);
  });
});

describe('binding with a correspondent (§11.7.2)', () => {
  test('pending before the update, active after the acknowledgement', () => {
    const lab = bound(mip6Lab());
    assert.deepEqual(story(lab.mobile.outputs), [
      'home-test-init',
      'care-of-test-init',
      'pending',
      'binding-update',
      'active',
    ]);
    assert.equal(lab.network.now, 80);
    const [entry] = lab.correspondentRole.bindings();
    assert.ok(entry?.state === 'bound' && entry.careOfAddress === CARE_OF_1);
  });

  test('before any care-of address is known it is given up, and nothing leaves', () => {
    const lab = mip6Lab();
    lab.tell(BIND);
    assert.equal(lab.events('gave-up').length, 1);
    assert.deepEqual(updates(lab), []);
  });

  test('with tokens in hand the update leaves at once', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.network.advance(5000);
    lab.tell(BIND);
    assert.deepEqual(
      updates(lab).map(({ at }) => at),
      [5000],
    );
  });

  test('without asking for an acknowledgement it is active right after the update', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell({ ...BIND, acknowledge: false });
    lab.network.advance(100);
    assert.deepEqual(story(lab.mobile.outputs).slice(2), ['pending', 'binding-update', 'active']);
    assert.equal(lab.correspondentRole.bindings()[0]?.state, 'bound');
  });

  test('one that nobody acknowledges is believed for MAX_RR_BINDING_LIFETIME at most', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell({ ...BIND, acknowledge: false, lifetimeSeconds: 1000 });
    lab.network.advance(421_000);
    assert.equal(lab.events('binding-expired').length, 1);
    assert.equal(lab.correspondentRole.counters.get('binding.expired'), 1);
  });

  test('`on-update` activates early and still takes the acknowledgement', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell({ ...BIND, activate: 'on-update' });
    lab.network.advance(40);
    assert.deepEqual(story(lab.mobile.outputs).slice(2), ['pending', 'binding-update', 'active']);
    assert.equal(lab.events('binding-acknowledged').length, 0);
    lab.network.advance(40);
    assert.equal(lab.events('binding-acknowledged').length, 1);
  });

  test('retransmits with a new sequence number each time, and accepts a late answer to an earlier one', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.network.advance(100);
    lab.network.path = { delayMs: 700 };
    lab.tell({ ...BIND, numbering: { kind: 'own', first: 65_535 } });
    lab.network.advance(3000);
    assert.deepEqual(
      updates(lab).map(({ at, sequence }) => [at, sequence]),
      [
        [100, 65_535],
        [1100, 0],
      ],
    );
    assert.deepEqual(
      lab.events('binding-acknowledged').map(({ sequence }) => sequence),
      [65_535],
    );
    assert.equal(lab.mobileRole.counters.get('discarded.acknowledgement-without-update'), 1);
  });

  test('sends no more than MAX_UPDATE_RATE Binding Updates in a second, and the last wish wins', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.network.advance(100);
    for (const lifetimeSeconds of [100, 104, 108, 112, 116]) lab.tell({ ...BIND, lifetimeSeconds });
    lab.network.advance(5000);
    assert.deepEqual(
      updates(lab).map(({ at, message }) => [at, message.lifetimeSeconds]),
      [
        [100, 100],
        [100, 104],
        [100, 108],
        [1100, 116],
      ],
    );
    assert.equal(lab.events('binding-acknowledged').at(-1)?.lifetimeSeconds, 116);
  });

  test('gives up after the last retransmission and clears the kernel', () => {
    const lab = mip6Lab({ mobile: { retransmissionLimit: 2 } });
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.network.advance(100);
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.tell(BIND);
    lab.network.advance(60_000);
    assert.deepEqual(story(lab.mobile.outputs).slice(2), [
      'pending',
      'binding-update',
      'binding-update',
      'binding-update',
      'none',
    ]);
    assert.deepEqual(lab.events('gave-up'), [
      { kind: 'gave-up', correspondent: CORRESPONDENT, step: 'binding-update' },
    ]);
    assert.equal(lab.mobileRole.deadline(), undefined);
  });
});

describe('rejections (§11.7.3)', () => {
  test('135: takes the correspondent’s sequence number over and tries again', () => {
    const lab = bound(mip6Lab());
    const last = updates(lab)[0]!.sequence;
    lab.tell({ kind: 'forget', correspondent: CORRESPONDENT });
    lab.tell({ ...START, careOfAddress: CARE_OF_2 });
    lab.tell({ ...BIND, numbering: { kind: 'own', first: (last + 65_536 - 5) % 65_536 } });
    lab.network.advance(1000);
    const [rejected] = lab.events('binding-rejected');
    assert.deepEqual([rejected?.status, rejected?.sequence, rejected?.retrying], [135, last, true]);
    assert.equal(lab.events('binding-acknowledged').at(-1)?.sequence, (last + 1) % 65_536);
  });

  test('138: repeats both tests and binds', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.network.advance(100);
    lab.network.act((now) => lab.correspondentRole.handle({ kind: 'flush' }, now));
    lab.tell(BIND);
    lab.network.advance(1000);
    assert.deepEqual(
      lab.events('binding-rejected').map(({ status, retrying }) => [status, retrying]),
      [[138, true]],
    );
    assert.equal(lab.events('binding-acknowledged').length, 1);
    assert.equal(story(lab.mobile.outputs).filter((kind) => kind === 'home-test-init').length, 2);
  });

  for (const [status, repeated] of [
    [136, 'home-test-init'],
    [137, 'care-of-test-init'],
  ] as const)
    test(`${status}: repeats the ${repeated} alone`, () => {
      const lab = mip6Lab();
      lab.tell({ ...START, careOfAddress: CARE_OF_1 });
      lab.network.advance(100);
      lab.network.path = { delayMs: 20, loss: 1 };
      lab.tell(BIND);
      const { sequence } = updates(lab)[0]!;
      hear(lab, { status, sequence });
      assert.deepEqual(
        lab.events('binding-rejected').map(({ status, retrying }) => [status, retrying]),
        [[status, true]],
      );
      assert.deepEqual(
        story(lab.mobile.outputs)
          .slice(2)
          .filter((kind) => kind.endsWith('-test-init')),
        [repeated],
      );
    });

  test('an acknowledgement without authorization data, and one of an update that is not awaited, change nothing', () => {
    const lab = bound(mip6Lab());
    const [first] = lab.correspondent.outputs.flatMap(({ output }) =>
      output.kind === 'transmit' && output.routingHeader === true ? [output] : [],
    );
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.tell(BIND);
    const { sequence } = updates(lab).at(-1)!;
    hear(lab, { status: 0, sequence });
    hear(lab, { status: 130, sequence });
    const count = (name: string) => lab.mobileRole.counters.get(`discarded.${name}`);
    assert.equal(count('missing-authorization-data'), 2);
    // The one before, which the same tokens authorise.
    const { source, destination, bytes } = first!;
    lab.tell({ kind: 'datagram', datagram: { source, destination, careOfAddress: CARE_OF_1, bytes } });
    assert.equal(count('acknowledgement-sequence-mismatch'), 1);
    assert.deepEqual(
      [lab.events('binding-acknowledged').length, lab.events('binding-rejected').length],
      [1, 0],
    );
  });

  test('130: reports and clears the kernel', () => {
    const lab = mip6Lab({ correspondent: { capacity: 0 } });
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.tell(BIND);
    lab.network.advance(1000);
    assert.deepEqual(
      lab.events('binding-rejected').map(({ status, retrying }) => [status, retrying]),
      [[130, false]],
    );
    assert.equal(story(lab.mobile.outputs).at(-1), 'none');
    assert.equal(lab.mobileRole.deadline(), undefined);
  });

  test('forged, unauthorised and unasked acknowledgements change nothing', () => {
    const lab = mip6Lab();
    lab.tell({ ...START, careOfAddress: CARE_OF_1 });
    lab.network.advance(100);
    const other = bound(mip6Lab({ seed: 5 }));
    const foreign = other.correspondent.outputs.flatMap(({ output }) =>
      output.kind === 'transmit' && output.routingHeader === true ? [output] : [],
    )[0]!;
    const { message } = parseMobilityHeader(foreign.bytes);
    assert.ok(message.kind === 'binding-acknowledgement');
    lab.network.inject(foreign);
    lab.network.advance(25);
    lab.network.path = { delayMs: 20, loss: 1 };
    lab.tell({ ...BIND, numbering: { kind: 'own', first: message.sequence } });
    lab.network.path = { delayMs: 20 };
    lab.network.inject(foreign);
    lab.network.inject({ ...foreign, source: CORRESPONDENT });
    lab.network.advance(30);
    const count = (name: string) => lab.mobileRole.counters.get(`discarded.${name}`);
    assert.deepEqual([count('acknowledgement-without-update'), count('wrong-authenticator')], [1, 2]);
    assert.equal(lab.events('binding-acknowledged').length, 0);
  });
});
