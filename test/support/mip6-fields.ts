import { ipv6, isIpv6 } from '../../mip6/wire/address.ts';
import type { BindingAcknowledgement, BindingUpdate, MobilityMessage } from '../../mip6/wire/messages.ts';
import type { MobilityOption } from '../../mip6/wire/mobility-options.ts';
import { toHex } from './golden.ts';

/** tshark's fields, by the names its Mobile IPv6 dissector gives them, with their values as it prints them. */
export type Fields = Readonly<Record<string, readonly string[]>>;

/** Every field `messageFields` may name, and those that must never appear: flags and options of other standards. */
export const MESSAGE_FIELDS: readonly string[] = [
  'mip6.proto',
  'mip6.hlen',
  'mip6.mhtype',
  'mip6.reserved',
  'mip6.hoti.cookie',
  'mip6.coti.cookie',
  'mip6.hot.nindex',
  'mip6.hot.cookie',
  'mip6.hot.token',
  'mip6.cot.nindex',
  'mip6.cot.cookie',
  'mip6.bu.seqnr',
  'mip6.bu.a_flag',
  'mip6.bu.h_flag',
  'mip6.bu.l_flag',
  'mip6.bu.k_flag',
  'mip6.bu.lifetime',
  'mip6.bu.m_flag',
  'mip6.nemo.bu.r_flag',
  'mip6.bu.p_flag',
  'mip6.bu.f_flag',
  'mip6.bu.t_flag',
  'mip6.bu.b_flag',
  'mip6.ba.status',
  'mip6.ba.k_flag',
  'mip6.ba.seqnr',
  'mip6.ba.lifetime',
  'mip6.nemo.ba.r_flag',
  'mip6.ba.p_flag',
  'mip6.ba.t_flag',
  'mip6.ba.b_flag',
  'mip6.be.status',
  'mip6.be.haddr',
  'mip6.unknown_type_data',
  'mip6.bra.interval',
  'mip6.acoa.acoa',
  'mip6.ni.hni',
  'mip6.ni.cni',
  'mip6.bad.auth',
  'mip6.mobility_opt',
];

const OTHER_STANDARDS_BU = [
  'bu.m_flag',
  'nemo.bu.r_flag',
  'bu.p_flag',
  'bu.f_flag',
  'bu.t_flag',
  'bu.b_flag',
];
const OTHER_STANDARDS_BA = ['nemo.ba.r_flag', 'ba.p_flag', 'ba.t_flag', 'ba.b_flag'];

/** What tshark must print for a message: its type's fields, its options' fields in order. */
export function messageFields(message: MobilityMessage): Fields {
  const options = message.kind === 'unknown' ? [] : message.options;
  const fields: Record<string, string[]> = { 'mip6.proto': ['59'], 'mip6.reserved': ['0x00'] };
  for (const [name, value] of [...fixedFields(message), ...options.flatMap(optionFields)]) {
    fields[`mip6.${name}`] ??= [];
    fields[`mip6.${name}`]!.push(value);
  }
  return fields;
}

/** A value of tshark's in a form that can be compared: addresses canonical. */
export function canonical(value: string): string {
  return isIpv6(value) ? ipv6(value) : value;
}

function fixedFields(message: MobilityMessage): [string, string][] {
  switch (message.kind) {
    case 'binding-refresh-request':
      return [['mhtype', '0']];
    case 'home-test-init':
      return [
        ['mhtype', '1'],
        ['hoti.cookie', `0x${toHex(message.homeInitCookie)}`],
      ];
    case 'care-of-test-init':
      return [
        ['mhtype', '2'],
        ['coti.cookie', `0x${toHex(message.careOfInitCookie)}`],
      ];
    case 'home-test':
      return [
        ['mhtype', '3'],
        ['hot.nindex', String(message.homeNonceIndex)],
        ['hot.cookie', `0x${toHex(message.homeInitCookie)}`],
        ['hot.token', `0x${toHex(message.homeKeygenToken)}`],
      ];
    case 'care-of-test':
      return [
        ['mhtype', '4'],
        ['cot.nindex', String(message.careOfNonceIndex)],
        ['cot.cookie', `0x${toHex(message.careOfInitCookie)}`],
        // tshark 4.0 shows the care-of keygen token under the home keygen token's name.
        ['hot.token', `0x${toHex(message.careOfKeygenToken)}`],
      ];
    case 'binding-update':
      return updateFields(message);
    case 'binding-acknowledgement':
      return acknowledgementFields(message);
    case 'binding-error':
      return [
        ['mhtype', '7'],
        ['be.status', String(message.status)],
        ['be.haddr', message.homeAddress],
      ];
    case 'unknown':
      return [
        ['mhtype', String(message.mhType)],
        ['unknown_type_data', toHex(message.data)],
      ];
    default:
      return message satisfies never;
  }
}

function updateFields(message: BindingUpdate): [string, string][] {
  return [
    ['mhtype', '5'],
    ['bu.seqnr', String(message.sequence)],
    ['bu.a_flag', flag(message.acknowledge)],
    ['bu.h_flag', flag(message.homeRegistration)],
    ['bu.l_flag', flag(message.linkLocalCompatibility)],
    ['bu.k_flag', flag(message.keyManagement)],
    ...OTHER_STANDARDS_BU.map((name): [string, string] => [name, flag(false)]),
    ['bu.lifetime', String(message.lifetimeSeconds / 4)],
  ];
}

function acknowledgementFields(message: BindingAcknowledgement): [string, string][] {
  return [
    ['mhtype', '6'],
    ['ba.status', String(message.status)],
    ['ba.k_flag', flag(message.keyManagement)],
    ...OTHER_STANDARDS_BA.map((name): [string, string] => [name, flag(false)]),
    ['ba.seqnr', String(message.sequence)],
    ['ba.lifetime', String(message.lifetimeSeconds / 4)],
  ];
}

function optionFields(option: MobilityOption): [string, string][] {
  switch (option.kind) {
    case 'binding-refresh-advice':
      return [['bra.interval', String(option.intervalSeconds / 4)]];
    case 'alternate-care-of-address':
      return [['acoa.acoa', option.address]];
    case 'nonce-indices':
      return [
        ['ni.hni', String(option.homeNonceIndex)],
        ['ni.cni', String(option.careOfNonceIndex)],
      ];
    case 'binding-authorization-data':
      return [['bad.auth', toHex(option.authenticator)]];
    case 'unknown':
      return [['mobility_opt', String(option.type)]];
    default:
      return option satisfies never;
  }
}

function flag(value: boolean): string {
  return value ? '1' : '0';
}
