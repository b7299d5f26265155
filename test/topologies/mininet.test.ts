import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fig9 } from '../../topologies/fig9.ts';
import { interfacesOf } from '../../topologies/interfaces.ts';
import { mininetScript } from '../../topologies/mininet.ts';
import { mininetHolder, mininetNetwork } from '../../topologies/mininet-network.ts';
import { pair } from '../../topologies/pair.ts';
import { provisionScript } from '../../topologies/provision.ts';
import { topology } from '../../topologies/topology-builder.ts';
import { runInLab } from '../support/lab.ts';
import { roundTripRange } from '../support/network-lab.ts';

/** Debian's own Python, which Debian's Mininet is installed for. */
const python = '/usr/bin/python3';

test('the script is Python, whatever the network', () => {
  for (const network of [
    fig9({ cs1Ms: 40, lossPct: 1, rateKbit: 1500 }),
    pair({ delayMs: 20, jitterMs: 2, lossPct: 0.5 }),
  ]) {
    const check = 'import ast, sys; ast.parse(sys.stdin.read())';
    execFileSync(python, ['-c', check], { input: mininetScript(network), stdio: ['pipe', 'ignore', 'pipe'] });
  }
});

/** A link that is limited one way, and delays only the other way. */
const line = topology('line')
  .addHost('a')
  .addHost('b')
  .addLink('a', 'b', {
    ...{ prefix: '2001:db8:a::/64', addresses: ['2001:db8:a::1', '2001:db8:a::2'] },
    ...{ delayMs: 20, jitterMs: 2, lossPct: 0.5, aToB: { rateKbit: 1000 } },
  })
  .build();

test('delays are TCLink’s where it can say them; rates, whose bucket it would choose, and latencies between sites are tc’s', () => {
  const script = mininetScript(line);
  assert.match(
    script,
    /params2=\{'txo': False, 'delay': '20ms', 'max_queue_size': \d+, 'jitter': '2ms', 'loss': 0\.5\}/,
  );
  assert.match(script, /params1=\{'txo': False\}/);
  assert.match(script, /'tc qdisc add dev a-eth0 root handle 1: tbf rate 1000000bit burst 4542 limit \d+'/);
  assert.match(
    script,
    /'tc qdisc add dev a-eth0 parent 1:1 handle 10: netem limit \d+ delay 20ms 2ms loss 0\.5%'/,
  );
  assert.ok(!script.includes("'bw'") && !/tc qdisc add dev b-eth0/.test(script));
  const ofFig9 = mininetScript(fig9({ ssMs: 20 }));
  assert.match(ofFig9, /'tc qdisc add dev router-eth1 parent 2:3 handle 23: netem limit 10000 delay 20ms'/);
  assert.match(
    mininetScript(pair({ downKbit: 2_000_000 })),
    /'tc qdisc add dev router-eth0 root handle 1: tbf rate 2000000000bit/,
  );
});

test('what lets the lab’s programs run in Mininet’s hosts has the indices, words and namespaces of the topology', () => {
  const holder = mininetHolder(line);
  execFileSync(python, ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
    input: holder,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  for (const { name, index, mac } of interfacesOf(line))
    assert.match(holder, new RegExp(`'_name': '${name}', '_index': ${index}, '_mac': '${mac}'`));
  // One end is tc's whole, the other TCLink's: nothing is shaped twice, nothing left out.
  const fragment = mininetNetwork(line, 'hold', 60);
  assert.match(fragment, /qdisc add dev a-eth0 root handle 1: tbf/);
  assert.ok(!/qdisc add dev b-eth0/.test(fragment));
  assert.match(holder, /'_name': 'b-eth0'[^}]*'delay': '20ms'/);
  assert.ok(!/'_name': 'a-eth0'[^}]*'delay'/.test(holder));
});

test('it runs in Debian’s Mininet, in the lab kernel, with the same round trips', async () => {
  const missing = 'Mininet is missing: apt-get install --no-install-recommends mininet';
  assert.ok(existsSync('/usr/lib/python3/dist-packages/mininet'), missing);
  const ping = (to: string, file: string) => `ping -n -c 3 -i 1 ${to} >/run/job/${file}`;
  const body = [
    `${python} fig9.py node2 sh -c '${ping('2001:db8:c::2', 'site-to-client')}; ${ping('2001:db8:1::2', 'site-to-site')}'`,
    `${python} pair.py client sh -c '${ping('2001:db8:b::2', 'link')}'`,
  ];
  const files = {
    'fig9.py': mininetScript(fig9({ cs1Ms: 40, cs2Ms: 30, ssMs: 20, rateKbit: 2000 })),
    'pair.py': mininetScript(pair({ delayMs: 25 })),
  };
  await using lab = await runInLab({ body: body.join('\n'), files });
  assert.equal(lab.status, 0, lab.console);
  const expected = { 'site-to-client': 60, 'site-to-site': 40, link: 50 };
  for (const [name, roundTrip] of Object.entries(expected)) {
    const { least, most } = roundTripRange(await readFile(join(lab.folder, name), 'utf8'));
    assert.ok(Math.max(roundTrip - least, most - roundTrip) <= 0.01, `${name}: ${least}…${most} ms`);
  }
});

test('its bursts and its throughput are ours: of 20 full frames at once each comes back when it does in our network', async () => {
  const network = pair({ delayMs: 25, upKbit: 1000 });
  const ping = 'ping -n -l 20 -c 20 -s 1400 -W 5 2001:db8:b::2';
  const body = [
    `${python} pair.py client sh -c '${ping} >/run/job/theirs'`,
    provisionScript(network),
    `ip netns exec client ${ping} >/run/job/ours`,
  ];
  await using lab = await runInLab({ body: body.join('\n'), files: { 'pair.py': mininetScript(network) } });
  assert.equal(lab.status, 0, lab.console);
  const times = async (name: string) => {
    const text = await readFile(join(lab.folder, name), 'utf8');
    return [...text.matchAll(/icmp_seq=(\d+) .*time=([\d.]+) ms/g)].map(([, , ms]) => Number(ms));
  };
  const [theirs, ours] = [await times('theirs'), await times('ours')];
  assert.equal(ours.length, 20);
  for (const [at, ms] of ours.entries())
    assert.ok(Math.abs(ms - theirs[at]!) <= 0.1, `${at}: ${ms}, ${theirs[at]} ms`);
  // The bucket of 4542 octets lets three frames of 1462 pass at once; the rest leave at 1 Mbit/s.
  assert.ok(ours[2]! - ours[0]! < 1, `the first three together: ${ours.slice(0, 4)}`);
  assert.ok(ours[4]! - ours[2]! > 11, `the others one by one: ${ours.slice(0, 6)}`);
  const perFrame = (ours[19]! - ours[9]!) / 10;
  assert.ok(Math.abs(perFrame - (1462 * 8) / 1000) < 0.05, `${perFrame} ms for each frame`);
});
