import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestFiles } from '../support/guest-files.ts';
import { downloadConfig, type MobilityTestbedRun, runMobilityTestbed } from '../support/mobility-testbed.ts';

const STRANGER =
  'ip -n router addr add 2001:db8:66::1/64 dev lo nodad\nip -n router addr add 2001:db8:66::2/64 dev lo nodad';

test('a correspondent node refuses forged, replayed, stale and expired Binding Updates, and counts each', async () => {
  const files = await guestFiles('mip6.py', 'attack_correspondent.py');
  const body = `
${STRANGER}
start correspondent-node; start ha1; ready 2
start node2; start node1; ready 2
ip -n ha2 route add 2001:db8:66::/64 via 2001:db8:f2::1
nsenter --net=/run/netns/ha2 $NODE /run/lab/nodes/correspondent-node.cjs --config correspondent-node.json \\
  --events other-client.jsonl --ready /run/ready &
pids[ha2]=$!
ready 1
on router /usr/bin/python3 attack_correspondent.py "\${pids[correspondent-node]}" >report.json
finish_all`;
  await using run = await runMobilityTestbed({ body, files });
  assert.equal(run.status, 0, run.console);
  const { flood, ...attacks } = JSON.parse(await run.file('report.json'));
  assert.deepEqual(attacks, {
    'random authenticator': [null, true],
    'own tokens for the contact address': [null, true],
    'deletion with the own home token': [null, true],
    'care-of address never tested': [null, true],
    'Home Test of another client': [null, true],
    'no authorization data': [null, true],
    'no nonce indices': [null, true],
    'home registration': [131, true],
    "replay of the member's update": [135, true],
    // Dropped by the kernel, which answers with ICMPv6 Parameter Problems of code 0 as §9.2 says.
    'wrong checksum': [null, true],
    'Payload Proto that is not 59': [null, true],
    'Parameter Problem for Payload Proto': ['2001:db8:66::2', 0, 64],
    'Parameter Problem for Header Len': ['2001:db8:66::1', 0, 41],
    // Its own home address, its own care-of address: the one update that may succeed, as a base for what follows.
    legal: [0, false],
    replay: [135, true],
    'home registration over the binding': [139, true],
    'circular reference': [null, true],
    'across the wrap': [0, true],
    'before the wrap': [135, true],
    'half the number space ahead': [135, true],
    'home nonce never given': [136, true],
    'care-of nonce never given': [137, true],
    'nonces never given': [138, true],
    'expired nonces': [138, true],
  });
  assert.equal(flood.unchanged, true);
  assert.equal(flood.logged, 0);
  assert.ok(flood.grownKb < 8 * 1024, `${flood.grownKb} kB more after 4000 Home Test Inits`);
  const counters = await countersOf(run, 'correspondent-node');
  assert.deepEqual(picked(counters, /^(discarded|rejected|Xfrm)/), {
    'discarded.circular-reference': 1,
    'discarded.missing-authorization-data': 1,
    'discarded.missing-nonce-indices': 1,
    'discarded.wrong-authenticator': 5,
    'rejected.131': 1,
    'rejected.135': 4,
    'rejected.136': 1,
    'rejected.137': 1,
    'rejected.138': 2,
    'rejected.139': 1,
  });
  assert.ok(Number(counters['received.home-test-init']) > 4400);
  // The answer to the replay of its own update reaches the member, which awaits none.
  const member = await countersOf(run, 'node1');
  assert.equal(member['discarded.acknowledgement-without-update'], 1);
});

test('home agent and contact node: what is not in ESP, or replayed, or never asked for, changes nothing and is counted', async () => {
  const files = {
    ...(await guestFiles('mip6.py', 'attack_home.py')),
    'download.json': downloadConfig({}, { bytes: 600_000 }),
  };
  const body = `
${STRANGER}
mkfifo /run/recording
on ha1 /usr/bin/python3 attack_home.py record ha1-eth1 /run/job/registration >/run/recording &
recorder=$!
read -r -t 60 _ </run/recording
start_all
wait "$recorder"
kernel_state before
on router /usr/bin/python3 attack_home.py attack /run/job/registration >report.json
kernel_state after
download /run/job/download.json
finish_all`;
  await using run = await runMobilityTestbed({ body, files });
  assert.equal(run.status, 0, run.console);
  assert.deepEqual(JSON.parse(await run.file('report.json')), { attacks: 15, leaked: false });
  for (const machine of ['ha1', 'node1', 'client']) {
    const state = async (when: string) =>
      (await run.file(`${when}/${machine}`)).replaceAll(/.*anti-replay.*/g, '');
    assert.equal(await state('after'), await state('before'), machine);
  }
  assert.deepEqual(picked(await countersOf(run, 'ha1'), /^(binding-error|discarded|rejected|send|Xfrm)/), {
    'binding-error.2': 1,
    'discarded.unknown-message-type': 1,
    XfrmInNoStates: 1,
    XfrmInStateProtoError: 1,
    XfrmInStateSeqError: 1,
    XfrmInTmplMismatch: 4,
  });
  const member = picked(await countersOf(run, 'node1'), /^(discarded|Xfrm)/);
  assert.equal(member.XfrmInTmplMismatch, 1);
  assert.equal(member['discarded.unknown-message-type'], 1);
  assert.equal(member['discarded.unmatched-care-of-test'], 1);
  assert.equal(member['discarded.acknowledgement-without-update'], 1);
  assert.equal(member['discarded.binding-error-without-binding'], 1);
  assert.equal(member['discarded.home-test-for-nobody'], 1);
  // Both Binding Errors have arrived; a correspondent node has no use for them.
  const client = await countersOf(run, 'correspondent-node');
  assert.equal(client['received.binding-error'], 2);
  const finished = (await run.events('client')).find(({ event }) => event === 'repetition-finished');
  assert.equal(finished?.ok, true);
});

async function countersOf(run: MobilityTestbedRun, name: string): Promise<Record<string, unknown>> {
  const counters = (await run.events(name)).find(({ event }) => event === 'counters');
  assert.ok(counters, `${name} wrote no counters`);
  return counters;
}

function picked(counters: Record<string, unknown>, names: RegExp): Record<string, unknown> {
  return Object.fromEntries(Object.entries(counters).filter(([name]) => names.test(name)));
}
