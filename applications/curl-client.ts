import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { ms, octets, port, positiveMs } from '../nodes/support/config-numbers.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { repetitionSettings, runRepetitions } from '../nodes/support/repetitions.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { type CurlOptions, curlArguments, equalRanges, refusedRanges } from './curl-ranges.ts';
import { documentPart } from './document.ts';

/** The client of a parallel download: stock curl, once per repetition, then the ranges are joined and checked. */
const node = startNode(
  'curl-client',
  'fetches a document with curl, a range from each address of the server at the same time, and checks every octet',
  strictObject({
    /** the server's contact addresses */
    servers: z.array(z.ipv6()),
    port: port,
    /** path of the document, e.g. /document */
    document: z.string(),
    bytes: octets,
    ...repetitionSettings,
    /** a range that has not ended by then has failed, and the repetition with it */
    timeoutMs: positiveMs,
    /** after the last repetition: time for both ends to finish with the connections before the network goes away */
    lingerMs: ms,
  }),
);

const { servers, bytes } = node.config;
const ranges = equalRanges(servers, bytes);
const expected = createHash('sha256').update(documentPart(0, bytes)).digest('hex');

async function runOne(repetition: number): Promise<boolean> {
  const { port, document, timeoutMs } = node.config;
  const folder = mkdtempSync(join(tmpdir(), 'parts-'));
  const fileOf = (index: number): string => join(folder, String(index));
  try {
    node.log.write('repetition-started', { repetition });
    const problem = await curl({ port, document, timeoutMs, fileOf });
    const joined = Buffer.concat(ranges.map((_, index) => contentOf(fileOf(index))));
    const sha256 = createHash('sha256').update(joined).digest('hex');
    const ok = problem === '' && sha256 === expected;
    const told = { repetition, bytes: joined.length, sha256, expected, ok, problem };
    node.log.write('repetition-finished', told);
    return ok;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One curl for all ranges; '' when each has come as asked for, else what went wrong. */
function curl(options: CurlOptions): Promise<string> {
  return new Promise((resolve) =>
    execFile('curl', curlArguments(ranges, options), (error, report, complaint) =>
      resolve(error === null ? refusedRanges(report, ranges, options) : complaint.trim() || String(error)),
    ),
  );
}

/** Of a range that never came: nothing. */
function contentOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0);
  }
}

node.ready();
runRepetitions(node.config, runOne).then((good) =>
  setTimeout(() => node.end(good ? 0 : 1), node.config.lingerMs),
);
