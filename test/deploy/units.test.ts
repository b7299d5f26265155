import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { readUnit } from '../support/unit-file.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const programs = ['member', 'home-agent', 'correspondent-node', 'name-server'];

test('there is a unit for each program, and no other', () => {
  assert.deepEqual(
    readdirSync(join(root, 'deploy/systemd')).sort(),
    programs.map((name) => `handoff-lab-${name}.service`).sort(),
  );
});

test('systemd finds nothing wrong with the units, nor much to attack', { timeout: 120_000 }, async () => {
  await using folder = await temporaryFolder();
  for (const program of programs) {
    const { file } = readUnit(program);
    // The folder in which a server is installed is not on this machine.
    const here = join(folder.path, `handoff-lab-${program}.service`);
    writeFileSync(here, readFileSync(file, 'utf8').replaceAll('/opt/handoff-lab/', root));
    const verified = spawnSync('systemd-analyze', ['verify', here], { encoding: 'utf8', timeout: 60_000 });
    assert.equal(verified.error, undefined, 'systemd-analyze (Debian package systemd) is not installed');
    // What it says of other units of the machine is not about these.
    const said = `${verified.stdout}${verified.stderr}`
      .split('\n')
      .filter((line) => line.includes('handoff-lab'));
    assert.deepEqual(said, []);
    const exposure = execFileSync('systemd-analyze', ['security', '--offline=yes', '--no-pager', here], {
      encoding: 'utf8',
    });
    const [, level] = /Overall exposure level for \S+: ([\d.]+)/.exec(exposure) ?? [];
    assert.ok(Number(level) <= 2.5, `${program}: ${level}`);
  }
});

test('a unit starts its program by name, with its own configuration and state, tells systemd, and reloads by SIGHUP', () => {
  for (const program of programs) {
    const { execStart, execReload, capabilities, settings } = readUnit(program);
    assert.deepEqual(execStart, [
      ...['/opt/handoff-lab/bin/handoff-lab-daemon', program],
      ...[
        '--config',
        `/etc/handoff-lab/${program}.json`,
        '--state',
        `/var/lib/handoff-lab/${program}.json`,
        '--level',
        'info',
      ],
    ]);
    assert.equal(execReload, '/bin/kill -HUP $MAINPID');
    assert.equal(settings.get('Type'), 'notify');
    assert.equal(settings.get('User'), 'handoff-lab');
    assert.equal(settings.get('AmbientCapabilities'), settings.get('CapabilityBoundingSet'));
    if (program !== 'name-server') assert.deepEqual(capabilities, ['CAP_NET_ADMIN', 'CAP_NET_RAW']);
    // JavaScript is compiled into memory that is then executed.
    assert.equal(settings.has('MemoryDenyWriteExecute'), false);
  }
  // A leaving member has 30 s for its clients (membership.leaveMs) and then its address.
  assert.ok(Number(readUnit('member').settings.get('TimeoutStopSec')) >= 60);
  assert.equal(readUnit('member').settings.get('TimeoutStartSec'), 'infinity');
});

test('the starter runs the four programs and nothing else', { timeout: 60_000 }, () => {
  const starter = join(root, 'bin/handoff-lab-daemon');
  accessSync(starter, constants.X_OK);
  const run = (...words: string[]) => spawnSync(starter, words, { encoding: 'utf8', timeout: 30_000 });
  for (const program of programs) {
    const { status, stdout } = run(program, '--help');
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^${program}: `));
    assert.match(stdout, /--level LEVEL/);
  }
  for (const words of [['conductor'], ['../member/member'], []]) {
    const { status, stderr } = run(...words);
    assert.equal(status, 2);
    assert.match(stderr, /is no program; there are: member, home-agent, correspondent-node, name-server/);
  }
});

test('a level that is none is refused with the ones that there are', () => {
  const { status, stderr } = spawnSync(
    join(root, 'bin/handoff-lab-daemon'),
    ['correspondent-node', '--config', '/dev/null', '--level', 'loud'],
    { encoding: 'utf8', timeout: 30_000 },
  );
  assert.equal(status, 2);
  assert.match(stderr, /\/dev\/null is no JSON|--level takes one of error, warning, info, debug, not 'loud'/);
});
