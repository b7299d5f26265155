/** Why octets have no meaning, or a value has no octets. */
export type DecodeErrorCode =
  /** the input ends before the field does */
  | 'truncated'
  /** a length field contradicts the format, or points past its enclosing header */
  | 'illegal-length'
  /** a field holds a value the format forbids */
  | 'illegal-value'
  /** a well-formed element stands where it may not */
  | 'illegal-placement'
  /** a value handed to an encoder has no wire form */
  | 'not-representable';

/**
 * The only error of the wire layer: short or illegal input, or a value which cannot be encoded.
 *
 * `field` names the field, `offset` is its first octet counted from the start of the octets handed to the
 * parser, ready to be the pointer of an ICMPv6 Parameter Problem (RFC 6275 §9.2). `offset` is undefined when
 * the input was not octets.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code: DecodeErrorCode;
  readonly field: string;
  readonly offset: number | undefined;

  constructor(code: DecodeErrorCode, field: string, detail: string, offset?: number) {
    super(`${field}${offset === undefined ? '' : ` at octet ${offset}`}: ${detail}`);
    this.code = code;
    this.field = field;
    this.offset = offset;
  }
}

/** What `parse` gives; undefined where it throws a DecodeError. */
export function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

/** A DecodeError for a value that has no wire form. */
export function notRepresentable(field: string, detail: string): DecodeError {
  return new DecodeError('not-representable', field, detail);
}
