import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Results } from '../../analysis/results.ts';
import { acknowledgedOctets, forwardedOctets, updateOctets } from '../../experiments/frontend/formulas.ts';
import frontend from '../../experiments/frontend.ts';
import { runExperiment } from '../../runner/run.ts';
import { tsharkFields } from '../support/capture-tshark.ts';

/** Two clients in each of the four ways, in the lab kernel; what passes the front's link is counted by our analysis and by tshark. */
const bytes = 300_000;
const windowBytes = 65_536;
const clients = 2;
const ways = [
  { words: 'by way of the contact node', latencyMs: 140, octets: forwardedOctets(bytes) },
  { words: 'route-optimised', latencyMs: 40, octets: 0 },
  { words: 'by way of a front end', latencyMs: 140, octets: forwardedOctets(bytes) },
  { words: 'with direct server return', latencyMs: 90, octets: acknowledgedOctets(bytes) },
];

let out = '';
let results: Results;

before(async () => {
  out = await mkdtemp(join(tmpdir(), 'handoff-lab-frontend-'));
  results = await runExperiment(frontend, {
    profile: 'smoke',
    settings: { service: [0, 1, 2, 3], clients: [clients], bytes: [bytes], windowBytes: [windowBytes] },
    variants: [],
    clock: 'virtual',
    seed: 7,
    repetitions: 1,
    out,
    jobs: 1,
    capture: 'headers',
    signal: AbortSignal.timeout(300_000),
    log: () => undefined,
  });
});
after(() => rm(out, { recursive: true, force: true }));

for (const [service, { words, latencyMs, octets }] of ways.entries()) {
  test(`${words}: latency and load are the formula's, and tshark counts the same octets`, async () => {
    const samples = results.samples.filter(({ parameters }) => parameters.service === service);
    const told = samples.flatMap(({ outcome, reason }) => (outcome === 'succeeded' ? [] : [reason]));
    assert.deepEqual(told, []);
    const value = (measure: string): number => samples.find((sample) => sample.measure === measure)!.value!;
    assert.ok(Math.abs(value('first-octet-latency') - latencyMs) < 0.1, String(value('first-octet-latency')));
    const load = value('front-octets');
    assert.ok(load >= clients * octets, `${load} octets`);
    const most = octets === 0 ? 0 : clients * (octets + updateOctets(bytes, windowBytes));
    assert.ok(load <= most, `${load} octets`);
    assert.equal(await octetsByTshark(join(out, 'frontend', 'cells', samples[0]!.cell)), load);
  });
}

/** Of all packets on the front's link from the first request for a document to the first `END`, link headers left out. */
async function octetsByTshark(folder: string): Promise<number> {
  const { interfaces } = JSON.parse(await readFile(join(folder, 'cell.json'), 'utf8')) as {
    readonly interfaces: Readonly<Record<string, string>>;
  };
  const indexOf = (name: string): string => Object.entries(interfaces).find((entry) => entry[1] === name)![0];
  const fields = ['frame.time_relative', 'sll.ifindex', 'sll.pkttype', 'frame.len', 'tcp.len', 'icmpv6.type'];
  const packets = tsharkFields(join(folder, 'router.pcap'), fields);
  const firstOf = (length: number): number =>
    Number(
      packets.find(
        ([, index, type, , octets]) =>
          index === indexOf('access1') && type === '0' && octets === String(length),
      )![0],
    );
  const [start, end] = [firstOf(`GET ${bytes}\n`.length), firstOf('END\n'.length)];
  const linkHeader = 20;
  return packets
    .filter(([time, index, , , , icmp]) => {
      return index === indexOf('ha1') && icmp === '' && Number(time) >= start && Number(time) < end;
    })
    .reduce((sum, [, , , length]) => sum + Number(length) - linkHeader, 0);
}
