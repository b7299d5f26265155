import type { EventFields } from './event-log.ts';

/** An event's plain fields; octets are left out (cookies and tokens stand in the capture). */
export function loggable(event: object): EventFields {
  const fields: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === 'kind') continue;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      fields[name] = value;
  }
  return fields;
}
