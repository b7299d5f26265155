import {
  formatPrefix,
  type Ipv6Prefix,
  ipv6FromBytes,
  ipv6ToBytes,
  UNSPECIFIED,
} from '../../mip6/wire/address.ts';
import { attribute, nested, parseAttributes, readU32, u32Attribute } from '../netlink/attributes.ts';
import { emitStruct, layout, parseStruct } from '../netlink/layout.ts';
import { CREATE, EXCLUSIVE, type NetlinkRequest, REPLACE } from '../netlink/message.ts';
import type { KernelConnection, ObjectAdapter } from './adapter.ts';
import { AF_INET6, MAIN_TABLE } from './route-family.ts';
import type { RouteObject } from './types.ts';

const NEW = 24;
const DELETE = 25;
const GET = 26;
const BODY = layout('rtmsg', 12, {
  family: [0, 'u8'],
  destinationLength: [1, 'u8'],
  table: [4, 'u8'],
  protocol: [5, 'u8'],
  type: [7, 'u8'],
});
const ATTRIBUTE = { destination: 1, outgoing: 4, gateway: 5, metrics: 8, table: 15 } as const;
const METRIC_INITIAL_WINDOW = 11;
const PROTOCOL_BOOT = 3;
const UNICAST = 1;

/** RTM_NEWROUTE or RTM_DELROUTE; `outgoing` is the device's index. */
export function routeRequest(
  object: RouteObject,
  outgoing: number | undefined,
  type: number,
  flags: number,
): NetlinkRequest {
  const { destination, via, table = MAIN_TABLE, initialCongestionWindow } = object;
  const deleting = type === DELETE;
  const attributes = [attribute(ATTRIBUTE.destination, ipv6ToBytes(destination.address))];
  if (via !== undefined) attributes.push(attribute(ATTRIBUTE.gateway, ipv6ToBytes(via)));
  if (outgoing !== undefined) attributes.push(u32Attribute(ATTRIBUTE.outgoing, outgoing));
  if (table > 255) attributes.push(u32Attribute(ATTRIBUTE.table, table));
  if (initialCongestionWindow !== undefined && !deleting) {
    attributes.push(nested(ATTRIBUTE.metrics, u32Attribute(METRIC_INITIAL_WINDOW, initialCongestionWindow)));
  }
  const body = emitStruct(BODY, {
    family: AF_INET6,
    destinationLength: destination.length,
    table: table > 255 ? 0 : table,
    protocol: deleting ? 0 : PROTOCOL_BOOT,
    type: deleting ? 0 : UNICAST,
  });
  return { type, flags, body, attributes };
}

export const routeAdapter: ObjectAdapter<RouteObject> = {
  identity: ({ destination, table = MAIN_TABLE }) => `${formatPrefix(destination)} table ${table}`,
  describe: ({ destination, via, device, table = MAIN_TABLE, initialCongestionWindow }) =>
    [
      `route ${formatPrefix(destination)}`,
      ...(via === undefined ? [] : [`via ${via}`]),
      ...(device === undefined ? [] : [`dev ${device}`]),
      `table ${table}`,
      ...(initialCongestionWindow === undefined ? [] : [`initcwnd ${initialCongestionWindow}`]),
    ].join(' '),
  canonical: (object) => ({ ...object, table: object.table ?? MAIN_TABLE }),
  add: (object, kernel) => send(object, kernel, NEW, CREATE | EXCLUSIVE),
  update: (object, _previous, kernel) => send(object, kernel, NEW, CREATE | REPLACE),
  remove: (object, kernel) => send(object, kernel, DELETE, 0),
  list(kernel) {
    const body = emitStruct(BODY, { family: AF_INET6 });
    return kernel.route
      .dump({ type: GET, body }, 'ip -6 route show table all')
      .flatMap(({ payload }) => parseRoute(payload, kernel));
  },
};

function send(object: RouteObject, kernel: KernelConnection, type: number, flags: number): void {
  const index = object.device === undefined ? undefined : kernel.interfaceIndex(object.device);
  const verb = type === DELETE ? 'delete' : flags & REPLACE ? 'replace' : 'add';
  kernel.route.request(
    routeRequest(object, index, type, flags),
    `ip -6 ${verb} ${routeAdapter.describe(object)}`,
  );
}

function parseRoute(payload: Uint8Array, kernel: KernelConnection): RouteObject[] {
  const { destinationLength, table, type, family } = parseStruct(BODY, payload);
  if (type !== UNICAST || family !== AF_INET6) return [];
  const attributes = parseAttributes(payload.subarray(BODY.size));
  const target = attributes.get(ATTRIBUTE.destination);
  const address = target === undefined ? UNSPECIFIED : ipv6FromBytes(target);
  const destination: Ipv6Prefix = { address, length: destinationLength };
  const gateway = attributes.get(ATTRIBUTE.gateway);
  const outgoing = readU32(attributes.get(ATTRIBUTE.outgoing));
  const metrics = parseAttributes(attributes.get(ATTRIBUTE.metrics) ?? new Uint8Array());
  const window = readU32(metrics.get(METRIC_INITIAL_WINDOW));
  return [
    {
      kind: 'route',
      destination,
      ...(gateway === undefined ? {} : { via: ipv6FromBytes(gateway) }),
      ...(outgoing === undefined ? {} : { device: kernel.interfaceName(outgoing) }),
      table: readU32(attributes.get(ATTRIBUTE.table)) ?? table,
      ...(window === undefined ? {} : { initialCongestionWindow: window }),
    },
  ];
}
