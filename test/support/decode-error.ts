import assert from 'node:assert/strict';
import { DecodeError, type DecodeErrorCode } from '../../mip6/wire/decode-error.ts';

/** Asserts that `action` throws a DecodeError with these properties. */
export function throwsDecodeError(
  action: () => unknown,
  expected: { code?: DecodeErrorCode; field?: string; offset?: number } = {},
): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof DecodeError, `threw ${String(error)} instead of a DecodeError`);
    const { code, field, offset } = error;
    assert.deepStrictEqual({ code, field, offset, ...expected }, { code, field, offset });
    return true;
  });
}
