import { BindingErrorStatus } from '../../mip6/wire/constants.ts';
import type { SignallingMessage } from './signalling.ts';

/**
 * Whether a Binding Error reports an unknown binding just after the Binding Update that deleted it: of those that had left
 * towards the client by then, the one with the highest sequence number has lifetime 0.
 */
export function followsDeletion(error: SignallingMessage, signalling: readonly SignallingMessage[]): boolean {
  const { message, source: client, arrived } = error;
  if (message.kind !== 'binding-error' || arrived === undefined) return false;
  if (message.status !== BindingErrorStatus.unknownBindingForHomeAddressOption) return false;
  let latest: { readonly sequence: number; readonly lifetimeSeconds: number } | undefined;
  for (const { message: update, destination, left } of signalling) {
    const delivered = left !== undefined && left.timeNs <= arrived.timeNs && destination === client;
    if (update.kind !== 'binding-update' || !delivered) continue;
    if (latest === undefined || isNewer(update.sequence, latest.sequence)) latest = update;
  }
  return latest?.lifetimeSeconds === 0;
}

/** Modulo 2¹⁶, RFC 6275 §9.5.1. */
function isNewer(sequence: number, than: number): boolean {
  return (sequence - than) << 16 > 0;
}
