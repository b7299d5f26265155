import type { KernelObject } from '../../linux/objects/types.ts';
import { ANYWHERE, host } from '../../linux/recipes/parts.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

const TCP = 6;
const TUNNEL = 'tmem0';
const FORWARDING = { table: 200, preference: 50, localPreference: 100 } as const;
const RETURN = { table: 100, preference: 1000 } as const;

/** The addresses of a classic front end and of its one back-end server. */
interface FrontEndPair {
  /** what clients connect to */
  readonly serviceAddress: Ipv6Address;
  readonly frontEnd: Ipv6Address;
  readonly backEnd: Ipv6Address;
}

/**
 * A front end that forwards in the kernel, as the Linux Virtual Server does in its tunnelling mode: it owns the service address,
 * and each packet to the service that comes in by `device` goes on to the back end, IPv6 in IPv6 (RFC 2473). What comes back through the same
 * tunnel goes on to the client.
 */
export function frontEnd(
  { serviceAddress, frontEnd: local, backEnd: remote }: FrontEndPair,
  { device, servicePort }: { readonly device: string; readonly servicePort: number },
): KernelObject[] {
  return [
    { kind: 'tunnel', name: TUNNEL, local, remote },
    { kind: 'address', address: serviceAddress, device: 'lo', skipDuplicateDetection: true },
    { kind: 'local-rule', preference: FORWARDING.localPreference },
    { kind: 'route', destination: ANYWHERE, device: TUNNEL, table: FORWARDING.table },
    {
      kind: 'rule',
      preference: FORWARDING.preference,
      to: host(serviceAddress),
      incomingDevice: device,
      protocol: TCP,
      destinationPort: servicePort,
      table: FORWARDING.table,
    },
  ];
}

/**
 * Its back end has the service address too, where nobody on the network sees it, and answers through the tunnel, or with
 * `directReturn` straight to the client (direct server return).
 */
export function backEnd(
  { serviceAddress, frontEnd: remote, backEnd: local }: FrontEndPair,
  { directReturn }: { readonly directReturn: boolean },
): KernelObject[] {
  const answers: KernelObject[] = [
    { kind: 'route', destination: ANYWHERE, device: TUNNEL, table: RETURN.table },
    { kind: 'rule', preference: RETURN.preference, from: host(serviceAddress), table: RETURN.table },
  ];
  return [
    { kind: 'tunnel', name: TUNNEL, local, remote },
    { kind: 'address', address: serviceAddress, device: 'lo', skipDuplicateDetection: true },
    ...(directReturn ? [] : answers),
  ];
}
