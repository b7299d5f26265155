import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { type FrameOctets, oneOf, u8, u16, u32 } from '../channel/frame-octets.ts';

/** What the contact node keeps in tables for others; it dies of age, or with a member of `::`. */
export type ContactEntry = {
  readonly client: Ipv6Address;
  readonly member: Ipv6Address;
  readonly lifetimeMs: number;
} & (
  | {
      /** paper §3.2: where a Home Test goes */
      readonly table: 'pending-handoff';
      /** 8 octets */
      readonly homeInitCookie: Uint8Array;
    }
  | {
      /** paper §7.2: who serves a connection of a client without Mobile IPv6 */
      readonly table: 'forwarding';
      readonly clientPort: number;
      readonly servicePort: number;
    }
  | {
      /** to whom the packets of a client with Mobile IPv6 go: nobody else could delete the binding of a member that has died */
      readonly table: 'bound';
      /** of the last Binding Update */
      readonly sequence: number;
    }
);

const tables: readonly ContactEntry['table'][] = ['pending-handoff', 'forwarding', 'bound'];

/** Table (u8), client (16), then cookie (8), both ports (u16 each) or sequence number (u16), then member (16), lifetime in ms (u32). */
export function encodeEntry(entry: ContactEntry): Buffer {
  const table = u8(tables.indexOf(entry.table));
  const { client, member, lifetimeMs } = entry;
  return Buffer.concat([table, ipv6ToBytes(client), keyOf(entry), ipv6ToBytes(member), u32(lifetimeMs)]);
}

/** Throws ProtocolError. */
export function decodeEntry(body: FrameOctets): ContactEntry {
  const [table, client] = [oneOf(tables, body.u8()), body.address()];
  const held = () => ({ client, member: body.address(), lifetimeMs: body.u32() });
  switch (table) {
    case 'pending-handoff': {
      const homeInitCookie = body.bytes(8);
      return { table, homeInitCookie, ...held() };
    }
    case 'forwarding': {
      const [clientPort, servicePort] = [body.u16(), body.u16()];
      return { table, clientPort, servicePort, ...held() };
    }
    case 'bound': {
      const sequence = body.u16();
      return { table, sequence, ...held() };
    }
    default:
      return table satisfies never;
  }
}

function keyOf(entry: ContactEntry): Buffer {
  switch (entry.table) {
    case 'pending-handoff':
      return Buffer.from(entry.homeInitCookie);
    case 'forwarding':
      return Buffer.concat([u16(entry.clientPort), u16(entry.servicePort)]);
    case 'bound':
      return u16(entry.sequence);
    default:
      return entry satisfies never;
  }
}
