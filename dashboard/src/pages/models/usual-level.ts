/** The interval of every training so far, for versions that do not say. */
export const USUAL_LEVEL = 0.9;
