import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { LARGEST_STATES_OCTETS, MOST_CONNECTIONS } from '../../server/channel/frame-limits.ts';
import { AcceptorConnections } from '../../server/handoff/acceptor-connections.ts';
import {
  type BundledConnection,
  decodeConnections,
  encodeConnections,
} from '../../server/handoff/connection-bundle.ts';
import type {
  AcceptorConnectionsOutput,
  DonorConnectionsOutput,
} from '../../server/handoff/connection-types.ts';
import { DonorConnections } from '../../server/handoff/donor-connections.ts';
import { handoffVariant, handoffVariants } from '../../server/handoff/variants.ts';

const client = ipv6('2001:db8:c::2');
const contactAddress = ipv6('2001:db8:1::100');
const shared = { handoff: 1, client, contactAddress, leaseMs: 5000 };
const state = (connection: number): BundledConnection => ({
  tcpState: Uint8Array.of(connection),
  applicationState: Uint8Array.of(connection, connection),
});

interface Group {
  readonly variant: string;
  readonly connections: number;
  /** the order in which connections come through each step */
  readonly orders: readonly number[];
  readonly gone: readonly number[];
  /** ends just when its state is to be taken */
  readonly vanishing?: number;
  readonly unextractable?: number;
  readonly unrestorable?: number;
  readonly routable: boolean;
}

/** Both halves joined directly; who holds which connection at the end. */
function run(group: Group) {
  const ids = Array.from({ length: group.connections }, (_, id) => id);
  const plan = { ...shared, variant: handoffVariant(group.variant), waitMs: 0, doneTimeoutMs: 60_000 };
  const donor = new DonorConnections(plan, ids);
  const acceptor = new AcceptorConnections({ ...shared, timeoutMs: 50_000 }, 0);
  const atDonor = new Set<number>(ids);
  const atAcceptor = new Set<number>();
  const held: string[] = [];
  const ends: string[] = [];
  const shuffled = (of: readonly number[]) =>
    of.toSorted((a, b) => (group.orders[a] ?? a) - (group.orders[b] ?? b) || a - b);
  const donorActs = (output: DonorConnectionsOutput): void => {
    switch (output.kind) {
      case 'send':
        acceptor.handle({ kind: 'frame', frame: output.frame }, 0);
        return;
      case 'watch-drain':
        for (const connection of shuffled(output.connections))
          donor.handle({ kind: 'drained', connection }, 0);
        return;
      case 'freeze-and-extract':
        for (const connection of shuffled(output.connections)) {
          if (connection === group.vanishing) {
            atDonor.delete(connection);
            donor.handle({ kind: 'client-gone', connection }, 0);
          } else if (connection === group.unextractable)
            donor.handle({ kind: 'not-extracted', connection, reason: 'closing' }, 0);
          else donor.handle({ kind: 'extracted', connection, state: state(connection), sequence: 7 }, 0);
        }
        return;
      case 'leave-out':
        atDonor.delete(output.connection);
        return;
      case 'hold-new-connections':
        held.push('held');
        return;
      case 'contest':
      case 'reclaim':
        donor.handle({ kind: 'reclaimed' }, 0);
        return;
      case 'handed-off':
      case 'lose':
        for (const connection of output.connections) atDonor.delete(connection);
        ends.push(output.kind);
        return;
      case 'resume':
        ends.push(output.kind);
        return;
      default:
        output satisfies never;
    }
  };
  const acceptorActs = (output: AcceptorConnectionsOutput): void => {
    switch (output.kind) {
      case 'send':
        donor.handle({ kind: 'frame', frame: output.frame }, 0);
        return;
      case 'start-return-routability':
        acceptor.handle(
          group.routable ? { kind: 'return-routability-complete' } : { kind: 'failed', reason: 'no answer' },
          0,
        );
        return;
      case 'restore-sockets':
        for (const connection of shuffled(output.connections.map((_, position) => position))) {
          if (connection === group.unrestorable) acceptor.handle({ kind: 'failed', reason: 'no memory' }, 0);
          else acceptor.handle({ kind: 'restored', connection }, 0);
        }
        return;
      case 'bind':
        acceptor.handle({ kind: 'binding-acknowledged', sequence: output.lastSequence + 1 }, 0);
        return;
      case 'activate':
        for (const { tcpState } of output.connections) atAcceptor.add(tcpState[0]!);
        return;
      case 'renew':
      case 'settled':
        return;
      case 'stop':
      case 'abandon':
        atAcceptor.clear();
        return;
      default:
        output satisfies never;
    }
  };
  const pump = (): void => {
    for (let busy = true; busy; ) {
      const [given, taken] = [donor.poll(), acceptor.poll()];
      if (given !== undefined) donorActs(given);
      if (taken !== undefined) acceptorActs(taken);
      busy = given !== undefined || taken !== undefined;
    }
  };
  for (const connection of shuffled(ids)) {
    if (group.gone.includes(connection)) {
      donor.handle({ kind: 'client-gone', connection }, 0);
    } else donor.handle({ kind: 'last-send-returned', connection }, 0);
    pump();
  }
  for (const role of [acceptor, donor]) {
    role.handleTimeout(60_000);
    pump();
  }
  return {
    atDonor,
    atAcceptor,
    ends,
    held,
    stayed: ids.filter((id) => !group.gone.includes(id) && id !== group.vanishing),
  };
}

