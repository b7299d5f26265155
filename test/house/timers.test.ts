import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { layers } from './layers.ts';

const root = resolve(import.meta.dirname, '../..');
const sources = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Files of nodes/ with timers of their own, and whose time that is; every other one is a deadline of a role. */
const ownTimers: Readonly<Record<string, string>> = {
  'nodes/support/alarm.ts': 'the one timer for the deadline of a role, or of what reads a stream',
  'nodes/support/service-manager.ts': 'a service manager that wants a sign of life in a time of its own',
  'nodes/support/at-instant.ts': 'an experiment’s schedule, in which a repetition has its instant',
  'nodes/support/within.ts': 'a process that ends waits no longer for what it has asked to end',
  'nodes/conductor/conductor.ts':
    'an experiment’s schedule, and processes that are killed when they do not end',
  'nodes/conductor/readiness.ts': 'a process that does not become ready ends the run',
  'nodes/name-server/nsd.ts': 'a process that does not start or end is killed',
  'nodes/name-server/name-service.ts': 'NSD says nothing by itself: whether it serves has to be looked at',
  'nodes/front-end/front-end-program.ts': 'a process that waits for its end alone',
  'nodes/member/first-acknowledgement.ts': 'a socket that is read until a segment comes, or none does',
  'nodes/member/closing-clients.ts':
    'the kernel says nothing of a handshake: whether it is over has to be looked at',
};

test('timers in nodes/ are deadlines of roles, but for those of processes', () => {
  const withTimers = sources.filter(
    (file) =>
      file.startsWith('nodes/') &&
      /\b(?:setTimeout|setInterval|setImmediate)\(|['"]node:timers/.test(read(file)),
  );
  assert.deepEqual(withTimers.toSorted(), Object.keys(ownTimers).toSorted());
});

test('an alarm is set by who drives a role and by who reads a stream, and by nobody else', () => {
  const users = sources.filter((file) => file.startsWith('nodes/') && /\/alarm\.ts'/.test(read(file)));
  assert.deepEqual(users, ['nodes/member/channel-link.ts', 'nodes/support/role-driver.ts']);
});

test('codecs and roles have no clock, no timer and no chance of their own', () => {
  const impure =
    /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\(|\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bMath\.random\b|\brandom(?:Bytes|UUID|Int)\(|\bprocess\./;
  const pure = layers.filter(({ isPure }) => isPure).flatMap(({ name, paths = [name] }) => paths);
  const wrong = sources.filter(
    (file) =>
      pure.some((path) => file === path || file.startsWith(`${path}/`)) && impure.test(withoutComments(file)),
  );
  assert.deepEqual(wrong, []);
});

function withoutComments(file: string): string {
  return read(file)
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
}
