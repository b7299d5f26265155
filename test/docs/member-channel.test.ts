import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ATTENTION_MS, MOST_ODDITIES, PADDING_OCTETS } from '../../nodes/member/channel-link.ts';
import { DEFAULT_CHANNEL_TIMEOUT_MS } from '../../nodes/member/channel-options.ts';
import { MOST_KEYS } from '../../nodes/member/written-keys.ts';
import { RETRY_MS } from '../../server/channel/calls.ts';
import { FRAME_PATIENCE } from '../../server/channel/frame-buffer.ts';
import { largestBody } from '../../server/channel/frame-length.ts';
import {
  LONGEST_LIST,
  LONGEST_TEXT_OCTETS,
  MOST_CONNECTIONS,
  MOST_FORWARDED,
} from '../../server/channel/frame-limits.ts';
import { type FrameRow, frameTable } from '../../server/channel/frame-table.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../../server/channel/handshake.ts';
import { capabilities, ownAnnouncement } from '../../server/channel/versions.ts';
import { LARGEST_TRUST_GROUP } from '../../server/contact/epochs.ts';
import { isHandoffFrame } from '../../server/handoff/frames.ts';
import { axisValues } from '../../server/variants/axes.ts';

const page = readFileSync(new URL('../../docs/member-channel.md', import.meta.url), 'utf8');

/** Rows of the table whose head begins with these columns, cells without their marks. */
function table(...head: readonly string[]): readonly (readonly string[])[] {
  const lines = page.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${head.join(' | ')} |`));
  assert.ok(start >= 0, `no table ${head.join(', ')}`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  const cells = (line: string): readonly string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''));
  return rows.slice(0, end).map(cells);
}

const grouped = (value: number): string => value.toLocaleString('en-US');

test('the table of frames is the one that the channel works by', () => {
  const rows = frameTable.map(({ type, kind, since, secret, on, sender }: FrameRow) =>
    [type, kind, since, secret, on, grouped(largestBody(type)), sender].map(String),
  );
  assert.deepEqual(table('type', 'kind', 'since'), rows);
});

test('every type has its body described, once', () => {
  const numbers = table('type', 'body')
    // What comes in front of several bodies.
    .filter(([, body]) => body?.endsWith('then:') !== true)
    .flatMap(([types = '']) => types.split(', ').map(Number));
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    frameTable.map(({ type }) => type),
  );
});

test('a frame about a further contact address encloses those of handoffs', () => {
  const [, body = ''] = table('type', 'body').find(([type]) => type === '45') ?? [];
  const named = [...body.matchAll(/(\d+)(?: to (\d+))?/g)]
    .filter(([, first]) => first !== '8')
    .flatMap(([, first, last = first]) =>
      Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => Number(first) + index),
    );
  const enclosed = frameTable.filter(isHandoffFrame).map(({ type }) => type);
  assert.deepEqual(named, enclosed);
});

test('the table of axes is the one that members tell each other', () => {
  const rows = Object.entries(axisValues).map(([axis, values]) => [
    axis,
    'least' in values ? `${values.least} to ${values.most}` : (values as readonly string[]).join(', '),
  ]);
  assert.deepEqual(table('axis', 'values'), rows);
});

test('versions and capabilities are those of this release', () => {
  const versions = table('version', 'since');
  assert.deepEqual(
    versions.map(([number]) => Number(number)),
    Array.from({ length: ownAnnouncement.newest + 1 }, (_, number) => number),
  );
  for (const { kind, since } of frameTable)
    if (since > 0)
      assert.ok(versions[since]?.[2]?.includes(kind), `${kind} is not among what is new in ${since}`);
  assert.deepEqual(
    table('capability', 'bit').map(([name, bit]) => [name, Number(bit)]),
    Object.entries(capabilities),
  );
});

test('limits and timers are those of the code', () => {
  const values: Readonly<Record<string, number>> = {
    'octets of an Init': largestBody(3),
    'octets of padding that is sent': PADDING_OCTETS,
    'octets of a frame of an unknown type': largestBody(255),
    'octets of a reason': LONGEST_TEXT_OCTETS,
    'addresses in a list': LONGEST_LIST,
    'connections of a client in an Init': MOST_CONNECTIONS,
    'connections in a Forward': MOST_FORWARDED,
    'members of a trust group': LARGEST_TRUST_GROUP,
    'keys of a secret at a time': MOST_KEYS,
    'unknown and untrusted types told for each connection': MOST_ODDITIES,
    'ms for a handshake': HANDSHAKE_TIMEOUT_MS,
    'ms for a frame that has begun': FRAME_PATIENCE.ms,
    'octets for which it has another ms': FRAME_PATIENCE.octetsPerMs,
    'ms until octets without acknowledgement, or a call without answer, end a connection (channelTimeoutMs, default)':
      DEFAULT_CHANNEL_TIMEOUT_MS,
    'ms between two calls, at first': RETRY_MS.first,
    'ms between two calls, at most (each pause is twice the one before)': RETRY_MS.longest,
    'ms of silence before a keep-alive, while there are any': ATTENTION_MS,
  };
  assert.deepEqual(
    table('what', 'value'),
    Object.entries(values).map(([name, value]) => [name, grouped(value)]),
  );
});
