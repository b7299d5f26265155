import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { documentPart } from '../../applications/document.ts';
import { DownloadServer } from '../../applications/download-server.ts';
import { ItineraryServer } from '../../applications/itinerary-server.ts';
import type { ApplicationHost, ServerApplication } from '../../applications/server-application.ts';
import { SessionServer } from '../../applications/session-server.ts';
import { WebServer } from '../../applications/web-server.ts';
import createCountingServer from '../../examples/counting-server.ts';
import { duplicateDescriptor } from '../../linux/socket-libc.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { clientListener, clientSocket } from '../../nodes/support/client-socket.ts';

const client = ipv6('::1');
const OCTETS = 3_000_000;
const document = Buffer.from(documentPart(0, OCTETS));
const itinerary = JSON.stringify({ bytes: OCTETS, upload: 0, variant: 'drain', legs: [] });
const get = 'GET /document HTTP/1.1\r\nHost: x\r\n';

/** Each application, what asks it for the document, and what stands before and behind the document in its answer. */
const applications: readonly {
  readonly name: string;
  readonly application: ServerApplication;
  readonly request: string;
  readonly answers: (all: Buffer) => Buffer;
}[] = [
  {
    name: 'web, a last request',
    application: web(),
    request: `${get}Connection: close\r\n\r\n`,
    answers: behindHead,
  },
  // The client's end says that no request follows; the connection would have been kept.
  { name: 'web, keep-alive', application: web(), request: `${get}\r\n`, answers: behindHead },
  {
    name: 'download',
    application: new DownloadServer({ kind: 'download', firstBytes: 0, variant: 'drain', waitMs: 0 }),
    request: `GET ${OCTETS}\n`,
    answers: (all) => all,
  },
  {
    name: 'session',
    application: new SessionServer({ kind: 'session', firstBytes: 0, variant: 'drain' }),
    request: `GET ${OCTETS}\n`,
    answers: (all) => all,
  },
  {
    name: 'itinerary',
    application: new ItineraryServer(),
    request: `${itinerary}\n`,
    answers: (all) => all.subarray(0, -4),
  },
];

const opened: { close(): void }[] = [];
after(() => {
  for (const one of opened) one.close();
});

function web(): WebServer {
  return new WebServer({ kind: 'web', root: '/none', generated: { '/document': OCTETS } });
}

function behindHead(all: Buffer): Buffer {
  return all.subarray(all.indexOf('\r\n\r\n') + 4);
}

/** The application behind a member's own listener; what it closes is closed as the library does. */
async function serve(application: ServerApplication, onClose: () => void = () => undefined): Promise<number> {
  const server = {
    clientReceive: () => undefined,
    clientSurvives: () => undefined,
    resumable: () => undefined,
    protect: () => Promise.resolve({ kind: 'protected' }),
    clientState: () => undefined,
    prepare: () => false,
    clientClose: (socket: net.Socket) => {
      onClose();
      socket.resume();
      socket.end();
      return Promise.resolve();
    },
  };
  const log = { write: (event: string) => assert.fail(event) };
  application.start({ server, log } as unknown as ApplicationHost);
  const listener = clientListener((socket) => application.onConnection(socket, client)).listen(0, '::1');
  opened.push(listener);
  await once(listener, 'listening');
  return (listener.address() as net.AddressInfo).port;
}

/** All that comes, to an orderly end; `socket` may have written, and may have ended. */
async function heard(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'end');
  socket.end();
  return Buffer.concat(chunks);
}

function connect(port: number): net.Socket {
  return net.connect({ port, host: '::1', allowHalfOpen: true });
}

for (const { name, application, request, answers } of applications) {
  test(`${name}: who closes its side behind the request, or in the middle of the answer, gets all of it`, async () => {
    const port = await serve(application);
    const early = connect(port);
    early.end(request);
    assert.ok(answers(await heard(early)).equals(document), 'closed behind the request');
    const late = connect(port);
    late.write(request);
    late.once('data', () => late.end());
    assert.ok(answers(await heard(late)).equals(document), 'closed in the middle of the answer');
  });

  test(`${name}: who closes its side without a request is closed as well`, async () => {
    const socket = connect(await serve(application));
    socket.end();
    assert.equal((await heard(socket)).length, 0);
  });
}

test('the counting server of the examples answers the lines before the end, and closes', async () => {
  const socket = connect(await serve(createCountingServer({ nextMember: '::2' })));
  socket.end('one\ntwo\n');
  assert.equal((await heard(socket)).toString(), '2\n');
});

test('a connection made out of its descriptor is answered as an accepted one is', async () => {
  const accepted = Promise.withResolvers<net.Socket>();
  const listener = clientListener(accepted.resolve).listen(0, '::1');
  await once(listener, 'listening');
  const far = connect((listener.address() as net.AddressInfo).port);
  far.end('asked');
  const original = await accepted.promise;
  const again = clientSocket(duplicateDescriptor(descriptorOf(original)));
  again.resume();
  await once(again, 'end');
  again.end(document);
  original.destroy();
  listener.close();
  assert.ok((await heard(far)).equals(document));
});

test('a client that resets in the middle of a document ends its connection, and nothing is read on for it', async () => {
  const closed = Promise.withResolvers<void>();
  const endless = new WebServer({ kind: 'web', root: '/none', generated: { '/document': 1e12 } });
  const socket = connect(await serve(endless, closed.resolve)).on('error', () => undefined);
  socket.write(`${get}\r\n`);
  await once(socket, 'data');
  socket.resetAndDestroy();
  await closed.promise;
});
