import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fig9 } from '../../topologies/fig9.ts';
import { mininetScript } from '../../topologies/mininet.ts';
import { pair } from '../../topologies/pair.ts';
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

test('links are shaped in Mininet’s own words, latencies between sites with tc', () => {
  const ofPair = mininetScript(pair({ delayMs: 20, jitterMs: 2, lossPct: 0.5, upKbit: 1000 }));
  assert.match(
    ofPair,
    /'bw': 1, 'use_tbf': True, 'latency_ms': [\d.]+, 'delay': '20ms', 'max_queue_size': \d+, 'jitter': '2ms', 'loss': 0\.5/,
  );
  const ofFig9 = mininetScript(fig9({ ssMs: 20 }));
  assert.match(ofFig9, /'tc qdisc add dev router-eth1 parent 2:3 handle 23: netem limit 10000 delay 20ms'/);
  assert.match(
    mininetScript(pair({ downKbit: 2_000_000 })),
    /'tc qdisc add dev router-eth0 root handle 1: tbf rate 2000000000bit/,
  );
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
