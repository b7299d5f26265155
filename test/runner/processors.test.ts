import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { allowedProcessors, OwnProcessors } from '../../runner/cells/processors.ts';

const name = `test-${process.pid}`;

test('a lab runs on the processors that this process may use', () => {
  assert.deepEqual(allowedProcessors('Cpus_allowed_list:\t0-1,4,6-7\n'), [0, 1, 4, 6, 7]);
  assert.deepEqual(allowedProcessors(''), []);
  assert.ok(allowedProcessors().length > 0);
});

test('two runs of one machine pin their labs to different processors, as long as there are any', async () => {
  const allowed = [2, 3, 5];
  using first = await OwnProcessors.take(1, allowed, name);
  using second = await OwnProcessors.take(1, allowed, name);
  assert.deepEqual([first.of(0), second.of(0)], [2, 3]);
  // More workers than processors of one's own: first those that nobody pins a first lab to.
  using third = await OwnProcessors.take(2, allowed, name);
  assert.deepEqual(
    [0, 1, 2, 3].map((worker) => third.of(worker)),
    [5, 2, 3, 5],
  );
  using none = await OwnProcessors.take(1, allowed, name);
  assert.equal(none.of(0), 2);
  using unknown = await OwnProcessors.take(1, [], name);
  assert.equal(unknown.of(0), undefined);
});

test('a processor is free again when its run has ended, also when it was killed', async () => {
  const allowed = [7];
  {
    using held = await OwnProcessors.take(1, allowed, `${name}-ended`);
    assert.equal(held.of(0), 7);
  }
  const take = `import { OwnProcessors } from '${import.meta.dirname}/../../runner/cells/processors.ts';
    await OwnProcessors.take(1, [7], '${name}-ended');
    process.kill(process.pid, 'SIGKILL');`;
  await assert.rejects(promisify(execFile)(process.execPath, ['--input-type=module', '-e', take]), {
    signal: 'SIGKILL',
  });
  using again = await OwnProcessors.take(1, [7, 8], `${name}-ended`);
  assert.equal(again.of(0), 7);
});
