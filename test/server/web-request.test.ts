import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_HEAD_OCTETS, respond, takeRequest, type WebRequest } from '../../applications/web-request.ts';

const get = (fields = '', line = 'GET /a HTTP/1.1') => takeRequest(`${line}\r\nHost: x\r\n${fields}\r\n`);
const request = (range: string, method = 'GET'): WebRequest => ({
  method,
  target: '/a',
  keepAlive: true,
  range,
});

test('requests are taken off one by one, and an incomplete one waits', () => {
  const taken = takeRequest('GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HT');
  assert.deepEqual(taken, {
    request: { method: 'GET', target: '/a', keepAlive: true, range: '' },
    rest: 'GET /b HT',
  });
  assert.equal(takeRequest('GET /b HT'), undefined);
});

test('keep-alive follows version and Connection', () => {
  const keepsAlive = (fields: string, line?: string): boolean | undefined => {
    const taken = get(fields, line)?.request;
    return taken === 'bad' ? undefined : taken?.keepAlive;
  };
  assert.equal(keepsAlive(''), true);
  assert.equal(keepsAlive('connection: Close\r\n'), false);
  assert.equal(keepsAlive('', 'GET /a HTTP/1.0'), false);
  assert.equal(keepsAlive('Connection: keep-alive\r\n', 'GET /a HTTP/1.0'), true);
});

test('what is no request, has a body or never ends is refused', () => {
  for (const line of ['nonsense', 'GET a HTTP/1.1', 'GET /a HTTP/2'])
    assert.equal(get('', line)?.request, 'bad');
  assert.equal(get('Content-Length: 3\r\n')?.request, 'bad');
  assert.equal(takeRequest('x'.repeat(MOST_HEAD_OCTETS + 1))?.request, 'bad');
});

test('ranges: closed, open, suffix, beyond the end, outside', () => {
  const part = (range: string) => {
    const { offset, end, head } = respond(request(range), 'a', 1000);
    return [head.slice(9, 12), offset, end];
  };
  assert.deepEqual(part(''), ['200', 0, 1000]);
  assert.deepEqual(part('bytes=10-19'), ['206', 10, 20]);
  assert.deepEqual(part('bytes=990-'), ['206', 990, 1000]);
  assert.deepEqual(part('bytes=-10'), ['206', 990, 1000]);
  assert.deepEqual(part('bytes=990-5000'), ['206', 990, 1000]);
  assert.deepEqual(part('bytes=1000-'), ['416', 0, 0]);
  assert.deepEqual(part('bytes=0-1,5-6'), ['200', 0, 1000]);
  assert.deepEqual(part('Bytes=0-0'), ['206', 0, 1]);
  assert.deepEqual(part('bytes=-5000'), ['206', 0, 1000]);
  assert.deepEqual(part('bytes=-0'), ['416', 0, 0]);
  for (const none of ['bytes=-', 'bytes=a-b', 'lines=1-2', '10-19'])
    assert.deepEqual(part(none), ['200', 0, 1000], none);
});

test('the heads of a range and of one that cannot be satisfied tell the size of the whole', () => {
  const { head } = respond(request('bytes=10-19'), 'a', 1000);
  assert.match(head, /\r\nContent-Length: 10\r\n/);
  assert.match(head, /\r\nContent-Range: bytes 10-19\/1000\r\n/);
  assert.match(respond(request('bytes=1000-'), 'a', 1000).head, /\r\nContent-Range: bytes \*\/1000\r\n/);
});

test('a range counts for GET alone, and not with an If-Range, which nothing here matches', () => {
  const { head } = respond(request('bytes=10-19', 'HEAD'), 'a', 1000);
  assert.match(head, /^HTTP\/1\.1 200 .*\r\nContent-Length: 1000\r\n/);
  const taken = get('Range: bytes=10-19\r\nIf-Range: "x"\r\n')?.request;
  assert.ok(taken !== undefined && taken !== 'bad');
  assert.equal(taken.range, '');
});

test('a missing document, another method and HEAD send a head alone', () => {
  assert.match(respond(request(''), 'a', undefined).head, /^HTTP\/1\.1 404 /);
  assert.match(respond(request('', 'PUT'), 'a', 5).head, /^HTTP\/1\.1 405 /);
  const head = respond(request('', 'HEAD'), 'a', 5);
  assert.match(head.head, /Content-Length: 5\r\n/);
  assert.equal(head.document, '');
});
