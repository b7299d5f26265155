/** An IPv6 address in its canonical text form (RFC 5952): comparable with `===`, usable as a map key. */
export type Ipv6Address = string & { readonly __ipv6: never };
