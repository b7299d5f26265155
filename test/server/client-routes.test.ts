import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MobileNodeInput } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { BindingErrorStatus } from '../../mip6/wire/constants.ts';
import { ClientRoutes } from '../../server/bindings/client-routes.ts';

const careOfAddress = ipv6('2001:db8:1::2');
const client = ipv6('2001:db8:c::2');
const lost = {
  correspondent: client,
  status: BindingErrorStatus.unknownBindingForHomeAddressOption,
} as const;

/** What the mobile node role is told. */
function member() {
  const told: MobileNodeInput[] = [];
  const lettingGo: string[] = [];
  const plan = {
    careOfAddress,
    bindingLifetimeSeconds: 420,
    onLettingGo: (one: string) => void lettingGo.push(one),
  };
  const routes = new ClientRoutes(plan, (input) => void told.push(input));
  const kinds = (): readonly string[] => told.splice(0).map(({ kind }) => kind);
  return { routes, told, kinds, lettingGo };
}

test('a client that has lost its binding is tested anew and bound under the next number', () => {
  const { routes, told } = member();
  routes.refused(lost);
  assert.deepEqual(told, [
    {
      kind: 'start-return-routability',
      correspondent: client,
      careOfAddress,
      fresh: true,
      bound: true,
    },
    {
      kind: 'bind',
      correspondent: client,
      lifetimeSeconds: 420,
      acknowledge: true,
      refresh: true,
      numbering: { kind: 'own' },
    },
  ]);
});

test('where another member may take it over, it is asked and not bound: the update yields', () => {
  const { routes, told } = member();
  routes.defend(client);
  told.length = 0;
  routes.refused(lost);
  assert.deepEqual(
    told.map((input) => ('numbering' in input ? input.numbering : input.kind)),
    ['start-return-routability', { kind: 'yielding' }],
  );
});

test('any other Binding Error changes nothing', () => {
  const { routes, kinds } = member();
  routes.refused({ ...lost, status: BindingErrorStatus.unrecognizedMhType });
  assert.deepEqual(kinds(), []);
});

for (const [what, leave] of [
  ['is frozen for its handoff', (routes: ClientRoutes) => routes.suspend(client)],
  ['is served past here', (routes: ClientRoutes) => routes.stopOptimising(client)],
  [
    'has been bound to its acceptor',
    (routes: ClientRoutes) =>
      routes.bindFor(
        client,
        ipv6('2001:db8:2::2'),
        { careOfKeygenToken: new Uint8Array(8), careOfNonceIndex: 1, ageMs: 0, tripMs: 0 },
        2,
      ),
  ],
] as const)
  test(`a client that ${what} is not bound again by what happens, until this member has it back`, () => {
    for (const back of [
      (routes: ClientRoutes) => routes.resume(client),
      (routes: ClientRoutes) => routes.ask(client, { kind: 'reclaim', sequence: 1030 }),
      (routes: ClientRoutes) => routes.forget(client),
    ]) {
      const { routes, kinds } = member();
      leave(routes);
      kinds();
      routes.refused(lost);
      routes.startOver(client);
      assert.deepEqual(kinds(), []);
      back(routes);
      kinds();
      routes.refused(lost);
      assert.deepEqual(kinds(), ['start-return-routability', 'bind']);
    }
  });

test('a client that may have to be taken back is tested before; an acceptor’s update waits for the test of its own', () => {
  const { routes, kinds } = member();
  routes.ask(client, { kind: 'contest', sequence: 7 });
  routes.ask(client, { kind: 'reclaim', sequence: 7 });
  assert.deepEqual(kinds(), ['start-return-routability', 'bind', 'start-return-routability', 'bind']);
  routes.ask(client, { kind: 'bind', lastSequence: 6, insists: true });
  routes.ask(client, { kind: 'renew' });
  assert.deepEqual(kinds(), ['bind', 'bind']);
  routes.ask(client, { kind: 'adopt', sequence: 7 });
  assert.deepEqual(kinds(), ['adopt']);
});

test('data goes the optimised way with the update where its acknowledgement is not awaited', () => {
  const { routes, told } = member();
  routes.ask(client, { kind: 'bind', lastSequence: 6, insists: true, copies: 2, optimisesAt: 'update' });
  routes.ask(client, { kind: 'bind-again', lastSequence: 6, inherits: false });
  assert.deepEqual(
    told.map((input) => input.kind === 'bind' && [input.copies, input.activate]),
    [
      [2, 'on-update'],
      [1, 'on-acknowledgement'],
    ],
  );
});

test('whoever deletes a binding of its own says so before', () => {
  const { routes, told, lettingGo } = member();
  routes.unbind(client);
  routes.release(client, 9);
  assert.deepEqual(lettingGo, [client]);
  assert.deepEqual(
    told.map((input) => 'numbering' in input && input.numbering),
    [{ kind: 'yielding' }, { kind: 'fixed', number: 9 }],
  );
});

test('what a donor has of the tests is used beside a care-of test of this member’s own', () => {
  const { routes, told } = member();
  const homeKeygenToken = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const home = { homeKeygenToken, homeNonceIndex: 9, ageMs: 70 };
  routes.ask(client, { kind: 'start-return-routability', home });
  routes.ask(client, { kind: 'start-return-routability' });
  assert.deepEqual(
    told.map((input) => 'home' in input && input.home),
    [{ token: homeKeygenToken, nonceIndex: 9, ageMs: 70 }, false],
  );
});
