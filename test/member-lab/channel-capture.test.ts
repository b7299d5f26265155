import assert from 'node:assert/strict';
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFrameHeader } from '../../analysis/events/channel-frames.ts';
import { TlsKeyLog } from '../../analysis/events/channel-keys.ts';
import { type RepetitionTrace, traceCapture } from '../../analysis/events/handoff-events.ts';
import { ipv6FromBytes } from '../../mip6/wire/address.ts';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { tsharkFields } from '../support/capture-tshark.ts';
import { type MemberRun, runMembers } from '../support/member-lab.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { node1, node2 } = FIG9_ADDRESSES;
/** What the runner's header captures keep of a packet, SLL2's 20 octets in front. */
const SNAP_LENGTH = 276;
/** What TLS 1.3 adds to a record: header, content type, tag. */
const RECORD_OVERHEAD = 5 + 1 + 16;

/** The repetition as our analysis reads it, with the key log. */
function traceOf(file: string, { record, keyLog }: MemberRun): RepetitionTrace {
  const { repetitions } = traceCapture(file, record, new TlsKeyLog(keyLog));
  assert.equal(repetitions.length, 1);
  assert.deepEqual(repetitions[0]!.malformed, []);
  return repetitions[0]!;
}

/** Frames as tshark decrypts them from a full capture with the same key log: kind and octets, by the member that sent them. */
function tsharkFrames(file: string, keyFile: string): Record<string, { kind: string; octets: number }[]> {
  // One sighting of each packet: coming into the router.
  const incoming = `${file}.incoming`;
  const options: ExecFileSyncOptionsWithStringEncoding = { timeout: 60_000, encoding: 'utf8' };
  execFileSync(
    'tshark',
    ['-n', '-r', file, '-Y', 'tcp.port==7000 && sll.pkttype!=4', '-w', incoming],
    options,
  );
  const follow = [
    ...['-d', 'tcp.port==7000,tls', '-o', `tls.keylog_file:${keyFile}`, '-q', '-z', 'follow,tls,raw,0'],
    // Otherwise it takes Prepare for its own, and leaves it out of the stream.
    ...['--disable-protocol', 'rdpmt'],
  ];
  const lines = execFileSync('tshark', ['-n', '-r', incoming, ...follow], {
    ...options,
    maxBuffer: 2 ** 26,
  }).split('\n');
  const hex = lines.filter((line) => /^\t?[0-9a-f]+$/.test(line));
  const streamOf = (indented: boolean): Buffer =>
    Buffer.from(
      hex
        .filter((line) => line.startsWith('\t') === indented)
        .join('')
        .replaceAll('\t', ''),
      'hex',
    );
  return Object.fromEntries(
    [false, true].map((indented) => {
      const stream = streamOf(indented);
      // Hello says who speaks: behind the frame's header, its care-of address.
      return [ipv6FromBytes(stream.subarray(5, 21)), plainFrames(stream)];
    }),
  );
}

function plainFrames(stream: Buffer): { kind: string; octets: number }[] {
  const frames = [];
  for (let at = 0; at < stream.length; ) {
    const header = readFrameHeader(stream.subarray(at));
    assert.ok(header !== undefined, `no frame at octet ${at} of what tshark decrypts`);
    frames.push(header);
    at += header.octets;
  }
  return frames;
}

for (const variant of ['drain+advance-rr', 'baseline']) {
  test(`${variant}: header captures give the frames that tshark decrypts from the whole packets`, {
    timeout: 200_000,
  }, async (context) => {
    const run = await runMembers({ variant, capture: 'full' });
    await using folder = await temporaryFolder();
    const [file, cut, keyFile] = ['full.pcap', 'cut.pcap', 'tls_keys'].map((name) => join(folder.path, name));
    await writeFile(file!, run.capture);
    await writeFile(keyFile!, run.keyLog);
    execFileSync('editcap', ['-F', 'nsecpcap', '-s', String(SNAP_LENGTH), file!, cut!]);
    const ours = traceOf(cut!, run).frames;
    const theirs = tsharkFrames(file!, keyFile!);
    for (const member of [node1, node2]) {
      const sent = ours.filter(({ from }) => from === member).map(({ kind, octets }) => ({ kind, octets }));
      const [hello, padding, ...rest] = theirs[member]!;
      assert.deepEqual([hello?.kind, padding?.kind], ['hello', 'padding']);
      assert.deepEqual(sent, rest);
    }
    const init = ours.find(({ kind }) => kind === 'init');
    if (variant === 'baseline') assert.ok(init!.octets > 75_000, `${init!.octets} octets`);
    else
      await context.test(
        'an empty state is one segment, TLS and application state included; no handshake comes after the channel is open',
        () => assertOneSegmentEach(cut!, run),
      );
  });
}

function assertOneSegmentEach(file: string, run: MemberRun): void {
  const { frames, connection } = traceOf(file, run);
  for (const kind of ['prepare', 'init', 'done', 'released']) {
    const frame = frames.find((other) => other.kind === kind)!;
    assert.equal(
      frame.arriving.first?.packet,
      frame.arriving.last?.packet,
      `${kind} came in several packets`,
    );
    const number = String(frame.arriving.first?.packet);
    const [row] = tsharkFields(file, ['tcp.len'], '-Y', `frame.number==${number}`);
    assert.equal(Number(row?.[0]), frame.octets + RECORD_OVERHEAD, `${kind} shares its segment`);
  }
  const opened = tsharkFields(file, ['frame.number'], '-Y', 'tcp.port==7000 && tcp.flags.syn==1');
  assert.ok(opened.length > 0);
  for (const [number] of opened) assert.ok(Number(number) < connection.syn.packet, 'opened in the session');
}
