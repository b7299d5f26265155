import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';

/** Why what a peer has sent is refused, by the error that reading it threw; any other error is thrown on. */
export function refusalOf(error: unknown): string {
  if (error instanceof ProtocolError || error instanceof DecodeError) return error.message;
  throw error;
}
