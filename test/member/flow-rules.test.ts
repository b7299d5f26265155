import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identity, type ObjectStore } from '../../linux/objects/objects.ts';
import type { KernelObject } from '../../linux/objects/types.ts';
import { Reconciler } from '../../linux/reconciler.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { MemberPaths } from '../../nodes/member/contact/member-paths.ts';
import { MemberTunnels } from '../../nodes/member/contact/member-tunnels.ts';
import { FlowRules } from '../../nodes/member/plain/flow-rules.ts';

const homeAddress = ipv6('2001:db8:1::100');
const [self, near, far, farther] = [1, 2, 3, 4].map((number) => ipv6(`2001:db8:1::${number}`));
const flow = (clientPort: number) => ({ client: ipv6('2001:db8:c::1'), clientPort, servicePort: 8080 });

function kernel(): ObjectStore & { readonly objects: Map<string, KernelObject> } {
  const objects = new Map<string, KernelObject>();
  return {
    objects,
    add: (object) => void objects.set(identity(object), object),
    update: (object) => void objects.set(identity(object), object),
    remove: (object) => void objects.delete(identity(object)),
    list: (kind) => [...objects.values()].filter((object) => object.kind === kind),
  };
}

test('connections that a predecessor has told of go to members that this one has met nowhere yet', () => {
  const store = kernel();
  const reconciler = new Reconciler(store);
  const tunnels = new MemberTunnels(reconciler, self!, [near!]);
  const names = { homeTunnel: 'thome', table: 100 };
  const rules = new FlowRules(
    reconciler,
    homeAddress,
    new MemberPaths(reconciler, homeAddress, names, tunnels),
  );
  assert.equal(rules.reaches(far!), false);
  for (const [port, member] of [near, far, farther, far].entries()) rules.forward(flow(5000 + port), member!);
  assert.equal(rules.reaches(far!), true);
  const routes = [...store.objects.values()].filter(({ kind }) => kind === 'route');
  assert.deepEqual(
    routes.map((route) => 'device' in route && [route.device, 'table' in route && route.table]),
    [
      ['tmem0', 200],
      ['tmem1', 201],
      ['tmem2', 202],
    ],
  );
  rules.clear();
  assert.deepEqual(
    [...store.objects.values()].filter(({ kind }) => kind === 'route'),
    [],
  );
});
