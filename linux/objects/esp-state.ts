import { ipv6ToBytes } from '../../mip6/wire/address.ts';
import { LabError } from '../lab-error.ts';
import { attribute, parseAttributes, readText } from '../netlink/attributes.ts';
import { emitStruct, layout, parseStruct } from '../netlink/layout.ts';
import type { NetlinkMessage, NetlinkRequest } from '../netlink/message.ts';
import type { KernelConnection, ObjectAdapter } from './adapter.ts';
import { AF_INET6 } from './route-family.ts';
import type { EspStateObject, ReplayCounters } from './types.ts';
import {
  ANY_SELECTOR,
  ATTRIBUTE,
  describeSelector,
  emitSelector,
  emitStateId,
  endlessLifetime,
  MODE_NUMBERS,
  nameOf,
  PROTOCOL_NUMBERS,
  parseSelector,
  REPLAY,
  STATE,
  STATE_LIFETIME_AT,
} from './xfrm-layouts.ts';
import { DELETE_STATE, GET_STATE, NEW_STATE } from './xfrm-messages.ts';

/** xfrm_algo: name in 64 octets, key length in bits, key */
const ALGORITHM = layout('xfrm_algo', 68, { keyBits: [64, 'u32'] });
const ENCRYPTION = 'cbc(aes)';
const AUTHENTICATION = 'hmac(sha1)';
const REPLAY_WINDOW = 32;
const ALL_RECEIVED = 0xffffffff;

/** XFRM_MSG_NEWSA. */
export function espStateRequest(object: EspStateObject): NetlinkRequest {
  const body = emitStruct(STATE, {
    destination: object.destination,
    source: object.source,
    spi: object.spi,
    protocol: PROTOCOL_NUMBERS.esp,
    requestId: object.requestId,
    family: AF_INET6,
    mode: MODE_NUMBERS[object.mode],
    replayWindow: REPLAY_WINDOW,
  });
  if (object.selector !== undefined) body.set(emitSelector(object.selector));
  body.set(endlessLifetime(), STATE_LIFETIME_AT);
  const attributes = [
    algorithm(ATTRIBUTE.encryption, ENCRYPTION, object.encryptionKey),
    algorithm(ATTRIBUTE.authentication, AUTHENTICATION, object.authenticationKey),
  ];
  if (object.replay !== undefined)
    attributes.push(
      attribute(ATTRIBUTE.replay, emitStruct(REPLAY, { bitmap: ALL_RECEIVED, ...object.replay })),
    );
  return { type: NEW_STATE, flags: 0, body, attributes };
}

/** XFRM_MSG_DELSA or XFRM_MSG_GETSA, by destination, protocol and SPI. */
export function namedEspStateRequest(
  { source, destination, spi }: EspStateObject,
  type: number,
): NetlinkRequest {
  const body = emitStateId(destination, 'esp', spi);
  return { type, flags: 0, body, attributes: [attribute(ATTRIBUTE.source, ipv6ToBytes(source))] };
}

/** The association's counters as the kernel has them now. A backup node's copy comes from here. */
export function readReplayCounters(object: EspStateObject, kernel: KernelConnection): ReplayCounters {
  const what = `ip xfrm state get ${espStateAdapter.identity(object)} dst ${object.destination}`;
  const replies = kernel.xfrm.request(namedEspStateRequest(object, GET_STATE), what);
  const octets = replies.map(attributesOf).find((attributes) => attributes.has(ATTRIBUTE.replay));
  if (octets === undefined) throw new LabError('the kernel reports no replay counters', { command: what });
  return parseStruct(REPLAY, octets.get(ATTRIBUTE.replay)!);
}

export const espStateAdapter: ObjectAdapter<EspStateObject> = {
  // Without the addresses: an association whose tunnel end moves stays the same association.
  identity: ({ spi, requestId }) => `esp spi 0x${spi.toString(16)} reqid ${requestId}`,
  describe: (object) =>
    `xfrm state src ${object.source} dst ${object.destination} proto ${espStateAdapter.identity(object)} ` +
    `mode ${object.mode} replay-window ${REPLAY_WINDOW} enc ${ENCRYPTION} … auth ${AUTHENTICATION} …` +
    `${object.selector === undefined ? '' : ` sel ${describeSelector(object.selector)}`}`,
  canonical({ replay: _, ...object }) {
    return { ...object, selector: object.selector ?? ANY_SELECTOR };
  },
  add(object, kernel) {
    kernel.xfrm.request(
      espStateRequest({ ...object, ...carriedOn(object, kernel) }),
      `ip ${espStateAdapter.describe(object).replace('state', 'state add')}`,
    );
  },
  update: replace,
  remove(object, kernel) {
    remember(object, kernel);
    const what = `ip ${espStateAdapter.describe(object).replace('state', 'state delete')}`;
    kernel.xfrm.request(namedEspStateRequest(object, DELETE_STATE), what);
  },
  list: (kernel) =>
    kernel.xfrm
      .dump({ type: GET_STATE, body: new Uint8Array() }, 'ip xfrm state list')
      .flatMap(({ payload }) => parseState(payload)),
};

