import { ipv6FromBytes, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { attribute, parseAttributes, readU32 } from '../netlink/attributes.ts';
import { emitStruct, layout, parseStruct } from '../netlink/layout.ts';
import { CREATE, EXCLUSIVE, type NetlinkRequest, REPLACE } from '../netlink/message.ts';
import type { ObjectAdapter } from './adapter.ts';
import { AF_INET6 } from './route-family.ts';
import type { AddressObject } from './types.ts';

const NEW = 20;
const DELETE = 21;
const GET = 22;
const BODY = layout('ifaddrmsg', 8, {
  family: [0, 'u8'],
  prefixLength: [1, 'u8'],
  flags: [2, 'u8'],
  scope: [3, 'u8'],
  index: [4, 'u32'],
});
const ATTRIBUTE = { address: 1, local: 2, flags: 8 } as const;
const FLAG = { skipDuplicateDetection: 0x02, homeAddress: 0x10 } as const;
const PREFIX_LENGTH = 128;

/** RTM_NEWADDR or RTM_DELADDR on the device with `index`. */
export function addressRequest(
  object: AddressObject,
  index: number,
  type: number,
  flags: number,
): NetlinkRequest {
  const address = ipv6ToBytes(object.address);
  const bits =
    (object.skipDuplicateDetection ? FLAG.skipDuplicateDetection : 0) |
    (object.homeAddress ? FLAG.homeAddress : 0);
  return {
    type,
    flags,
    body: emitStruct(BODY, { family: AF_INET6, prefixLength: PREFIX_LENGTH, flags: bits, index }),
    attributes: [attribute(ATTRIBUTE.local, address), attribute(ATTRIBUTE.address, address)],
  };
}

export const addressAdapter: ObjectAdapter<AddressObject> = {
  identity: ({ address, device }) => `${address} dev ${device}`,
  describe: ({ address, device, homeAddress, skipDuplicateDetection }) =>
    `addr ${address}/128 dev ${device}${homeAddress ? ' home' : ''}${skipDuplicateDetection ? ' nodad' : ''}`,
  canonical: (object) => ({
    ...object,
    homeAddress: object.homeAddress ?? false,
    skipDuplicateDetection: object.skipDuplicateDetection ?? false,
  }),
  add: (object, kernel) => send(object, kernel, NEW, CREATE | EXCLUSIVE),
  update: (object, _previous, kernel) => send(object, kernel, NEW, CREATE | REPLACE),
  remove: (object, kernel) => send(object, kernel, DELETE, 0),
  list(kernel) {
    const body = emitStruct(BODY, { family: AF_INET6 });
    return kernel.route.dump({ type: GET, body }, 'addr show').flatMap(({ payload }) => {
      const { prefixLength, index, flags } = parseStruct(BODY, payload);
      const attributes = parseAttributes(payload.subarray(BODY.size));
      const address = attributes.get(ATTRIBUTE.local) ?? attributes.get(ATTRIBUTE.address);
      if (prefixLength !== PREFIX_LENGTH || address === undefined) return [];
      const bits = readU32(attributes.get(ATTRIBUTE.flags)) ?? flags;
      return [
        {
          kind: 'address',
          address: ipv6FromBytes(address),
          device: kernel.interfaceName(index),
          homeAddress: (bits & FLAG.homeAddress) !== 0,
          skipDuplicateDetection: (bits & FLAG.skipDuplicateDetection) !== 0,
        },
      ];
    });
  },
};

type Kernel = Parameters<typeof addressAdapter.add>[1];

function send(object: AddressObject, kernel: Kernel, type: number, flags: number): void {
  const index = kernel.interfaceIndex(object.device);
  const verb = type === DELETE ? 'delete' : flags & REPLACE ? 'replace' : 'add';
  kernel.route.request(
    addressRequest(object, index, type, flags),
    `ip ${verb} ${addressAdapter.describe(object)}`,
  );
}
