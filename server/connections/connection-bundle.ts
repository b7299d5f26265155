import { ProtocolError } from '../../mip6/roles/errors.ts';
import { FrameOctets, u8, u16, u32 } from '../frame-octets.ts';

/** One connection of a client, as it travels from donor to acceptor. */
export interface BundledConnection {
  readonly clientPort: number;
  readonly servicePort: number;
  readonly tcpState: Uint8Array;
  readonly applicationState: Uint8Array;
}

const MOST_CONNECTIONS = 255;

/**
 * All connections of one client to one contact address, as the TCP state of an Init: their number (u8), then for each the
 * client's port and ours (u16 each), and both states with their lengths in front (u32). Throws ProtocolError beyond 255.
 */
export function encodeBundle(connections: readonly BundledConnection[]): Uint8Array {
  if (connections.length > MOST_CONNECTIONS)
    throw new ProtocolError(`${connections.length} connections of one client are too many to move`);
  const parts = connections.flatMap(({ clientPort, servicePort, tcpState, applicationState }) => [
    u16(clientPort),
    u16(servicePort),
    u32(tcpState.length),
    tcpState,
    u32(applicationState.length),
    applicationState,
  ]);
  return Buffer.concat([u8(connections.length), ...parts]);
}

/** The same back. Throws ProtocolError on anything else. */
export function decodeBundle(bytes: Uint8Array): readonly BundledConnection[] {
  const body = new FrameOctets(bytes);
  const connections = Array.from({ length: body.u8() }, (): BundledConnection => {
    const [clientPort, servicePort] = [body.u16(), body.u16()];
    return {
      clientPort,
      servicePort,
      tcpState: body.bytes(body.u32()),
      applicationState: body.bytes(body.u32()),
    };
  });
  body.end();
  return connections;
}
