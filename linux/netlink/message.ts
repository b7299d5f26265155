import { LabError } from '../lab-error.ts';
import { aligned, concat, parseAttributes, readText } from './attributes.ts';
import { emitStruct, layout, parseStruct } from './layout.ts';

/** Message flags (`linux/netlink.h`). */
const REQUEST = 0x1;
export const ACK = 0x4;
export const REPLACE = 0x100;
export const EXCLUSIVE = 0x200;
export const CREATE = 0x400;
export const DUMP = 0x300;
const ANSWER_CAPPED = 0x100;
const ANSWER_ATTRIBUTES = 0x200;

/** Message types that every family has. */
export const ERROR = 2;
export const DONE = 3;

const HEADER = layout('nlmsghdr', 16, {
  length: [0, 'u32'],
  type: [4, 'u16'],
  flags: [6, 'u16'],
  sequence: [8, 'u32'],
  port: [12, 'u32'],
});
const ANSWER = layout('nlmsgerr', 4, { error: [0, 's32'] });
const MESSAGE_TEXT_ATTRIBUTE = 1;

export interface NetlinkRequest {
  readonly type: number;
  /** besides REQUEST */
  readonly flags: number;
  /** the family's fixed structure */
  readonly body: Uint8Array;
  readonly attributes?: readonly Uint8Array[];
}

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** body and attributes */
  readonly payload: Uint8Array;
}

/** The request as octets. */
export function emitMessage(request: NetlinkRequest, sequence: number): Uint8Array {
  const { type, body, attributes = [] } = request;
  const padding = new Uint8Array(aligned(body.length) - body.length);
  const payload = concat([body, padding, ...attributes]);
  const length = HEADER.size + payload.length;
  const header = emitStruct(HEADER, { length, type, flags: REQUEST | request.flags, sequence });
  return concat([header, payload]);
}

/** All messages of one datagram; throws LabError when a length is illegal. */
export function parseMessages(octets: Uint8Array): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  let at = 0;
  while (at < octets.length) {
    const { length, type, flags, sequence } = parseStruct(HEADER, octets.subarray(at));
    if (length < HEADER.size || at + length > octets.length) {
      throw new LabError(`netlink: message of ${length} octets at ${at} of ${octets.length}`, {
        remedy: 'report this: the kernel and this parser disagree',
      });
    }
    messages.push({ type, flags, sequence, payload: octets.subarray(at + HEADER.size, at + length) });
    at += aligned(length);
  }
  return messages;
}

/** An ERROR message: error number, 0 for an acknowledgement, and the kernel's own words if it has any (`man 7 netlink`, extended ACK). */
export function parseAnswer(message: NetlinkMessage): {
  readonly code: number;
  readonly words: string | undefined;
} {
  const { error } = parseStruct(ANSWER, message.payload);
  if ((message.flags & ANSWER_ATTRIBUTES) === 0) return { code: -error, words: undefined };
  const request = message.payload.subarray(ANSWER.size);
  const echoed = message.flags & ANSWER_CAPPED ? HEADER.size : aligned(parseStruct(HEADER, request).length);
  return {
    code: -error,
    words: readText(parseAttributes(request.subarray(echoed)).get(MESSAGE_TEXT_ATTRIBUTE)),
  };
}
