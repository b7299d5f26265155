import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { closedChains } from '../../runner/doctor/firewall.ts';
import { examineHost, type HostRole, type HostView } from '../../runner/doctor/host.ts';
import { prerequisites } from '../../runner/doctor/prerequisites.ts';
import { NOT_TRIED } from '../../runner/doctor/probe.ts';

const BOTH = ((1n << 12n) | (1n << 13n)).toString(16);
const whole: HostView = {
  read: async (path) =>
    path === '/proc/self/status'
      ? `CapEff:\t${BOTH.padStart(16, '0')}\nCapBnd:\t${BOTH.padStart(16, '0')}\n`
      : '1\n',
  probe: async () => prerequisites.map(({ id }) => ({ id, works: true, said: '' })),
  ruleset: async () => JSON.stringify({ nftables: [] }),
};
const roles: readonly HostRole[] = ['member', 'home-agent', 'correspondent-node'];

async function found(changes: Partial<HostView>, role: readonly HostRole[] = roles) {
  const findings = await examineHost(role, { ...whole, ...changes });
  return new Map(findings.map((finding) => [finding.id, finding]));
}

test('a host that has everything is fit for every program', async () => {
  for (const role of roles) {
    const findings = await examineHost([role], whole);
    assert.deepEqual(
      findings.filter(({ verdict }) => verdict !== 'ok'),
      [],
    );
    assert.ok(findings.every(({ area }) => area === 'host'));
  }
});

test('each program asks for what it uses, and not for what the lab uses', async () => {
  const nothing: Partial<HostView> = {
    probe: async () => prerequisites.map(({ id }) => ({ id, works: false, said: 'no' })),
  };
  const missing = async (role: HostRole) =>
    [...(await found(nothing, [role])).values()]
      .filter(({ verdict }) => verdict === 'missing')
      .map(({ id }) => id);
  const member = await missing('member');
  for (const id of ['esp6', 'ip6tnl', 'tcp-repair', 'nft', 'policy-rules'])
    assert.ok(member.includes(id), id);
  for (const id of ['netem', 'tbf', 'flower', 'veth', 'window-clamp']) assert.ok(!member.includes(id), id);
  assert.deepEqual(await missing('correspondent-node'), ['xfrm-mobility', 'mobility-header', 'packet']);
  assert.ok(!(await missing('home-agent')).includes('tcp-repair'));
});

test('Linux 6.7 and later is refused for members and home agents, not for clients', async () => {
  const probe: HostView['probe'] = async () =>
    prerequisites.map(({ id }) => ({
      id,
      works: id !== 'xfrm-types',
      said: id === 'xfrm-types' ? 'Linux 6.12.0' : '',
    }));
  assert.equal((await found({ probe }, ['member'])).get('xfrm-types')?.verdict, 'missing');
  assert.match(
    (await found({ probe }, ['home-agent'])).get('xfrm-types')?.text ?? '',
    /Linux 6\.12\.0 \(needs Linux before 6\.7\)/,
  );
  assert.equal((await found({ probe }, ['correspondent-node'])).has('xfrm-types'), false);
});

test('a kernel that could not be tried is not called unfit', async () => {
  const probe: HostView['probe'] = async () =>
    prerequisites.map(({ id }) => ({ id, works: false, said: NOT_TRIED }));
  const kernel = (await found({ probe })).get('kernel');
  assert.deepEqual([kernel?.verdict, kernel?.remedy], ['note', 'run this as root']);
});

test('capabilities: barred ones are missing, those that one has not got oneself are noted', async () => {
  const of = (effective: string, bounding: string) =>
    found({
      read: async (path) =>
        path === '/proc/self/status' ? `CapEff:\t${effective}\nCapBnd:\t${bounding}\n` : '1',
    });
  const barred = (await of('0000000000001000', '0000000000001000')).get('capabilities');
  assert.equal(barred?.verdict, 'missing');
  assert.match(barred?.text ?? '', /^CAP_NET_RAW cannot be had here/);
  const lacking = (await of('0000000000000000', '000001ffffffffff')).get('capabilities');
  assert.equal(lacking?.verdict, 'note');
  assert.match(lacking?.text ?? '', /CAP_NET_ADMIN and CAP_NET_RAW/);
});

