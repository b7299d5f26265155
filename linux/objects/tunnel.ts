import { ipv6FromBytes, ipv6ToBytes } from '../../mip6/wire/address.ts';
import {
  attribute,
  concat,
  nested,
  parseAttributes,
  readText,
  readU32,
  textAttribute,
  u8Attribute,
  u32Attribute,
} from '../netlink/attributes.ts';
import { emitStruct, layout, parseStruct } from '../netlink/layout.ts';
import { CREATE, EXCLUSIVE, type NetlinkRequest } from '../netlink/message.ts';
import type { KernelConnection, ObjectAdapter } from './adapter.ts';
import { AF_INET6 } from './route-family.ts';
import type { TunnelObject } from './types.ts';

const NEW = 16;
const DELETE = 17;
const GET = 18;
const BODY = layout('ifinfomsg', 16, {
  family: [0, 'u8'],
  type: [2, 'u16'],
  index: [4, 's32'],
  flags: [8, 'u32'],
  change: [12, 'u32'],
});
const LINK = { name: 3, info: 18, familySpecific: 26 } as const;
const INFO = { kind: 1, data: 2 } as const;
const TUNNEL = { local: 2, remote: 3, hopLimit: 4, encapsulationLimit: 6, flags: 8, protocol: 9 } as const;
const ADDRESS_GENERATION_MODE = 8;
const NO_LINK_LOCAL = 1;
const KIND = 'ip6tnl';
const UP = 1;
/** what `ip` sends along; without effect beside NO_ENCAPSULATION_LIMIT */
const DEFAULT_LIMIT = 4;
const NO_ENCAPSULATION_LIMIT = 0x1;
const IPV6_IN_IPV6 = 41;
const HOP_LIMIT = 64;

/** RTM_NEWLINK that makes the device, or with flags 0 changes its ends. It makes it down: see `quietRequest`. */
export function tunnelRequest(object: TunnelObject, flags: number): NetlinkRequest {
  const data = nested(
    INFO.data,
    attribute(TUNNEL.local, ipv6ToBytes(object.local)),
    attribute(TUNNEL.remote, ipv6ToBytes(object.remote)),
    u8Attribute(TUNNEL.hopLimit, HOP_LIMIT),
    u8Attribute(TUNNEL.encapsulationLimit, DEFAULT_LIMIT),
    u32Attribute(TUNNEL.flags, NO_ENCAPSULATION_LIMIT),
    u8Attribute(TUNNEL.protocol, IPV6_IN_IPV6),
  );
  const info = nested(LINK.info, attribute(INFO.kind, new TextEncoder().encode(KIND)), data);
  return {
    type: NEW,
    flags,
    body: emitStruct(BODY, {}),
    attributes: [textAttribute(LINK.name, object.name), info],
  };
}

export const tunnelAdapter: ObjectAdapter<TunnelObject> = {
  identity: ({ name }) => name,
  describe: ({ name, local, remote }) =>
    `tunnel ${name} mode ip6ip6 local ${local} remote ${remote} encaplimit none`,
  canonical: (object) => object,
  add(object, kernel) {
    const what = `ip -6 add ${tunnelAdapter.describe(object)}`;
    kernel.route.request(tunnelRequest(object, CREATE | EXCLUSIVE), what);
    // Before the device goes up, or it would send router solicitations from a link-local address through the tunnel.
    kernel.route.request(quietRequest(object.name), `ip link set ${object.name} addrgenmode none`);
    kernel.route.request(upRequest(object.name), `ip link set ${object.name} up`);
  },
  update(object, _previous, kernel) {
    kernel.route.request(tunnelRequest(object, 0), `ip -6 change ${tunnelAdapter.describe(object)}`);
  },
  remove(object, kernel) {
    const request = { type: DELETE, flags: 0, body: emitStruct(BODY, {}), attributes: [named(object.name)] };
    kernel.route.request(request, `ip -6 delete ${tunnelAdapter.describe(object)}`);
  },
  list,
};

function list(kernel: KernelConnection): TunnelObject[] {
  const body = emitStruct(BODY, { family: 0 });
  return kernel.route.dump({ type: GET, body }, 'ip link show type ip6tnl').flatMap(({ payload }) => {
    const { flags } = parseStruct(BODY, payload);
    const attributes = parseAttributes(payload.subarray(BODY.size));
    const info = parseAttributes(attributes.get(LINK.info) ?? new Uint8Array());
    const data = parseAttributes(info.get(INFO.data) ?? new Uint8Array());
    const [local, remote, name] = [
      data.get(TUNNEL.local),
      data.get(TUNNEL.remote),
      readText(attributes.get(LINK.name)),
    ];
    if (readText(info.get(INFO.kind)) !== KIND || (flags & UP) === 0) return [];
    if (local === undefined || remote === undefined || name === undefined) return [];
    if (((readU32(data.get(TUNNEL.flags)) ?? 0) & NO_ENCAPSULATION_LIMIT) === 0) return [];
    return [{ kind: 'tunnel', name, local: ipv6FromBytes(local), remote: ipv6FromBytes(remote) }];
  });
}

function named(name: string): Uint8Array {
  return textAttribute(LINK.name, name);
}

function quietRequest(name: string): NetlinkRequest {
  const mode = nested(AF_INET6, u8Attribute(ADDRESS_GENERATION_MODE, NO_LINK_LOCAL));
  return {
    type: NEW,
    flags: 0,
    body: emitStruct(BODY, {}),
    attributes: [concat([named(name), nested(LINK.familySpecific, mode)])],
  };
}

function upRequest(name: string): NetlinkRequest {
  return {
    type: NEW,
    flags: 0,
    body: emitStruct(BODY, { flags: UP, change: UP }),
    attributes: [named(name)],
  };
}
