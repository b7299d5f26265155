import { ipv6 } from '../../mip6/wire/address.ts';

/** The testbed's addresses, as far as roles see them. */
export const HOME_ADDRESS = ipv6('2001:db8:1::100');
export const HOME_AGENT = ipv6('2001:db8:1::1');
export const CARE_OF_1 = ipv6('2001:db8:1::2');
export const CARE_OF_2 = ipv6('2001:db8:2::2');
export const CORRESPONDENT = ipv6('2001:db8:c::2');
export const STRANGER = ipv6('2001:db8:bad::1');
