/**
 * Where clients' sockets put what arrives (`onread`), one buffer for all of a process: its callback takes the octets before the next
 * socket is read. A buffer of its own for each connection would be memory that is written for the first time, which is dear in the lab.
 */
export const receiveBuffer = Buffer.alloc(1 << 20);
