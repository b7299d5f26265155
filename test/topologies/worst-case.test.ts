import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fig9 } from '../../topologies/fig9.ts';
import { topology } from '../../topologies/topology-builder.ts';
import { longestLatencyMs, worstCaseOf } from '../../topologies/worst-case.ts';

/** Of client – router – node, one link of which changes. */
const changing = topology('changing')
  .addHost('client')
  .addRouter('router')
  .addHost('node')
  .addLink('client', 'router', {
    ...{ prefix: '2001:db8:c::/64', addresses: ['2001:db8:c::2', '2001:db8:c::1'], delayMs: 10 },
    at: [
      { ms: 100, delayMs: 30, lossPct: 2 },
      { ms: 200, delayMs: 5, jitterMs: 4, lossPct: 0 },
    ],
  })
  .addLink('router', 'node', {
    ...{ prefix: '2001:db8:1::/64', addresses: ['2001:db8:1::1', '2001:db8:1::2'] },
    aToB: { rateKbit: 800, at: [{ ms: 150, rateKbit: 200 }] },
    bToA: { delayMs: 7, rateKbit: 900 },
  })
  .build();

test('the worst of links is that of all their times and both of their directions', () => {
  assert.deepEqual(worstCaseOf(changing), { lossPct: 2, jitterMs: 4, rateKbit: 200 });
  assert.deepEqual(worstCaseOf(fig9({ cs1Ms: 40, ssMs: 20, rateKbit: 2000 })).rateKbit, 2000);
});

test('a latency is the sum of links and pairs of sites on the way, at its longest', () => {
  assert.equal(longestLatencyMs(changing, 'client', 'node'), 30);
  assert.equal(longestLatencyMs(changing, 'node', 'client'), 37);
  const testbed = fig9({ cs1Ms: 37, cs2Ms: 13, ssMs: 29 });
  assert.equal(longestLatencyMs(testbed, 'client', 'node1'), 37);
  assert.equal(longestLatencyMs(testbed, 'node2', 'client'), 13);
  assert.equal(longestLatencyMs(testbed, 'node1', 'node2'), 29);
});
