/** The product of the contract's example request. */
export const EXAMPLE_PRODUCT = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countrySpinning: 'FR',
  countryFabric: 'FR',
  countryDyeing: 'FR',
  countryMaking: 'FR',
  fabricProcess: 'knitting-mix',
};