test('kernel settings: forwarding is needed, probing for the MTU wished for; each with its remedy', async () => {
  const read: HostView['read'] = async (path) => (path.startsWith('/proc/sys') ? '0\n' : whole.read(path));
  const all = await found({ read });
  const forwarding = all.get('net.ipv6.conf.all.forwarding');
  assert.deepEqual([forwarding?.verdict, forwarding?.text.slice(0, 17)], ['missing', 'is 0, should be 1']);
  assert.match(forwarding?.remedy ?? '', /^sysctl -w net\.ipv6\.conf\.all\.forwarding=1/);
  assert.equal(all.get('net.ipv4.tcp_mtu_probing')?.verdict, 'note');
  assert.equal((await found({ read }, ['correspondent-node'])).has('net.ipv6.conf.all.forwarding'), false);
  const gone = await found({
    read: async (path) => (path.includes('forwarding') ? undefined : whole.read(path)),
  });
  assert.match(gone.get('net.ipv6.conf.all.forwarding')?.text ?? '', /^is not there, should be 1/);
});

/** As `nft --json --numeric list ruleset` tells it. */
const chain = (hook: string, policy: string, family = 'inet') => ({
  chain: { family, table: 'filter', name: hook, hook, policy },
});
const rule = (expr: readonly object[], family = 'inet') => ({
  rule: { family, table: 'filter', chain: 'input', expr },
});
const protocol = (right: unknown, key = 'l4proto') => ({
  match: { op: '==', left: { meta: { key } }, right },
});
const accept = { accept: null };
const ruleset = (...nftables: readonly object[]) => JSON.stringify({ nftables });

test('a chain that drops by default is looked at for each protocol; others are not', () => {
  const wanted = ['mobility', 'esp', 'tunnel', 'icmp'];
  const lacks = (...rules: readonly object[]) =>
    closedChains(ruleset(chain('input', 'drop'), ...rules), wanted)[0]?.lacks;
  assert.deepEqual(closedChains(ruleset(chain('input', 'accept'), chain('input', 'drop', 'ip')), wanted), []);
  assert.deepEqual(lacks(), wanted);
  assert.deepEqual(lacks(rule([protocol(135), accept])), ['esp', 'tunnel', 'icmp']);
  assert.deepEqual(lacks(rule([protocol({ set: [135, 50] }), accept])), ['tunnel', 'icmp']);
  assert.deepEqual(lacks(rule([protocol('ipv6'), { jump: { target: 'tunnels' } }])), [
    'mobility',
    'esp',
    'icmp',
  ]);
  assert.deepEqual(
    lacks(
      rule([
        { match: { op: '==', left: { payload: { protocol: 'icmpv6', field: 'type' } }, right: 128 } },
        accept,
      ]),
    ),
    ['mobility', 'esp', 'tunnel'],
  );
  // What is dropped, or taken when it is anything else, is not taken.
  assert.deepEqual(lacks(rule([protocol(135), { drop: null }])), wanted);
  assert.deepEqual(lacks(rule([{ match: { ...protocol(135).match, op: '!=' } }, accept])), wanted);
  assert.deepEqual(lacks(rule([protocol(135), accept], 'ip')), wanted);
});

test('the firewall’s finding says which protocol is not let in, by number, and where a rule for it stands', async () => {
  const firewall = (
    await found({
      ruleset: async () => ruleset(chain('input', 'drop'), rule([protocol({ set: [50, 41, 58] }), accept])),
    })
  ).get('firewall');
  assert.equal(firewall?.verdict, 'note');
  assert.match(
    firewall?.text ?? '',
    /^inet filter input \(input\) drops by default, and no rule there accepts protocol 135 \(Mobility Headers\)$/,
  );
  assert.match(firewall?.remedy ?? '', /deploy\/nftables/);
  const unread = (await found({ ruleset: async () => undefined })).get('firewall');
  assert.deepEqual([unread?.verdict, unread?.remedy], ['note', 'run this as root']);
});

test('the filters that come with the project are legal to nft, and let in what a host needs', {
  timeout: 60_000,
}, () => {
  const folder = new URL('../../deploy/nftables/', import.meta.url).pathname;
  const needed = {
    member: ['mobility', 'esp', 'tunnel', 'icmp'],
    'home-agent': ['mobility', 'esp', 'tunnel', 'icmp'],
    client: ['mobility', 'icmp'],
  };
  assert.deepEqual(
    readdirSync(folder).sort(),
    Object.keys(needed)
      .map((name) => `${name}.nft`)
      .sort(),
  );
  for (const [name, wanted] of Object.entries(needed)) {
    const program = `nft -f ${folder}${name}.nft && nft --json --numeric list ruleset`;
    const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const told = execFileSync('unshare', [...asRoot, '--net', 'sh', '-c', program], { encoding: 'utf8' });
    const input = closedChains(told, wanted).filter(({ hook }) => hook === 'input');
    assert.deepEqual(
      input.map(({ lacks }) => lacks),
      [[]],
      name,
    );
    assert.ok(readFileSync(`${folder}${name}.nft`, 'utf8').includes('135'));
  }
});
