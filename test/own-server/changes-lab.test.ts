import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const examples = resolve(import.meta.dirname, '../../examples');

test('links change while a repetition runs, and begin anew with the next; the same seed gives the same octets', {
  timeout: 400_000,
}, async () => {
  await using folder = await temporaryFolder();
  await cp(examples, folder.path, { recursive: true });
  // A ping at 100, 700 and 2300 ms after each repetition's start: 20 ms each way, and 30 more on one of them in between.
  const experiment = `import { serverExperiment } from 'handoff-lab/experiment';
const trips = ({ output }: { readonly output: string }) => [...output.matchAll(/time=([\\d.]+)/g)].map(([, ms]) => Number(ms));
export default serverExperiment({
  id: 'pings', question: 'Does the network change?', topology: './flapping-link.ts', parameters: {}, repetitions: 2,
  application: './chat-server.ts',
  client: 'for pause in 0.1 0.6 1.6; do sleep $pause; ping -c1 gateway; done',
  measures: [0, 1, 2].map((index) => ({ name: 'trip-' + index, unit: 'ms', description: 'a ping', from: (one) => trips(one)[index] })),
});`;
  await writeFile(join(folder.path, 'pings.ts'), experiment);
  const captures = [];
  for (const out of ['one', 'other']) {
    const words = ['run', join(folder.path, 'pings.ts'), '--out', join(folder.path, out)];
    const { status, stderr } = await runCli(words);
    assert.equal(status, 0, stderr);
    const results = join(folder.path, out, 'pings');
    const samples = await readFile(join(results, 'samples.csv'), 'utf8');
    const trips = [...samples.matchAll(/,trip-\d,([\d.]+),ms,succeeded/g)].map(([, ms]) => Number(ms));
    assert.equal(trips.length, 6, samples);
    for (const [index, ms] of trips.entries()) {
      const expected = index % 3 === 1 ? 70 : 40;
      assert.ok(ms >= expected && ms < expected + 4, `trip ${index}: ${ms} ms`);
    }
    captures.push(await readFile(join(results, 'cells/default/router.pcap')));
  }
  assert.ok(captures[0]!.equals(captures[1]!));
});
