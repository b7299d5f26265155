import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tsharkFields } from '../support/capture-tshark.ts';
import { guestFiles } from '../support/guest-files.ts';
import { downloadConfig, runMobilityTestbed } from '../support/mobility-testbed.ts';

test('a Home Address option without a binding is answered by Binding Errors, not too many', async () => {
  const body = `
start correspondent-node
ready 1
ip -n router addr add 2001:db8:66::2/64 dev lo nodad
on router /usr/bin/python3 unknown_home_address.py >errors.json
finish correspondent-node`;
  const files = await guestFiles('mip6.py', 'unknown_home_address.py');
  await using run = await runMobilityTestbed({ body, files, capture: true });
  assert.equal(run.status, 0, run.console);
  const answer = ['2001:db8:c::2', '2001:db8:66::2', null, 1, '2001:db8:66::1'];
  assert.deepEqual(JSON.parse(await run.file('errors.json')), [answer, answer, answer]);
  const dissected = tsharkFields(
    join(run.folder, 'capture.pcap'),
    ['ipv6.src', 'ipv6.dst', 'mip6.be.status', 'mip6.be.haddr'],
    '-Y',
    'mip6.mhtype == 7 && sll.pkttype == 0',
  );
  assert.deepEqual(
    dissected,
    Array.from({ length: 3 }, () => ['2001:db8:c::2', '2001:db8:66::2', '1', '2001:db8:66::1']),
  );
  const counters = (await run.events('correspondent-node')).find(({ event }) => event === 'counters');
  assert.equal(counters?.['binding-error.1'], 3);
  assert.equal(counters?.['discarded.binding-error-rate'], 17);
  assert.equal(counters?.XfrmInNoPols, 20);
});

test('a client whose correspondent node is restarted in the middle of a transfer gets every octet', async () => {
  const settings = { csMs: [20], ssMs: [10], firstBytes: [300_000] };
  const files = { 'download.json': downloadConfig({ settings }, { bytes: 2_000_000 }) };
  // At 2 Mbit/s: the donor's part takes 1.2 s; the restarts come while the acceptor sends.
  const body = `
start_all
download /run/job/download.json &
client=$!
sleep 5
crash correspondent-node
start correspondent-node
ready 1
sleep 2
finish correspondent-node
start correspondent-node
ready 1
wait "$client"
finish_all`;
  await using run = await runMobilityTestbed({ body, files, settings, capture: true });
  assert.equal(run.status, 0, run.console);
  const finished = (await run.events('client')).find(({ event }) => event === 'repetition-finished');
  assert.equal(finished?.ok, true, String(finished?.problem));
  const member = await run.events('node2');
  const errors = member.filter(({ event }) => event === 'binding-error');
  assert.equal(errors.length, 2);
  // Each is followed by return routability and a binding anew.
  assert.equal(member.filter(({ event }) => event === 'binding-acknowledged').length, 3);
  const counters = (await run.events('correspondent-node')).filter(({ event }) => event === 'counters');
  assert.deepEqual(
    counters.map((one) => Number(one['binding-error.1'] ?? 0) > 0),
    [true, true],
  );
});
