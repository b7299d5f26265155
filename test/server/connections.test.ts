import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { LARGEST_STATES_OCTETS, MOST_CONNECTIONS } from '../../server/channel/frame-limits.ts';
import {
  type BundledConnection,
  decodeConnections,
  encodeConnections,
} from '../../server/handoff/connection-bundle.ts';
import { Donor } from '../../server/handoff/donor.ts';
import type { DonorOutput } from '../../server/handoff/donor-types.ts';
import { handoffVariant, handoffVariants } from '../../server/variants/variants.ts';
import { HandoffWorld, type Mishaps } from '../support/handoff-world.ts';

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const state = (connection: number): BundledConnection => ({
  tcpState: Uint8Array.of(connection),
  applicationState: Uint8Array.of(connection, connection),
});

const nothing: Mishaps = {
  ...{ donorNotices: 0, acceptorNotices: 0, hostTells: true, lostUpdates: 0, lostAcknowledgements: 0 },
  ...{ memberMs: 20, clientMs: 40 },
};
const sometimes = fc.option(fc.nat({ max: 6 }), { nil: undefined });
const groups: fc.Arbitrary<Mishaps> = fc
  .record({
    connections: fc.integer({ min: 1, max: 6 }),
    gone: fc.uniqueArray(fc.nat({ max: 6 }), { maxLength: 3 }),
    linkSeed: fc.nat(),
    vanishing: sometimes,
    unextractable: sometimes,
    unrestorable: sometimes,
  })
  .map(({ vanishing, unextractable, unrestorable, ...rest }) => ({
    ...{ ...nothing, ...rest },
    ...(vanishing === undefined ? {} : { vanishing }),
    ...(unextractable === undefined ? {} : { unextractable }),
    ...(unrestorable === undefined ? {} : { unrestorable }),
  }));
const variant = fc.constantFrom(...handoffVariants.map(({ name }) => name));

test('all connections of a client move, or none does', () => {
  fc.assert(
    fc.property(variant, groups, (name, group) => {
      const { connections = 1, gone = [], vanishing, unextractable, unrestorable } = group;
      const before = Array.from({ length: connections }, (_, id) => id).filter((id) => !gone.includes(id));
      const stay = before.filter((id) => id !== vanishing);
      const { holds, ends, active, said } = new HandoffWorld(name, group).run();
      const held = [[...holds.donor].toSorted(), [...holds.acceptor].toSorted()];
      if (stay.length === 0) {
        assert.deepEqual([held, ends], [[[], []], ['lose']]);
        return;
      }
      const unread = unextractable !== undefined && stay.includes(unextractable);
      const hindered = unread || (unrestorable !== undefined && stay.includes(unrestorable));
      assert.deepEqual(ends, [hindered ? 'resume' : 'handed-off']);
      assert.deepEqual(held, hindered ? [stay, []] : [[], stay]);
      assert.deepEqual(active, { donor: hindered, acceptor: !hindered });
      assert.equal(said.donor.filter(({ kind }) => kind === 'init').length, unread ? 0 : 1);
    }),
    { numRuns: 3000, seed: 5 },
  );
});

test('once the application has sent all, new connections of the client are held', () => {
  const { steps } = new HandoffWorld('drain', { ...nothing, connections: 2 }).run();
  assert.deepEqual(
    steps.filter((step) => step === 'hold-new-connections'),
    ['hold-new-connections'],
  );
});

test('connections come back as they were; anything else is refused', () => {
  const octets = (of: readonly BundledConnection[]) =>
    of.map((one) => ({ tcpState: [...one.tcpState], applicationState: [...one.applicationState] }));
  for (const count of [1, 2, 3, 255]) {
    const all = Array.from({ length: count }, (_, index) => state(index));
    assert.deepEqual(octets(decodeConnections(encodeConnections(all))), octets(all));
  }
  assert.deepEqual(encodeConnections([state(1)]), state(1), 'a single one is an Init like any');
  const bundle = encodeConnections([state(1), { ...state(2), tcpState: new Uint8Array(90_000) }]);
  const cut = { ...bundle, applicationState: bundle.applicationState.subarray(0, 50) };
  assert.throws(() => decodeConnections(cut), ProtocolError);
  assert.throws(() => encodeConnections(Array.from({ length: 256 }, () => state(1))), ProtocolError);
});