const groups: fc.Arbitrary<Group> = fc
  .record({
    variant: fc.constantFrom(...handoffVariants.map(({ name }) => name)),
    connections: fc.integer({ min: 1, max: 6 }),
    orders: fc.array(fc.nat({ max: 9 }), { maxLength: 7 }),
    gone: fc.uniqueArray(fc.nat({ max: 6 }), { maxLength: 3 }),
    vanishing: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
    unextractable: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
    unrestorable: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
    routable: fc.boolean(),
  })
  .map(({ vanishing, unextractable, unrestorable, ...rest }) => ({
    ...rest,
    ...(vanishing === undefined ? {} : { vanishing }),
    ...(unextractable === undefined ? {} : { unextractable }),
    ...(unrestorable === undefined ? {} : { unrestorable }),
  }));

test('all connections of a client move, or none does', () => {
  fc.assert(
    fc.property(groups, (group) => {
      const { atDonor, atAcceptor, ends, stayed } = run(group);
      const sets = [[...atDonor].toSorted(), [...atAcceptor].toSorted()];
      if (stayed.length === 0) assert.deepEqual([sets, ends], [[[], []], ['lose']]);
      else if (ends[0] === 'handed-off') assert.deepEqual(sets, [[], stayed]);
      else assert.deepEqual([sets, ends], [[stayed, []], ['resume']]);
      const hindered =
        !group.routable ||
        (group.unextractable !== undefined && stayed.includes(group.unextractable)) ||
        (group.unrestorable !== undefined && group.unrestorable < stayed.length);
      if (stayed.length > 0) assert.equal(ends[0], hindered ? 'resume' : 'handed-off');
    }),
    { numRuns: 3000, seed: 5 },
  );
});

test('once the application has sent all, new connections of the client are held', () => {
  const group = { variant: 'drain', connections: 2, orders: [], gone: [], routable: true };
  assert.deepEqual(run(group).held, ['held']);
});

test('connections come back as they were; anything else is refused, at the acceptor by a Refuse', () => {
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
  const acceptor = new AcceptorConnections({ ...shared, timeoutMs: 50_000 }, 0);
  const frame = {
    kind: 'init',
    ...shared,
    sequence: 1,
    tcpState: Uint8Array.of(),
    applicationState: Uint8Array.of(3),
  } as const;
  acceptor.handle({ kind: 'frame', frame }, 0);
  const kinds = Array.from({ length: 4 }, () => acceptor.poll()?.kind);
  assert.deepEqual(kinds, ['start-return-routability', 'send', 'abandon', undefined]);
});

/** What a donor of connections with application states of so many octets does once they are extracted. */
function donate(octets: readonly number[]): DonorConnectionsOutput[] {
  const plan = { ...shared, variant: handoffVariant('baseline'), waitMs: 0, doneTimeoutMs: 60_000 };
  const ids = [...octets.keys()];
  const donor = new DonorConnections(plan, ids);
  for (const connection of ids) donor.handle({ kind: 'last-send-returned', connection }, 0);
  for (const connection of ids) {
    const applicationState = new Uint8Array(octets[connection]!);
    const states = { tcpState: Uint8Array.of(1), applicationState };
    donor.handle({ kind: 'extracted', connection, state: states, sequence: 1 }, 0);
  }
  const outputs: DonorConnectionsOutput[] = [];
  for (let output = donor.poll(); output !== undefined; output = donor.poll()) outputs.push(output);
  return outputs;
}

test('connections that end here while they are frozen are still the acceptor’s, and come back with the others when it refuses', () => {
  const ids = [0, 1, 2];
  const plan = { ...shared, variant: handoffVariant('baseline'), waitMs: 0, doneTimeoutMs: 60_000 };
  for (const ended of [[1], ids]) {
    const donor = new DonorConnections(plan, ids);
    for (const connection of ids) donor.handle({ kind: 'last-send-returned', connection }, 0);
    for (const connection of ids)
      donor.handle({ kind: 'extracted', connection, state: state(connection), sequence: 1 }, 0);
    for (const connection of ended) donor.handle({ kind: 'client-gone', connection }, 1);
    const refuse = { kind: 'refuse', handoff: 1, bound: false, reason: 'no room' } as const;
    donor.handle({ kind: 'frame', frame: refuse }, 2);
    const outputs: DonorConnectionsOutput[] = [];
    for (let output = donor.poll(); output !== undefined; output = donor.poll()) outputs.push(output);
    const last = outputs.at(-1);
    assert.deepEqual(last?.kind === 'resume' && last.connections, ids);
    assert.deepEqual(
      outputs.map(({ kind }) => kind),
      ['hold-new-connections', 'freeze-and-extract', 'send', 'resume'],
    );
  }
});

const inits = (outputs: readonly DonorConnectionsOutput[]): number =>
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
