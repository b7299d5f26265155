import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sessionBehind, type WebSession } from '../../applications/web-session.ts';

const document = 'the document, octet by octet';
const head = 'HTTP/1.1 200 OK\r\n\r\n';

/** What a member writes for a session. */
function output({ response, headSent }: WebSession): string {
  if (response === undefined) return '';
  return (headSent ? '' : response.head) + document.slice(response.offset, response.end);
}

test('wherever a client stands in a response, what is written from there on is the rest of it', () => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.nat(document.length),
      fc.nat(document.length),
      fc.nat(60),
      (headSent, a, b, sent) => {
        const [offset, end] = [Math.min(a, b), Math.max(a, b)];
        const response = { head, document: '/document', offset, end, keepAlive: true };
        const session = { input: 'next', headSent, response };
        const behind = sessionBehind(session, sent);
        assert.equal(output(behind), output(session).slice(sent));
        assert.equal(behind.input, 'next');
      },
    ),
  );
  const idle = { input: 'GET', headSent: false };
  assert.deepEqual(sessionBehind(idle, 0), idle);
});
