/** Whether sweeps go over all their points: `HANDOFF_LAB_LONG=1`. Otherwise those points which differ in what is to be seen. */
export const long = process.env.HANDOFF_LAB_LONG === '1';
