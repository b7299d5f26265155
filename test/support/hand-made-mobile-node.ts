import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { CorrespondentNode } from '../../mip6/roles/correspondent-node/correspondent-node.ts';
import type { CorrespondentNodeOutput } from '../../mip6/roles/correspondent-node/correspondent-node-types.ts';
import type { MobilityDatagram } from '../../mip6/roles/shared/datagram.ts';
import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { emitAuthenticated } from '../../mip6/wire/binding-authorization-data.ts';
import type { BindingAcknowledgement, BindingUpdate, MobilityMessage } from '../../mip6/wire/messages.ts';
import { emitMobilityHeader, parseMobilityHeader } from '../../mip6/wire/mobility-header.ts';
import { CARE_OF_1, CORRESPONDENT, HOME_ADDRESS } from './mip6-addresses.ts';

/** Everything a correspondent node puts out for one datagram. */
export function deliver(
  node: CorrespondentNode,
  datagram: MobilityDatagram,
  now: Instant,
): CorrespondentNodeOutput[] {
  node.handle({ kind: 'datagram', datagram }, now);
  return drain(node);
}

export function drain<Output>(role: { poll(): Output | undefined }): Output[] {
  const outputs: Output[] = [];
  for (let output = role.poll(); output !== undefined; output = role.poll()) outputs.push(output);
  return outputs;
}

/** The message of the only transmission among `outputs`. */
export function onlyMessage(outputs: readonly { readonly kind: string }[]): MobilityMessage {
  const sent = outputs.filter(
    (output): output is { kind: 'transmit'; bytes: Uint8Array } => output.kind === 'transmit',
  );
  assert.equal(sent.length, 1, 'exactly one transmission');
  return parseMobilityHeader(sent[0]!.bytes).message;
}

export function acknowledgement(outputs: readonly { readonly kind: string }[]): BindingAcknowledgement {
  const message = onlyMessage(outputs);
  assert.ok(message.kind === 'binding-acknowledgement');
  return message;
}

export interface Tokens {
  readonly home: Uint8Array;
  readonly homeNonceIndex: number;
  readonly careOf: Uint8Array;
  readonly careOfNonceIndex: number;
}

/** Return routability by hand: both Inits to the node, both tokens back. */
export function getTokens(
  node: CorrespondentNode,
  now: Instant,
  homeAddress: Ipv6Address = HOME_ADDRESS,
  careOfAddress: Ipv6Address = CARE_OF_1,
): Tokens {
  const cookie = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const ask = (source: Ipv6Address, init: MobilityMessage): MobilityMessage =>
    onlyMessage(deliver(node, { source, destination: CORRESPONDENT, bytes: emitMobilityHeader(init) }, now));
  const home = ask(homeAddress, { kind: 'home-test-init', homeInitCookie: cookie, options: [] });
  const careOf = ask(careOfAddress, { kind: 'care-of-test-init', careOfInitCookie: cookie, options: [] });
  assert.ok(home.kind === 'home-test' && careOf.kind === 'care-of-test');
  assert.deepEqual([home.homeInitCookie, careOf.careOfInitCookie], [cookie, cookie]);
  return {
    home: home.homeKeygenToken,
    homeNonceIndex: home.homeNonceIndex,
    careOf: careOf.careOfKeygenToken,
    careOfNonceIndex: careOf.careOfNonceIndex,
  };
}

export interface UpdateOverrides {
  readonly sequence?: number;
  readonly lifetimeSeconds?: number;
  readonly acknowledge?: boolean;
  readonly homeAddress?: Ipv6Address;
  readonly careOfAddress?: Ipv6Address;
  /** into an Alternate Care-of Address option; `careOfAddress` then stands in the IPv6 header only */
  readonly alternate?: Ipv6Address;
  /** in place of the one the tokens give */
  readonly kbm?: Uint8Array;
  /** in place of the care-of address, or the home address in a deletion */
  readonly authorizedCareOfAddress?: Ipv6Address;
  /** another address of the node that the update is for */
  readonly correspondent?: Ipv6Address;
}

/** Kbm written down from RFC 6275 §5.2.5 once more, apart from the code under test. */
export function keyOf(tokens: Tokens, deletes: boolean): Uint8Array {
  const octets = deletes ? tokens.home : Uint8Array.of(...tokens.home, ...tokens.careOf);
  return new Uint8Array(createHash('sha1').update(octets).digest());
}

/** A Binding Update by hand, right unless overridden. */
export function bindingUpdate(tokens: Tokens, overrides: UpdateOverrides = {}): MobilityDatagram {
  const { homeAddress = HOME_ADDRESS, careOfAddress = CARE_OF_1, lifetimeSeconds = 420 } = overrides;
  const deletes = lifetimeSeconds === 0;
  const { homeNonceIndex, careOfNonceIndex } = tokens;
  const update: BindingUpdate = {
    kind: 'binding-update',
    sequence: overrides.sequence ?? 7,
    acknowledge: overrides.acknowledge ?? true,
    homeRegistration: false,
    linkLocalCompatibility: false,
    keyManagement: false,
    lifetimeSeconds,
    options: [
      ...(overrides.alternate === undefined
        ? []
        : [{ kind: 'alternate-care-of-address', address: overrides.alternate } as const]),
      { kind: 'nonce-indices', homeNonceIndex, careOfNonceIndex },
    ],
  };
  const kbm = overrides.kbm ?? keyOf(tokens, deletes);
  const authorized =
    overrides.authorizedCareOfAddress ?? (deletes ? homeAddress : (overrides.alternate ?? careOfAddress));
  const { correspondent = CORRESPONDENT } = overrides;
  const bytes = emitAuthenticated(update, kbm, authorized, correspondent);
  return { source: homeAddress, destination: correspondent, careOfAddress, bytes };
}
