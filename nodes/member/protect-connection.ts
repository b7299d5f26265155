import type net from 'node:net';
import type { ProtectionOptions } from '../../applications/server-library.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { NOT_MOBILE } from '../../server/successor/holder-backup.ts';
import type { Protection } from '../../server/successor/holder-types.ts';
import type { Survival } from './survival/survival.ts';

/** What an application's request to protect a connection comes to: see `ServerLibrary`. Throws TypeError or RangeError for wrong arguments. */
export function protect(
  survival: Survival | undefined,
  isPlain: (client: Ipv6Address) => boolean,
  socket: net.Socket,
  state: Uint8Array,
  options: ProtectionOptions,
): Protection | Promise<Protection> {
  if (!(state instanceof Uint8Array))
    throw new TypeError('the application state of a protected connection must be a Uint8Array');
  const { sent = 0, input = 'unprotected' } = options;
  if (!Number.isInteger(sent) || sent < 0)
    throw new RangeError(`sent: expected octets that have been written, not ${sent}`);
  if (input !== 'gated' && input !== 'unprotected')
    throw new RangeError(`input: expected 'gated' or 'unprotected', not ${JSON.stringify(input)}`);
  const unprotected = (reason: string): Protection => ({ kind: 'unprotected', reason });
  if (survival === undefined) return unprotected('the group of the contact address has no replicas');
  if (socket.destroyed || socket.remoteAddress === undefined) return unprotected('the connection has ended');
  const client = ipv6(socket.remoteAddress);
  return isPlain(client) ? unprotected(NOT_MOBILE) : survival.protect(socket, client, state, options);
}
