import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../support/shell-process.ts';
import { noSystemd, SystemdHost } from '../support/systemd-host.ts';

const example = JSON.stringify({
  ...JSON.parse(
    readFileSync(fileURLToPath(new URL('../../nodes/name-server/example.json', import.meta.url)), 'utf8'),
  ),
  channelKey: randomBytes(32).toString('hex'),
});
const unit = 'handoff-lab-name-server';
const config = '/etc/handoff-lab/name-server.json';
const CAP_NET_BIND_SERVICE = 1n << 10n;
const missing = noSystemd();

/** What docs/deploy.md does before the first start. */
function install(host: SystemdHost): void {
  host.run('systemd-sysusers', '/opt/handoff-lab/deploy/sysusers.conf');
  host.run(
    'bash',
    '-c',
    `cat >${config} <<'END'\n${example}\nEND\nchown handoff-lab: ${config}; chmod 600 ${config}`,
  );
}

/**
 * On this machine's own kernel, whose seccomp filters the units' system calls. The name server's program needs no part of Mobile IPv6, which that
 * kernel may lack; the others run under systemd in the lab kernel (test/deploy-lab/systemd.test.ts).
 */
test('a real systemd runs a unit as it is shipped: ready when it serves, reloaded, started again when killed, stopped in order', {
  skip: missing ?? false,
  timeout: 300_000,
}, async () => {
  await using host = await SystemdHost.start();
  const show = (name: string): string => host.run('systemctl', 'show', '--property', name, '--value', unit);
  const log = (): string => host.run('journalctl', '--no-pager', '--output=cat', '--unit', unit);
  install(host);

  // Returns when the program has told systemd that it serves.
  assert.equal(host.try('systemctl', 'start', unit).status, 0, log());
  assert.equal(show('ActiveState'), 'active');
  assert.match(log(), /"event":"ready"/);
  const first = show('MainPID');
  const status = host.run('cat', `/proc/${first}/status`);
  const field = (name: string): string => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)![1]!;
  assert.equal(host.run('id', '-un', field('Uid')), 'handoff-lab');
  assert.equal(BigInt(`0x${field('CapEff')}`), CAP_NET_BIND_SERVICE);
  assert.equal(field('NoNewPrivs'), '1');
  assert.equal(field('Seccomp'), '2');

  host.run('systemctl', 'reload', unit);
  assert.equal(show('ActiveState'), 'active');
  assert.equal(show('MainPID'), first);
  // A reload is over for systemd when the signal has been sent.
  await until('keys', () => log().includes('"event":"keys-taken"'));

  host.run('kill', '-KILL', first);
  await until('another process', () => show('NRestarts') === '1' && show('ActiveState') === 'active');
  assert.notEqual(show('MainPID'), first);

  host.run('systemctl', 'stop', unit);
  assert.equal(show('ActiveState'), 'inactive');
  assert.equal(show('Result'), 'success');
  assert.equal(show('ExecMainStatus'), '0');
  assert.match(log(), /"event":"stopped","status":0/);
  // NSD, which it starts, knows systemd's protocol too.
  assert.ok(!log().includes('Got notification message'), log());
});

test('a log that has been moved is opened again at a reload, as logrotate.conf asks for', {
  skip: missing ?? false,
  timeout: 300_000,
}, async () => {
  await using host = await SystemdHost.start();
  install(host);
  const events = '/var/log/handoff-lab/events.jsonl';
  const shell = (words: string): string => host.run('bash', '-c', words);
  shell(`mkdir -p /etc/systemd/system/${unit}.service.d
    { echo '[Service]'; echo LogsDirectory=handoff-lab; echo ExecStart=
      sed -n 's|^ExecStart=.*|& --events ${events}|p' /etc/systemd/system/${unit}.service
    } >/etc/systemd/system/${unit}.service.d/log.conf; systemctl daemon-reload`);
  host.run('systemctl', 'start', unit);
  shell(`mv ${events} ${events}.1`);
  host.run('systemctl', 'reload', unit);
  await until('the new log', () => host.try('test', '-e', events).status === 0);
  host.run('systemctl', 'stop', unit);
  assert.match(shell(`cat ${events}.1`), /"event":"ready"/);
  assert.match(shell(`cat ${events}`), /"event":"stopped","status":0/);
});

test('what a program cannot use is told in the journal, and the unit does not become active', {
  skip: missing ?? false,
  timeout: 300_000,
}, async () => {
  await using host = await SystemdHost.start();
  host.run('systemd-sysusers', '/opt/handoff-lab/deploy/sysusers.conf');
  // Not theirs to read: no owner was given.
  host.run('bash', '-c', `echo '{}' >${config}; chmod 600 ${config}`);
  assert.notEqual(host.try('systemctl', 'start', unit).status, 0);
  assert.match(host.run('journalctl', '--no-pager', '--output=cat', '--unit', unit), /name-server\.json/);
});
