import * as z from 'zod/mini';
import type { HomeAssociations } from '../../linux/recipes/associations.ts';

const key = (octets: number) =>
  z.pipe(
    z
      .string()
      .check(z.regex(new RegExp(`^[0-9a-f]{${octets * 2}}$`), `expected ${octets} octets in hexadecimal`)),
    z.transform((text): Uint8Array => Buffer.from(text, 'hex')),
  );

const association = z.object({
  spi: z.int().check(z.gte(256), z.lte(0xffffffff)),
  requestId: z.int().check(z.gte(1)),
  encryptionKey: key(16),
  authenticationKey: key(20),
});

/** The manually keyed ESP associations between a contact address and its home agent, as both ends read them (RFC 4877 §6). */
export const homeAssociations = z.object({
  bindingUpdates: association,
  bindingAcknowledgements: association,
  tunnelOut: association,
  tunnelIn: association,
}) satisfies z.ZodMiniType<HomeAssociations>;
