import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import { decodeTcpState } from '../../linux/tcp/state-codec.ts';
import { whyImpossible } from '../../linux/tcp/state-ranges.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { type ExpectedEnds, whyNotExpected } from '../../server/admission/connection-ends.ts';
import type { InitFrame } from '../../server/channel/channel-frames.ts';
import { decodeConnections } from '../../server/handoff/connection-bundle.ts';

/**
 * The connections that an Init brings, in its order: all of them are the client's connections to this service, whatever the donor
 * is. `onUnknownOption` is told the numbers of socket options that this member does not know, as often as they come. Throws
 * ProtocolError, or DecodeError, where one is not; nothing has been done for the Init by then.
 */
export function broughtStates(
  init: InitFrame,
  { contactAddress, servicePort }: Omit<ExpectedEnds, 'client'>,
  onUnknownOption: (wire: number) => void,
): readonly TcpConnectionState[] {
  const states = decodeConnections(init).map(({ tcpState }) =>
    decodeTcpState(tcpState, (wire) => onUnknownOption(wire)),
  );
  const reason = whyNotExpected(states, { client: init.client, contactAddress, servicePort });
  if (reason !== undefined) throw new ProtocolError(reason);
  for (const state of states) {
    const impossible = whyImpossible(state);
    if (impossible !== undefined)
      throw new ProtocolError(`the connection from port ${state.remote.port} has ${impossible}`);
  }
  return states;
}
