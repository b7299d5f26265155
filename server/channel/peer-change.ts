/**
 * What becomes of a peer: `up` its process, new to us, is connected; `restored` the same process is connected again; `lost` it
 * is not; `gone` that process is known to have ended: its host refuses connections, or another process answers in its place.
 */
export type PeerChange = 'up' | 'restored' | 'lost' | 'gone';
