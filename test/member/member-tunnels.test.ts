import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectStore } from '../../linux/objects/objects.ts';
import { Reconciler } from '../../linux/reconciler.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { MemberTunnels } from '../../nodes/member/contact/member-tunnels.ts';

const member = (number: number) => ipv6(`2001:db8:1:${number}::2`);

test('a tunnel that is removed leaves the kernel, its listeners and its name; the next one has the name', () => {
  const kernel = new Set<string>();
  const nameOf = (object: object): string => String(Reflect.get(object, 'name'));
  const store: ObjectStore = {
    add: (object) => void kernel.add(nameOf(object)),
    update: () => undefined,
    remove: (object) => void kernel.delete(nameOf(object)),
    list: () => [],
  };
  const tunnels = new MemberTunnels(new Reconciler(store), member(1), [member(2)]);
  const heard: string[] = [];
  const stop = tunnels.listen({
    added: (name) => heard.push(`+${name}`),
    // Still there, so that sockets on it can be closed.
    removed: (name) => heard.push(`-${name} ${kernel.has(name)}`),
  });
  for (const number of [3, 4]) tunnels.add(member(number));
  assert.deepEqual([...kernel], ['tmem0', 'tmem1', 'tmem2']);
  tunnels.remove(member(3));
  tunnels.remove(member(3));
  assert.deepEqual([...kernel], ['tmem0', 'tmem2']);
  assert.equal(tunnels.nameOf(member(3)), undefined);
  assert.equal(tunnels.nameOf(member(4)), 'tmem2');
  tunnels.add(member(5));
  assert.equal(tunnels.nameOf(member(5)), 'tmem1');
  stop();
  tunnels.remove(member(5));
  assert.deepEqual(heard, ['+tmem1', '+tmem2', '-tmem1 true', '+tmem1']);
});
