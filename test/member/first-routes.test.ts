import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { FirstRoutes } from '../../nodes/member/first-routes.ts';

const client = ipv6('2001:db8:9::1');

for (const optimized of [true, false])
  test(`who waits for the route of a connection that has ended learns it from the next one: ${optimized}`, async () => {
    const routes = new FirstRoutes({ optimizeRoute: () => undefined }, () => false);
    routes.connected(client, false);
    const first = routes.optimized(client);
    routes.forget(client);
    routes.connected(client, false);
    const second = routes.optimized(client);
    routes.settle(client, optimized);
    assert.deepEqual(await Promise.all([first, second]), [optimized, optimized]);
  });

for (const plain of [true, false])
  test(`a second connection that came during the first attempt begins another one, unless its client was found plain: ${plain}`, async () => {
    let [attempts, found] = [0, false];
    const routes = new FirstRoutes({ optimizeRoute: () => void attempts++ }, () => found);
    routes.connected(client, false);
    routes.connected(client, true);
    const optimized = routes.optimized(client);
    found = plain;
    routes.settle(client, false);
    await new Promise(setImmediate);
    assert.equal(attempts, plain ? 1 : 2);
    routes.settle(client, false);
    assert.equal(await optimized, false);
  });
