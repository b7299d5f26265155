import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { firstSecond, longestStall, stepOver } from '../../analysis/phases/progress.ts';
import { measures, samplesOf } from '../support/changed-session.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';

const steps = (...points: readonly (readonly [ms: number, octets: number])[]) => ({
  progress: points.map(([ms, octets]) => ({ timeNs: ms * 1e6, octets })),
});
const parameters = { firstBytes: 1000 };

test('the longest stall counts from the middle of the first part on, and to the last octet', () => {
  const connection = steps(
    [0, 100],
    [300, 499],
    [310, 500],
    [320, 900],
    [345, 1000],
    [350, 1100],
    [360, 1200],
  );
  assert.equal(longestStall(connection, parameters)?.value, 25);
  assert.equal(longestStall(steps([0, 100], [300, 499]), parameters), undefined, 'none was seen');
  assert.equal(longestStall(steps([0, 500]), parameters)?.value, 0);
});

test('unmoved, the gap is the time from the last packet of the first part to the next', () => {
  assert.equal(stepOver(steps([10, 900], [16, 1000], [22.5, 1100]), parameters)?.value, 6.5);
  assert.equal(stepOver(steps([10, 900], [16, 1000]), parameters), undefined);
  assert.equal(stepOver(steps([10, 1100]), parameters), undefined);
});

test('the first second begins with the end of the first part where nobody is moved', () => {
  const connection = steps([0, 900], [10, 1000], [500, 3000], [1010, 4000], [1010.1, 9000]);
  assert.equal(firstSecond(connection, undefined, parameters)?.value, 3000);
  assert.equal(firstSecond(steps([0, 900]), undefined, parameters), undefined);
});

const asked = [
  ...measures,
  ...['longest-stall', 'first-second', 'sent-again', 'signalling-before', 'signalling-after'].map((name) => ({
    name,
    unit: '',
  })),
];

/** Values by measure of one session that `edit` changes. */
async function valuesOf(variant: string, edit: (script: HandoffScript) => void = () => {}) {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ startMs: 1000, clientPort: 40_000, initAtMs: 203, initBodyOctets: 91 });
  edit(script);
  const changes = { variant, parameters: { csMs: 40, ssMs: 20, lossPct: 0, firstBytes: 2000 } };
  using cell = new SyntheticCell(script.hops, [{ repetition: 0, atMs: 4000 }], changes);
  const samples = await analyzeCell(cell.folder, asked);
  return {
    reason: samples[0]!.reason,
    ...Object.fromEntries(samples.map(({ measure, value }) => [measure, value])),
  } as Readonly<Record<string, number | string | undefined>>;
}

test('a session’s capture gives stall, first second and signalling', async () => {
  const values = await valuesOf('drain');
  assert.equal(values['handoff-gap'], 304.5);
  assert.ok(Number(values['longest-stall']) >= 304.5, 'the stall is no shorter than the gap');
  assert.equal(values['first-second'], 2000, 'the acceptor’s part');
  assert.equal(values['sent-again'], 0);
  assert.ok(Number(values['signalling-before']) > 400, 'Init, two tests of four messages, update and answer');
  assert.ok(Number(values['signalling-after']) < Number(values['signalling-before']));
});

test('a variant that moves nobody wants no handoff, and fails where one is seen', async () => {
  const moved = await valuesOf('none');
  assert.equal(moved['handoff-gap'], undefined);
  assert.match(String(moved.reason), /a handoff where none was asked for/);
});

test('what the client’s kernel dropped fails a repetition on lossless links, and only there', async () => {
  const dropped = { dropped: 'XfrmInTmplMismatch 2' };
  const [, second] = await samplesOf({ verdict: dropped });
  assert.match(second[0]!.reason, /the client’s kernel dropped packets: XfrmInTmplMismatch 2/);
  const [, none] = await samplesOf({ verdict: { dropped: '' } });
  assert.equal(none[0]!.outcome, 'succeeded');
  const lossy = { parameters: { csMs: 40, ssMs: 20, lossPct: 1 } };
  const [, allowed] = await samplesOf({ verdict: dropped, cell: lossy });
  assert.equal(allowed[0]!.outcome, 'succeeded');
});

test('where the client’s daemon takes longer than the variant leaves it, what its kernel drops is a figure; elsewhere it fails the repetition', async () => {
  const dropped = { dropped: 'XfrmInTmplMismatch 3' };
  const of = async (variant: string, takesMs: number) => {
    const cell = { variant, parameters: { csMs: 40, ssMs: 20, lossPct: 0, takesMs } };
    const [, second] = await samplesOf({ verdict: dropped, cell });
    return second[0]!.reason.includes('dropped packets');
  };
  assert.equal(await of('at-update', 5), false);
  assert.equal(await of('adaptive', 5), false);
  assert.equal(await of('in-band', 5), false);
  // Its guard of 1 ms is enough; who awaits the acknowledgement, or serves in the tunnel, comes too early by a fault of its own.
  assert.equal(await of('at-update', 1), true);
  assert.equal(await of('drain+advance-rr', 5), true);
  assert.equal(await of('tunnel-first', 5), true);
});
