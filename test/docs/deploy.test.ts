import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { ipv6 } from '../../mip6/wire/address.ts';
import { observedMember } from '../../nodes/member/member-status.ts';
import { openObservation } from '../../nodes/support/observation/observation-server.ts';
import { fieldsOfMetrics } from '../support/metric-names.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8');
/** Commands of the page, in order. */
const commands = [...page.matchAll(/^ {4}(\S.*)$/gm)].map(([, line = '']) => line);

/** Programs that would change this machine, or fetch something: their words are written down. The others are themselves. */
const STUBS = ['apt-get', 'git', 'npm', 'systemctl', 'systemd-sysusers', 'journalctl'];
/** A kernel that is not fit for the server is no fault of the page. */
const STATUSES: readonly (readonly [RegExp, readonly number[]])[] = [[/ check host /, [0, 3]]];

test('every command of docs/deploy.md runs as it stands there, in order', { timeout: 600_000 }, async () => {
  assert.ok(commands.length >= 30, `${commands.length} commands found`);
  await using folder = await temporaryFolder();
  const place = folder.path;
  const log = join(place, 'stubs');
  for (const name of [
    'bin',
    'opt',
    'stub-bin',
    'etc/sysusers.d',
    'etc/modules-load.d',
    'etc/sysctl.d',
    'etc/systemd/system',
  ])
    mkdirSync(join(place, name), { recursive: true });
  for (const name of ['handoff-lab', 'handoff-lab-daemon'])
    symlinkSync(join(root, 'bin', name), join(place, 'bin', name));
  symlinkSync(join(root, 'deploy'), join(place, 'deploy'));
  symlinkSync(root, join(place, 'opt/handoff-lab'));
  const stub = (name: string, text: string): void => {
    writeFileSync(join(place, 'stub-bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(place, 'stub-bin', name), 0o755);
  };
  for (const name of STUBS) stub(name, `echo "${name} $*" >>'${log}'`);
  stub('sudo', 'exec "$@"');
  // In a network of its own, where everybody may look at a packet filter.
  stub(
    'nft',
    `exec unshare ${process.getuid?.() === 0 ? '' : '--user --map-root-user '}--net /usr/sbin/nft "$@"`,
  );
  const server = openObservation({ port: 0, address: '::1' }, () =>
    observedMember({
      ...{ careOfAddress: ipv6('2001:db8:1::2'), state: 'serving', contacts: [], peers: [], counters: {} },
      keys: { group: 'k1', trust: 't1' },
    }),
  );
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    for (const command of commands) {
      const here = command
        .replaceAll(/(?<=[ =])\/(opt|etc)\//g, `${place}/$1/`)
        .replaceAll(' -o handoff-lab -g handoff-lab', '')
        .replaceAll('9470', String(port));
      const env = { ...process.env, PATH: `${join(place, 'stub-bin')}:${process.env.PATH}` };
      const { status, said } = await new Promise<{ status: unknown; said: string }>((done) =>
        execFile('bash', ['-c', here], { cwd: place, env, timeout: 120_000 }, (error, stdout, stderr) =>
          done({ status: error === null ? 0 : error.code, said: `${stdout}${stderr}` }),
        ),
      );
      const allowed = STATUSES.find(([which]) => which.test(command))?.[1] ?? [0];
      assert.ok(allowed.includes(Number(status)), `${command}: ${String(status)}\n${said}`);
      // The program answers where the page's file is asked for, too.
      const file = join(place, 'etc/handoff-lab/member.json');
      if (command.includes('install -o')) {
        const config = JSON.parse(readFileSync(file, 'utf8'));
        writeFileSync(file, JSON.stringify({ ...config, observe: { port } }), { mode: 0o600 });
      }
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
  const asked = readFileSync(log, 'utf8').trim().split('\n');
  const units = asked.flatMap((line) =>
    [...line.matchAll(/(?<= )handoff-lab-[a-z-]+/g)].map(([unit]) => unit),
  );
  assert.ok(units.length >= 6, asked.join('\n'));
  for (const unit of units)
    assert.ok(existsSync(join(root, `deploy/systemd/${unit.replace('.service', '')}.service`)), unit);
});

test('files and units that the page names are there', () => {
  for (const [, link = ''] of page.matchAll(/`((?:deploy|test|nodes)\/[\w./-]+)`/g))
    assert.ok(existsSync(join(root, link)), link);
  for (const [, unit = ''] of page.matchAll(/`(handoff-lab-[a-z-]+\.service)`/g))
    assert.ok(existsSync(join(root, 'deploy/systemd', unit)), unit);
});

test('the page’s table has every metric, and no other', () => {
  const table = page.split('| for Prometheus')[1]!.split('\n\n')[0]!;
  const named = [...table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  assert.deepEqual(named.toSorted(), [...fieldsOfMetrics()].sort());
});
