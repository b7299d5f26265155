/** Address family of every message. */
export const AF_INET6 = 10;
/** Table numbers with names. */
export const MAIN_TABLE = 254;
export const LOCAL_TABLE = 255;
