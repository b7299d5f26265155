import { readFileSync } from 'node:fs';
import net from 'node:net';
import * as z from 'zod/mini';
import { startNode } from '../../../nodes/support/node-process.ts';

/** What happens to connection `of`, so many ms after connection `after` has got so many octets of its document. */
const step = z.object({
  after: z.int(),
  octets: z.int(),
  delayMs: z.int(),
  of: z.int(),
  does: z.enum(['open', 'fin', 'rst']),
});

/** Opens connections, asks for a part of one document on each, and compares what comes. */
const node = startNode(
  'parallel-client',
  'several connections at once',
  z.object({
    server: z.ipv6(),
    port: z.int(),
    /** as the server has it, and as a file here */
    document: z.string(),
    file: z.string(),
    /** per connection: octets [first, end) */
    parts: z.array(z.tuple([z.int(), z.int()])),
    steps: z.array(step),
    /** until the end of this process, and for connections that have not come to theirs */
    timeoutMs: z.int(),
  }),
);
const { server, port, document, file, parts, steps, timeoutMs } = node.config;
const expected = readFileSync(file);
const sockets: (net.Socket | undefined)[] = parts.map(() => undefined);
let open = parts.length;

function start(index: number): void {
  const [first, end] = parts[index]!;
  const socket = net.connect({ host: server, port, allowHalfOpen: true });
  sockets[index] = socket;
  const heads = `Host: server\r\nRange: bytes=${first}-${end - 1}\r\nConnection: close`;
  const startedAt = performance.now();
  let answer = Buffer.alloc(0);
  socket.once('connect', () => {
    node.log.write('connected', { index, port: socket.localPort ?? 0, ms: performance.now() - startedAt });
    socket.write(`GET /${document} HTTP/1.1\r\n${heads}\r\n\r\n`);
  });
  socket.on('data', (chunk) => {
    const before = bodyOf(answer).length;
    answer = Buffer.concat([answer, chunk]);
    take(index, before, bodyOf(answer).length);
  });
  socket.once('end', () => socket.end());
  socket.once('error', (error) => node.log.write('connection-broken', { index, reason: String(error) }));
  socket.once('close', () => {
    const body = bodyOf(answer);
    const intact = body.equals(expected.subarray(first, end));
    node.log.write('connection-finished', { index, octets: body.length, intact });
    if (--open === 0) setTimeout(() => node.end(0), 5000);
  });
}

function bodyOf(answer: Buffer): Buffer {
  const at = answer.indexOf('\r\n\r\n');
  return at < 0 ? Buffer.alloc(0) : answer.subarray(at + 4);
}

function take(index: number, before: number, now: number): void {
  for (const { after, octets, delayMs, of, does } of steps) {
    if (after !== index || before >= octets || now < octets) continue;
    setTimeout(() => act(of, does), delayMs);
  }
}

function act(index: number, does: 'open' | 'fin' | 'rst'): void {
  node.log.write('acting', { index, does });
  if (does === 'open') start(index);
  else if (does === 'fin') sockets[index]?.end();
  else sockets[index]?.resetAndDestroy();
}

const later = new Set(steps.filter(({ does }) => does === 'open').map(({ of }) => of));
for (const index of parts.keys()) if (!later.has(index)) start(index);
setTimeout(() => {
  node.log.write('given-up', { open });
  node.end(1);
}, timeoutMs).unref();
node.ready();
