import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { handoffCell } from '../../bench/handoff-cell.ts';
import { markCommand, readMarks, secondsBetween, withMarks } from '../../bench/marks.ts';
import { startMarks } from '../../bench/start.ts';
import { commonNames, countSwitches, parseSwitches, total } from '../../bench/switches.ts';
import { labBody } from '../../runner/lab-body.ts';

test('a mark stands before the first line that matches', () => {
  const marked = withMarks('one\ntwo\nthree\ntwo', [{ name: 'second', before: /^two$/ }]);
  assert.equal(marked, `one\n${markCommand('second')}\ntwo\nthree\ntwo`);
});

test('a line that is not there is an error, not a missing figure', () => {
  assert.throws(
    () => withMarks('one', [{ name: 'second', before: /^two$/ }]),
    /no line for the mark 'second'/,
  );
});

test('the script of a cell has the lines that the start is split by, in this order', () => {
  const lines = withMarks(labBody(handoffCell(1).plan, 'headers'), startMarks).split('\n');
  const places = startMarks.map(({ name }) => lines.indexOf(markCommand(name)));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
  assert.equal(lines[places[3]! + 1], '# --- driver');
});

test('times between marks are those of the files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-marks-'));
  try {
    for (const [name, seconds] of Object.entries({ 'mark-a': 100, 'mark-b': 102.5, other: 300 })) {
      await writeFile(join(folder, name), '');
      await utimes(join(folder, name), seconds, seconds);
    }
    const marks = await readMarks(folder);
    assert.equal(secondsBetween(marks, 'a', 'b'), 2.5);
    assert.throws(() => secondsBetween(marks, 'a', 'c'), /not passed: a, c/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

const counted = `ctxt 5000
/run/lab/node /run/lab/nodes/member.cjs --node node1 --config x
voluntary_ctxt_switches:\t40
nonvoluntary_ctxt_switches:\t2
/run/lab/node /run/lab/nodes/home-agent.cjs --node ha1 --config x
voluntary_ctxt_switches:\t7
nonvoluntary_ctxt_switches:\t0
tcpdump -i any -n
voluntary_ctxt_switches:\t90
nonvoluntary_ctxt_switches:\t10
`;

test('context switches are told by node, or by program', () => {
  const switches = parseSwitches(counted);
  assert.deepEqual(
    [...switches],
    [
      [total, 5000],
      ['node1', 42],
      ['ha1', 7],
      ['tcpdump', 100],
    ],
  );
  assert.deepEqual(commonNames([switches, new Map([...switches].slice(0, 3))]), ['node1', 'ha1']);
});

test('they are counted before the daemons end', () => {
  const lines = countSwitches(labBody(handoffCell(1).plan, 'none')).split('\n');
  assert.ok(lines.indexOf('} >/run/job/switches') === lines.indexOf('stop_nodes') - 1);
});
