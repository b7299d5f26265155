import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { channelPort } from '../../runner/procedures/testbed.ts';
import { long } from '../support/long.ts';
import { near, TakeoverCapture } from '../support/takeover-capture.ts';
import { addressOf, groupTimes, latencies, runTakeover } from '../support/takeover-lab.ts';

const [node1, node2] = ['node1', 'node2'].map(addressOf) as [string, string];
const [updates, acknowledgements] = [0x1001, 0x1002];

/** `takeover-crash` and `takeover-cut` have 30 ms and 500 ms. */
const cases = [
  { how: 'crash', memberMs: 80, suspectMs: 500 },
  { how: 'cut', memberMs: 10, suspectMs: 2000 },
] as const;
const more = [
  { how: 'crash', memberMs: 10, suspectMs: 500 },
  { how: 'cut', memberMs: 80, suspectMs: 500 },
  { how: 'cut', memberMs: 80, suspectMs: 2000 },
] as const;

for (const { how, memberMs, suspectMs } of long ? [...cases, ...more] : cases) {
  test(`${how}, ${memberMs} ms between members, suspicion after ${suspectMs} ms: detection, then one registration round trip`, {
    timeout: 200_000,
  }, async () => {
    await using run = await runTakeover({
      body: `sleep 2\n mark end\n ${how} node1\n sleep 4`,
      latencies: { S1S2: memberMs },
      group: { ...groupTimes, suspectMs },
    });
    assert.equal(run.status, 0, run.console);
    const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('end')!);
    const lastBeat = seen
      .channel(node1, node2, channelPort)
      .filter(({ ms, direction }) => ms < memberMs && direction === 'out')
      .at(-1)!;
    const detectedMs = how === 'crash' ? 3 * memberMs : lastBeat.ms + suspectMs;
    near(seen.esp(updates, { source: node2 })[0]!.ms, detectedMs, 'detection');
    const answer = seen
      .esp(acknowledgements, { destination: node2 })
      .find(({ direction }) => direction === 'out')!;
    near(answer.ms, detectedMs + 2 * memberMs, 'detection and registration');
  });
}

test('contact node and first backup are cut off at once: the next one acts a stagger later', {
  timeout: 200_000,
}, async () => {
  const node3 = addressOf('node3');
  await using run = await runTakeover({ body: 'sleep 2\n mark end\n cut node1; cut node2\n sleep 4' });
  assert.equal(run.status, 0, run.console);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('end')!);
  const lastBeat = seen
    .channel(node1, node3, channelPort)
    .filter(({ ms, direction }) => ms < latencies.S1S3 && direction === 'out')
    .at(-1)!;
  const { suspectMs, staggerMs } = groupTimes;
  const detectedMs = lastBeat.ms + suspectMs + staggerMs;
  near(seen.esp(updates, { source: node3 })[0]!.ms, detectedMs, 'detection');
  assert.deepEqual(seen.esp(updates, { source: node2 }), []);
});
