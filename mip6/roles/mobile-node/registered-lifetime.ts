import { floorLifetime } from '../../wire/lifetime.ts';
import type { BindingAcknowledgement } from '../../wire/messages.ts';
import { findOption } from '../shared/binding-request.ts';
import { secondsToMs } from '../shared/instants.ts';
import { ProtocolError } from '../shared/protocol-error.ts';
import type { Instant } from '../shared/role.ts';

/** How long a registration holds at the other end, and when to renew it. */
export interface RegisteredLifetime {
  readonly expiresAt: Instant;
  readonly refreshAt: Instant;
}

/** From the lifetime granted, counted from when the update left (RFC 6275 §11.7.3); `refreshAt`: share of it. */
export function registeredLifetime(
  sentAt: Instant,
  lifetimeSeconds: number,
  refreshAt: number,
): RegisteredLifetime {
  const lifetimeMs = secondsToMs(lifetimeSeconds);
  return { expiresAt: sentAt + lifetimeMs, refreshAt: sentAt + refreshAt * lifetimeMs };
}

/** What is granted, in seconds: never more than was asked for, whatever the acknowledgement says (§11.7.3 knows less alone). */
export function grantedLifetime(
  { lifetimeSeconds }: BindingAcknowledgement,
  request: { readonly lifetimeSeconds: number },
): number {
  return Math.min(lifetimeSeconds, request.lifetimeSeconds);
}

/** The lifetime that a home agent has granted, with its advice of an earlier refresh: no correspondent may give one (§6.2.4). */
export function homeRegistrationLifetime(
  acknowledgement: BindingAcknowledgement,
  grantedSeconds: number,
  sentAt: Instant,
  refreshAt: number,
): RegisteredLifetime {
  const lifetime = registeredLifetime(sentAt, grantedSeconds, refreshAt);
  const advice = findOption(acknowledgement, 'binding-refresh-advice')?.intervalSeconds ?? 0;
  if (advice === 0) return lifetime;
  return { ...lifetime, refreshAt: Math.min(lifetime.refreshAt, sentAt + secondsToMs(advice)) };
}

/** A lifetime to ask for, as the wire can say it; throws ProtocolError for one that would be a deletion. */
export function bindingLifetime(seconds: number): number {
  const lifetime = floorLifetime(seconds);
  if (lifetime === 0) throw new ProtocolError(`a binding cannot last ${seconds} seconds: the least is 4`);
  return lifetime;
}
