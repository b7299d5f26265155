/** Kinds of TCP options, RFC 9293 §3.2, RFC 2018, RFC 7323 §3.2. */
export const SEGMENT_OPTION = { end: 0, none: 1, selectiveAcknowledgement: 5, timestamps: 8 } as const;
/** kind and length */
const HEAD_OCTETS = 2;
const TIMESTAMPS_DATA_OCTETS = 8;

/** The options of a TCP header, in order, as far as they are some: the kernel, too, reads on no further. */
export function* segmentOptions(
  options: Buffer,
): Generator<{ readonly kind: number; readonly data: Buffer }, void, undefined> {
  for (let at = 0; at < options.length && options[at] !== SEGMENT_OPTION.end; ) {
    const kind = options[at]!;
    if (kind === SEGMENT_OPTION.none) {
      at += 1;
      continue;
    }
    const length = options[at + 1] ?? 0;
    if (length < HEAD_OCTETS || at + length > options.length) return;
    yield { kind, data: options.subarray(at + HEAD_OCTETS, at + length) };
    at += length;
  }
}

/** TSval and TSecr (RFC 7323 §3.2) among these options; undefined without. */
export function timestampsIn(options: Buffer): { readonly value: number; readonly echo: number } | undefined {
  let found: { readonly value: number; readonly echo: number } | undefined;
  for (const { kind, data } of segmentOptions(options))
    if (kind === SEGMENT_OPTION.timestamps && data.length === TIMESTAMPS_DATA_OCTETS)
      found = { value: data.readUInt32BE(0), echo: data.readUInt32BE(4) };
  return found;
}
