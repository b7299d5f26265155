import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import * as z from 'zod/mini';
import { ipv6, isGlobalUnicast, isIpv6 } from '../../mip6/wire/address.ts';
import { suggestion } from '../../server/nearest-name.ts';
import { findVariant, handoffVariants } from '../../server/variants/variants.ts';
import { isInLab } from './in-lab.ts';

/*
 * Fields of configurations, each with what it may be.
 */

/** An address that other hosts can reach this one at, or a host that can be reached. */
export const address = z.ipv6().check(
  // What is no address at all is told already.
  z.refine((text) => !isIpv6(text) || isGlobalUnicast(ipv6(text)), 'expected a global unicast address'),
);

/** A name that must be one of those that are known when it is read; the type stays a string. */
export function oneOfNames(
  what: string,
  known: () => readonly string[],
  isKnown = (name: string): boolean => known().includes(name),
) {
  return z.string().check((checked) => {
    const names = known();
    if (isKnown(checked.value)) return;
    const better = suggestion(checked.value, names) || `; there are: ${names.join(', ')}`;
    checked.issues.push({ code: 'custom', input: checked.value, message: `is no ${what}${better}` });
  });
}

/** See server/variants/variants.ts. */
export const variant = oneOfNames(
  'handoff variant',
  () => handoffVariants.map(({ name }) => name),
  (name) => findVariant(name) !== undefined,
);

/** A folder, which may be made, or filled, later. */
export const folder = z.string().check(z.refine(isAbsolute, 'expected an absolute path'));

/** A module of the user's own, which is loaded when the node starts. */
export const moduleFile = z.string().check((checked) => {
  const message = !isAbsolute(checked.value)
    ? 'expected an absolute path'
    : existsSync(checked.value)
      ? undefined
      : 'there is no such file';
  if (message !== undefined) checked.issues.push({ code: 'custom', input: checked.value, message });
});

const REMEDY = 'make one of your own: openssl rand -hex';

/** A secret of so many octets, in hexadecimal. The keys of the examples, and whatever else repeats itself, are known to everybody. */
export function secret(length: number) {
  return z.string().check(
    z.regex(new RegExp(`^[0-9a-f]{${length * 2}}$`), `expected ${length} octets in hexadecimal`),
    z.refine(
      (text) => isInLab() || !repeatsItself(text),
      `is a placeholder, as in the examples: ${REMEDY} ${length}`,
    ),
  );
}

/** Of four equal parts, or more; one random key of 16 octets in 2⁹⁶ is. */
function repeatsItself(hex: string): boolean {
  const octets = hex.length / 2;
  for (let period = 1; period <= octets / 4; period++)
    if (hex.slice(2 * period) === hex.slice(0, hex.length - 2 * period)) return true;
  return false;
}
