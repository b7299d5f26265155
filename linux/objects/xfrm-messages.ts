/** Message types of the xfrm family (`linux/xfrm.h`). */
export const NEW_STATE = 0x10;
export const DELETE_STATE = 0x11;
export const GET_STATE = 0x12;
export const NEW_POLICY = 0x13;
export const DELETE_POLICY = 0x14;
export const GET_POLICY = 0x15;
export const UPDATE_POLICY = 0x19;
export const UPDATE_STATE = 0x1a;
