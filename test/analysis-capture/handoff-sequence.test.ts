import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { handoffSequence } from '../../analysis/handoff-sequence.ts';
import { tsharkFields } from '../support/capture-tshark.ts';
import { throwsDecodeError } from '../support/decode-error.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';

function cellWith(prepareAtMs?: number, initBodyOctets = 91): SyntheticCell {
  const script = new HandoffScript();
  script.openChannel(0);
  const prepare = prepareAtMs === undefined ? {} : { prepareAtMs };
  script.session({ startMs: 1000, clientPort: 40_000, initAtMs: 203, initBodyOctets, ...prepare });
  return new SyntheticCell(script.hops, [{ repetition: 0, atMs: 3000 }]);
}

/** The diagram's arrows as lines of text. */
async function arrows(cell: SyntheticCell): Promise<string[]> {
  const steps = await handoffSequence(cell.folder, 0);
  return steps.map(
    ({ t, arrives, from, to, label }) => `${t} → ${arrives ?? 'lost'} ${from} → ${to}: ${label}`,
  );
}

test('drain: every message of the handoff stands in order, hop by hop, with both its times', async () => {
  using cell = cellWith();
  assert.deepEqual(await arrows(cell), [
    '122.25 → 162.25 node1 → client: last data of the donor',
    '162.25 → 202.25 client → node1: last acknowledgement to the donor',
    '203 → 223 node1 → node2: Init (96 octets)',
    '223.5 → 243.5 node2 → node1: HoTI',
    '223.6 → 263.6 node2 → client: CoTI',
    '244 → 284 node1 → client: HoTI',
    '263.7 → 303.7 client → node2: CoT',
    '284.1 → 324.1 client → node1: HoT',
    '324.5 → 344.5 node1 → node2: HoT',
    '345.25 → 385.25 node2 → client: BU (sequence 42)',
    '385.5 → 425.5 client → node2: BA (sequence 42, status 0)',
    '426.75 → 466.75 node2 → client: first data of the acceptor',
    '428.25 → 448.25 node2 → node1: Done (11 octets)',
    '509.75 → 549.75 node2 → client: BU (sequence 43, deletes the binding)',
    '550.25 → 590.25 client → node2: BA (sequence 43, status 0)',
  ]);
});

test('drain+advance-rr: return routability stands before Init', async () => {
  using cell = cellWith(123);
  const lines = await arrows(cell);
  assert.deepEqual(lines.map((line) => line.replace(/^.*: /, '')).slice(0, 8), [
    'last data of the donor',
    'Prepare (41 octets)',
    'HoTI',
    'CoTI',
    'last acknowledgement to the donor',
    'HoTI',
    'CoT',
    'Init (96 octets)',
  ]);
});

test('an Init of many packets shows its first and its last', async () => {
  using cell = cellWith(undefined, 4000);
  const lines = (await arrows(cell)).filter((line) => line.includes('Init'));
  assert.deepEqual(lines, [
    '203 → 223 node1 → node2: Init, first packet',
    '207 → 227 node1 → node2: Init, last packet (4005 octets in all)',
  ]);
});

test("packet numbers are tshark's", async () => {
  using cell = cellWith();
  const capture = path.join(cell.folder, 'router.pcap');
  const update = (await handoffSequence(cell.folder, 0)).find(({ label }) => label === 'BU (sequence 42)');
  const [first] = tsharkFields(capture, ['frame.number'], '-Y', 'mip6.mhtype == 5 && sll.pkttype == 0');
  assert.equal(String(update?.packetNumber), first?.[0]);
});

test('the synthetic captures of these tests are good packets to tshark', () => {
  using cell = cellWith(123);
  const capture = path.join(cell.folder, 'router.pcap');
  const checks = ['-o', 'tcp.check_checksum:TRUE'];
  assert.deepEqual(
    tsharkFields(
      capture,
      ['frame.number'],
      '-Y',
      '_ws.malformed || _ws.expert.group == "Checksum"',
      ...checks,
    ),
    [],
  );
  const types = tsharkFields(capture, ['mip6.mhtype'], '-Y', 'mip6.mhtype && sll.pkttype == 0').flat();
  assert.deepEqual(types, ['1', '2', '1', '4', '3', '3', '5', '6', '5', '6']);
});

test('a repetition that is not there is refused', async () => {
  using cell = cellWith();
  const outcome = await handoffSequence(cell.folder, 7).then(
    () => assert.fail('gave a sequence'),
    (error: unknown) => error,
  );
  throwsDecodeError(
    () => {
      throw outcome;
    },
    { field: 'repetition' },
  );
});