test('connections that end here while they are frozen are still the acceptor’s, and come back with the others when it refuses', () => {
  const ids = [0, 1, 2];
  for (const ended of [[1], ids]) {
    const donor = donorOf(ids);
    for (const connection of ids) donor.handle({ kind: 'last-send-returned', connection }, 0);
    for (const connection of ids)
      donor.handle({ kind: 'extracted', connection, state: state(connection), sequence: 1 }, 0);
    for (const connection of ended) donor.handle({ kind: 'client-gone', connection }, 1);
    donor.handle({ kind: 'refuse', handoff: 1, bound: false, reason: 'no room' }, 2);
    const outputs = outputsOf(donor);
    const last = outputs.at(-1);
    assert.deepEqual(last?.kind === 'resume' && last.connections, ids);
    assert.deepEqual(
      outputs.map(({ kind }) => kind),
      ['hold-new-connections', 'freeze-and-extract', 'send', 'resume'],
    );
  }
});

function donorOf(connections: readonly number[]): Donor {
  return new Donor({
    ...{ handoff: 1, client, contactAddress, connections, variant: handoffVariant('baseline') },
    ...{
      announced: false,
      settled: () => true,
      waitMs: 0,
      doneTimeoutMs: 60_000,
      leaseMs: 5000,
      claims: true,
    },
  });
}

function outputsOf(donor: Donor): readonly DonorOutput[] {
  const outputs: DonorOutput[] = [];
  for (let output = donor.poll(); output !== undefined; output = donor.poll()) outputs.push(output);
  return outputs;
}

/** What a donor of connections with application states of so many octets does once they are extracted. */
function donate(octets: readonly number[]): readonly DonorOutput[] {
  const connections = [...octets.keys()];
  const donor = donorOf(connections);
  for (const connection of connections) donor.handle({ kind: 'last-send-returned', connection }, 0);
  for (const connection of connections) {
    const applicationState = new Uint8Array(octets[connection]!);
    const states = { tcpState: Uint8Array.of(1), applicationState };
    donor.handle({ kind: 'extracted', connection, state: states, sequence: 1 }, 0);
  }
  return outputsOf(donor);
}

const inits = (outputs: readonly DonorOutput[]): number =>
  outputs.filter((output) => output.kind === 'send' && output.frame.kind === 'init').length;

for (const [what, octets, taken] of [
  ['one connection that just fits', [LARGEST_STATES_OCTETS - 1], true],
  ['one connection with an octet too many', [LARGEST_STATES_OCTETS], false],
  ['three that fit together', [1000, 2000, LARGEST_STATES_OCTETS - 3000 - 3 * 9 - 1], true],
  ['three with an octet too many together', [1000, 2000, LARGEST_STATES_OCTETS - 3000 - 3 * 9], false],
  ['as many as may be', Array(MOST_CONNECTIONS).fill(0), true],
  ['one more than may be', Array(MOST_CONNECTIONS + 1).fill(0), false],
] as const) {
  test(`the size of all states is known before Init: ${what}`, () => {
    const outputs = donate(octets);
    assert.equal(inits(outputs), taken ? 1 : 0);
    if (taken) return;
    const resume = outputs.find((output) => output.kind === 'resume');
    assert.equal(resume?.checkClient, false, 'the donor serves on, at once');
    assert.equal(resume?.connections.length, octets.length, 'all of them');
    const limit = octets.length > MOST_CONNECTIONS ? MOST_CONNECTIONS : LARGEST_STATES_OCTETS;
    assert.match(resume?.reason ?? '', new RegExp(`at most ${limit} `));
  });
}