/**
 * The kernel can change neither addresses nor keys nor counters of a state, so delete and add. Delete first: an inbound state is found by
 * destination and SPI, and the new one may have both.
 */
function replace(object: EspStateObject, previous: EspStateObject, kernel: KernelConnection): void {
  espStateAdapter.remove(previous, kernel);
  espStateAdapter.add(object, kernel);
}

/** How far associations had counted when they were removed, by index and keys, for each connection to a kernel. */
const left = new WeakMap<KernelConnection, Map<string, ReplayCounters>>();

function remember(object: EspStateObject, kernel: KernelConnection): void {
  const counters = countersOf(object, kernel);
  if (counters === undefined) return;
  const known = left.get(kernel) ?? new Map<string, ReplayCounters>();
  left.set(kernel, known.set(sharedSecret(object), counters));
}

/** Undefined for an association that somebody else has removed. */
function countersOf(object: EspStateObject, kernel: KernelConnection): ReplayCounters | undefined {
  try {
    return readReplayCounters(object, kernel);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return undefined;
  }
}

/**
 * An association that comes back with its index and keys, moved or after a time in which it was not wanted, goes on from where it was
 * left: its peer would refuse numbers that it has seen (RFC 4303 §3.3.3), and with the bitmap numbers seen here are refused once more.
 */
function carriedOn(object: EspStateObject, kernel: KernelConnection): { readonly replay?: ReplayCounters } {
  const before = left.get(kernel)?.get(sharedSecret(object));
  if (before === undefined) return {};
  const { outbound = 0, inbound = 0 } = object.replay ?? {};
  const latest = {
    outbound: Math.max(outbound, before.outbound),
    inbound: Math.max(inbound, before.inbound),
  };
  return { replay: inbound > before.inbound ? latest : { ...before, ...latest } };
}

function sharedSecret({ spi, encryptionKey, authenticationKey }: EspStateObject): string {
  return [
    spi,
    Buffer.from(encryptionKey).toString('hex'),
    Buffer.from(authenticationKey).toString('hex'),
  ].join(' ');
}

function algorithm(type: number, name: string, key: Uint8Array): Uint8Array {
  const octets = new Uint8Array(ALGORITHM.size + key.length);
  octets.set(emitStruct(ALGORITHM, { keyBits: 8 * key.length }));
  octets.set(new TextEncoder().encode(name));
  octets.set(key, ALGORITHM.size);
  return attribute(type, octets);
}

function attributesOf({ payload }: NetlinkMessage): Map<number, Uint8Array> {
  return parseAttributes(payload.subarray(STATE.size));
}

function parseState(payload: Uint8Array): EspStateObject[] {
  const raw = parseStruct(STATE, payload);
  const mode = nameOf(MODE_NUMBERS, raw.mode);
  const attributes = parseAttributes(payload.subarray(STATE.size));
  const encryptionKey = keyOf(attributes.get(ATTRIBUTE.encryption), ENCRYPTION);
  const authenticationKey = keyOf(attributes.get(ATTRIBUTE.authentication), AUTHENTICATION);
  if (raw.protocol !== PROTOCOL_NUMBERS.esp || (mode !== 'transport' && mode !== 'tunnel')) return [];
  if (encryptionKey === undefined || authenticationKey === undefined) return [];
  const { source, destination, spi, requestId } = raw;
  const selector = parseSelector(payload);
  return [
    {
      kind: 'esp-state',
      source,
      destination,
      mode,
      spi,
      requestId,
      encryptionKey,
      authenticationKey,
      selector,
    },
  ];
}

function keyOf(octets: Uint8Array | undefined, name: string): Uint8Array | undefined {
  if (octets === undefined || readText(octets) !== name) return undefined;
  const { keyBits } = parseStruct(ALGORITHM, octets);
  return octets.slice(ALGORITHM.size, ALGORITHM.size + keyBits / 8);
}
