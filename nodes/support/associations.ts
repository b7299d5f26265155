import * as z from 'zod/mini';
import type { HomeAssociations } from '../../linux/recipes/associations.ts';
import { secret } from './config-fields.ts';
import { strictObject } from './strict-object.ts';

const key = (octets: number) =>
  z.pipe(
    secret(octets),
    z.transform((text): Uint8Array => Buffer.from(text, 'hex')),
  );

const association = strictObject({
  spi: z.int().check(z.gte(256), z.lte(0xffffffff)),
  requestId: z.int().check(z.gte(1), z.lte(0xffffffff)),
  encryptionKey: key(16),
  authenticationKey: key(20),
});

/** The manually keyed ESP associations between a contact address and its home agent, as both ends read them (RFC 4877 §6). */
export const homeAssociations = strictObject({
  bindingUpdates: association,
  bindingAcknowledgements: association,
  tunnelOut: association,
  tunnelIn: association,
}) satisfies z.ZodMiniType<HomeAssociations>;
