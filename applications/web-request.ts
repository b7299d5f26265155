/** A request's head, as far as a server of static files needs it. */
export interface WebRequest {
  readonly method: string;
  /** as in the request line */
  readonly target: string;
  readonly keepAlive: boolean;
  /** the Range header's value; '' when there is none that counts */
  readonly range: string;
}

/** What is to be sent for a request: a head, then octets [offset, end) of a document. */
export interface WebResponse {
  readonly head: string;
  /** below the document root; '' when there is no body to read */
  readonly document: string;
  readonly offset: number;
  readonly end: number;
  readonly keepAlive: boolean;
}

/** Octets of a request's head at most. */
export const MOST_HEAD_OCTETS = 16 * 1024;

/** Takes one request off the front of `input`; undefined while it is incomplete, `bad` when it is none (RFC 9112). */
export function takeRequest(
  input: string,
): { readonly request: WebRequest | 'bad'; readonly rest: string } | undefined {
  const end = input.indexOf('\r\n\r\n');
  if (end < 0) return input.length > MOST_HEAD_OCTETS ? { request: 'bad', rest: '' } : undefined;
  const [line = '', ...fields] = input.slice(0, end).split('\r\n');
  const rest = input.slice(end + 4);
  const [, method, target, version] = /^([A-Z]+) (\/\S*) HTTP\/1\.([01])$/.exec(line) ?? [];
  if (method === undefined || target === undefined) return { request: 'bad', rest };
  const header = (name: string): string =>
    fields
      .find((field) => field.toLowerCase().startsWith(`${name}:`))
      ?.slice(name.length + 1)
      .trim() ?? '';
  // Bodies are not for static files: one that is announced would be taken for the next request.
  if (header('content-length') !== '' || header('transfer-encoding') !== '')
    return { request: 'bad', rest: '' };
  const connection = header('connection').toLowerCase();
  const keepAlive = version === '1' ? connection !== 'close' : connection === 'keep-alive';
  // There are no validators here for If-Range to match (RFC 9110 §13.1.5).
  const range = header('if-range') === '' ? header('range') : '';
  return { request: { method, target, keepAlive, range }, rest };
}

/** The answer to a request for a document of `size` octets; `size` undefined: there is no such document (RFC 9110). */
export function respond(request: WebRequest, document: string, size: number | undefined): WebResponse {
  const { method, range, keepAlive } = request;
  if (method !== 'GET' && method !== 'HEAD')
    return failure('405 Method Not Allowed', keepAlive, ['Allow: GET, HEAD']);
  if (size === undefined) return failure('404 Not Found', keepAlive);
  // Ranges are defined for GET alone (RFC 9110 §14.2).
  const part = method === 'GET' ? rangeOf(range, size) : undefined;
  if (part === 'unsatisfiable') {
    return failure('416 Range Not Satisfiable', keepAlive, [`Content-Range: bytes */${size}`]);
  }
  const { offset, end } = part ?? { offset: 0, end: size };
  const fields = part === undefined ? [] : [`Content-Range: bytes ${offset}-${end - 1}/${size}`];
  const head = headOf(part === undefined ? '200 OK' : '206 Partial Content', end - offset, keepAlive, [
    'Accept-Ranges: bytes',
    'Content-Type: application/octet-stream',
    ...fields,
  ]);
  return method === 'HEAD'
    ? { head, document: '', offset: 0, end: 0, keepAlive }
    : { head, document, offset, end, keepAlive };
}

/** An answer without a document. */
export function failure(status: string, keepAlive: boolean, fields: readonly string[] = []): WebResponse {
  return { head: headOf(status, 0, keepAlive, fields), document: '', offset: 0, end: 0, keepAlive };
}

/** One range of octets (RFC 9110 §14.1.2); several at once, and other units, are answered with the whole document. */
function rangeOf(
  range: string,
  size: number,
): { readonly offset: number; readonly end: number } | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(range) ?? [];
  if (first === undefined || last === undefined || first + last === '') return undefined;
  const offset = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return offset < end ? { offset, end } : 'unsatisfiable';
}

function headOf(status: string, length: number, keepAlive: boolean, fields: readonly string[]): string {
  const connection = `Connection: ${keepAlive ? 'keep-alive' : 'close'}`;
  return [`HTTP/1.1 ${status}`, `Content-Length: ${length}`, connection, ...fields, '', ''].join('\r\n');
}
