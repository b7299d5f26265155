/** A part of a document, octets [first, last], from one of the server's addresses. */
interface ByteRange {
  readonly server: string;
  readonly first: number;
  readonly last: number;
}

export interface CurlOptions {
  readonly port: number;
  /** path of the document */
  readonly document: string;
  /** of each range, from its beginning */
  readonly timeoutMs: number;
  /** where the range of this index goes to */
  readonly fileOf: (index: number) => string;
}

/** The document cut into one range per server, of equal size to an octet, in the order of the servers. */
export function equalRanges(servers: readonly string[], bytes: number): readonly ByteRange[] {
  const cut = (index: number): number => Math.round((index * bytes) / servers.length);
  return servers.map((server, index) => ({ server, first: cut(index), last: cut(index + 1) - 1 }));
}

/** Command line of one curl that fetches all ranges at the same time and prints a line for each, see `refusedRanges`. */
export function curlArguments(ranges: readonly ByteRange[], options: CurlOptions): readonly string[] {
  const { port, document, timeoutMs, fileOf } = options;
  const transfers = ranges.map(({ server, first, last }, index) => [
    ...(index === 0 ? [] : ['--next']),
    ...['--silent', '--show-error', '--fail', '--max-time', String(timeoutMs / 1000)],
    ...['--range', `${first}-${last}`, '--output', fileOf(index)],
    ...['--write-out', '%{http_code} %{size_download} %{url}\\n', urlOf(server, port, document)],
  ]);
  // Without `immediate` curl waits for the first connection, in case that it can carry the others.
  const parallel = ['--parallel', '--parallel-immediate', '--parallel-max', String(ranges.length)];
  return [...parallel, ...transfers.flat()];
}

/** What curl's report says of ranges that are not `206 Partial Content` of the right size; '' when all are. */
export function refusedRanges(report: string, ranges: readonly ByteRange[], options: CurlOptions): string {
  const { port, document } = options;
  const lines = new Set(report.split('\n'));
  return ranges
    .map(({ server, first, last }) => ({ server, octets: last - first + 1 }))
    .filter(({ server, octets }) => !lines.has(`206 ${octets} ${urlOf(server, port, document)}`))
    .map(({ server, octets }) => `no range of ${octets} octets from ${server}`)
    .join('; ');
}

function urlOf(server: string, port: number, document: string): string {
  return `http://[${server}]:${port}${document}`;
}
