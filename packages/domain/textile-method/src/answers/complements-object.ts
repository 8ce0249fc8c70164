import { type Complements, NO_COMPLEMENTS } from '../complements.js';

/** The complements of an answer, maluses positive, in Pts (METHOD §15.3). The five others have no figure (METHOD §10.3). */
const complementsOf = ({ microfibres, outOfEuropeEndOfLife }: Complements) => ({
  cropDiversity: 0,
  hedges: 0,
  livestockDensity: 0,
  microfibers: microfibres,
  outOfEuropeEOL: outOfEuropeEndOfLife,
  permanentPasture: 0,
  plotSize: 0,
});

const NO_COMPLEMENTS_SHOWN = Object.freeze(complementsOf(NO_COMPLEMENTS));

/** Shows the two maluses among the seven complements. The object of zeros is shared and frozen. */
export const complementsObject = (complements: Complements) =>
  complements === NO_COMPLEMENTS ? NO_COMPLEMENTS_SHOWN : complementsOf(complements);
