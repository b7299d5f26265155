import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { tsharkFields } from '../support/capture-tshark.ts';
import { runFig12Cell } from '../support/fig12-lab.ts';

/** Without reassembly: the capture has every packet twice, as it comes to the router and as it leaves. */
const OPTIONS = [
  'tcp.check_checksum:TRUE',
  'tcp.desegment_tcp_streams:FALSE',
  'tcp.analyze_sequence_numbers:FALSE',
];
/** `Bad` in every dissector's checksum status field; for Mobility Headers tshark has none, and the kernels' sockets are the judge. */
const BAD = 0;

test('tshark finds no malformed packet and no bad checksum in a capture of two bindings and a handoff', async () => {
  await using run = await runFig12Cell({ variant: 'drain+advance-rr' });
  assert.equal(run.status, 0, run.console);
  const capture = join(run.folder, 'router.pcap');
  const options = OPTIONS.flatMap((option) => ['-o', option]);
  const rows = tsharkFields(
    capture,
    [
      'frame.number',
      '_ws.malformed',
      '_ws.expert.severity',
      'tcp.checksum.status',
      'mip6.mhtype',
      'icmpv6.checksum.status',
      'ipv6.fraghdr',
    ],
    ...options,
  );
  assert.ok(rows.length > 2000);
  const bad = rows.filter(([, malformed, , tcp, , icmp, fragment]) => {
    const statuses = [tcp, icmp].flatMap((text) => text!.split(','));
    return malformed !== '' || fragment !== '' || statuses.includes(String(BAD));
  });
  assert.deepEqual(bad.slice(0, 10), []);
  // tshark looked: every TCP packet has a good checksum, not an unknown one, and all kinds of messages are there.
  const tcp = rows.filter(([, , , status]) => status !== '');
  assert.ok(tcp.length > 2000);
  assert.deepEqual(tcp.filter(([, , , status]) => status !== '1').slice(0, 10), []);
  const types = new Set(rows.flatMap(([, , , , type]) => type!.split(',')).filter((type) => type !== ''));
  assert.deepEqual(
    [...types].map(Number).sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 6],
  );
});
