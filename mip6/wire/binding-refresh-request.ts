import { MhType } from './constants.ts';
import { frameMessage, type MessageCodec, messageOptions } from './message-frame.ts';
import type { BindingRefreshRequest } from './messages.ts';

/*
 * Binding Refresh Request, RFC 6275 §6.1.2: a correspondent node asks a mobile node to renew its binding.
 *
 *   octet  width  field
 *   6      2      Reserved: zero from a sender, not looked at by a receiver
 *   8      …      mobility options
 */
const LAYOUT = { optionsAt: 8 } as const;

/** Parses and emits Binding Refresh Request messages. */
export const bindingRefreshRequest: MessageCodec<BindingRefreshRequest> = {
  mhType: MhType.bindingRefreshRequest,
  optionsAt: LAYOUT.optionsAt,
  parse: (header) => ({
    kind: 'binding-refresh-request',
    options: messageOptions(header, LAYOUT.optionsAt),
  }),
  emit: (message) => frameMessage(bindingRefreshRequest, message.options, () => {}),
};
