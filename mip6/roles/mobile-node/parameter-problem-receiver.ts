import type { Ipv6Address } from '../../wire/address.ts';
import { NextHeader } from '../../wire/constants.ts';
import { orUndefined } from '../../wire/decode-error.ts';
import { endPoints } from '../../wire/ipv6-packet.ts';
import { ParameterProblemCode, parseParameterProblem } from '../../wire/parameter-problem.ts';
import { readMessage } from '../shared/datagram.ts';
import type { CorrespondentEntry } from './correspondent-entry.ts';
import type {
  MobileNodeDiscardReason,
  ReceivedParameterProblem,
  UnansweredStep,
} from './mobile-node-types.ts';

/** A correspondent answered a message of ours with "unrecognised Next Header". */
interface UnsupportedMobility {
  readonly correspondent: Ipv6Address;
  readonly entry: CorrespondentEntry;
  readonly step: UnansweredStep;
}

/**
 * The correspondent that has no Mobile IPv6, or why the message says nothing of the kind (RFC 6275 §11.3.5). Anyone can send an ICMPv6
 * error: it has to hold a message of ours that waits for its answer, cookie or authenticator included.
 */
export function readParameterProblem(
  { source, bytes }: ReceivedParameterProblem,
  entries: ReadonlyMap<Ipv6Address, CorrespondentEntry>,
): UnsupportedMobility | MobileNodeDiscardReason {
  const problem = orUndefined(() => parseParameterProblem(bytes));
  if (problem === undefined) return 'malformed';
  const { code, invokingPacket } = problem;
  if (code === ParameterProblemCode.unrecognizedOption) return 'option-unrecognized-by-correspondent';
  const entry = entries.get(source);
  const { source: from, destination } = endPoints(invokingPacket);
  if (
    code !== ParameterProblemCode.unrecognizedNextHeader ||
    invokingPacket.nextHeader !== NextHeader.mobilityHeader ||
    destination !== source ||
    entry === undefined
  )
    return 'unmatched-parameter-problem';
  const sent = { source: from, destination, bytes: invokingPacket.payload };
  const message = readMessage(sent);
  const step = message === undefined ? undefined : entry.stepOf(message, sent.bytes);
  if (step === undefined) return 'unmatched-parameter-problem';
  // It has acknowledged a binding: its Mobile IPv6 is away for a moment, not missing.
  return entry.registration.acknowledgedOnce
    ? 'parameter-problem-while-bound'
    : { correspondent: source, entry, step };
}
