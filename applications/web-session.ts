import type { WebResponse } from './web-request.ts';

/** All that a member needs to go on with a client's connection (paper §5: the application's state). */
export interface WebSession {
  /** octets of requests that have arrived and are not answered yet, one character each */
  input: string;
  /** the response under way; its `offset` is the next octet to send */
  response?: WebResponse;
  headSent: boolean;
  /** where the document of the response under way was begun, once its head is sent */
  first?: number;
}

/** The session as octets, for the next member. */
export function encodeSession(session: WebSession): Uint8Array {
  return Buffer.from(JSON.stringify(session), 'utf8');
}

/** The session from where `sent` octets of its response are at the client: one more than there are, its end is as well. */
export function sessionBehind({ response, headSent, ...rest }: WebSession, sent: number): WebSession {
  if (response === undefined) return { ...rest, headSent };
  const head = headSent ? 0 : response.head.length;
  const body = Math.max(0, sent - head);
  const offset = Math.min(response.end, response.offset + body);
  return sent < head
    ? { ...rest, response: { ...response, head: response.head.slice(sent) }, headSent: false }
    : { ...rest, response: { ...response, offset }, headSent: true };
}

/** The session of a member that has handed off to us, which is of our own group: it is taken at its word. */
export function decodeSession(octets: Uint8Array): WebSession {
  return JSON.parse(Buffer.from(octets).toString('utf8')) as WebSession;
}
