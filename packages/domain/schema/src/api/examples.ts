/** Examples of bodies, for the OpenAPI document. */

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

/** The same as a file. */
export const EXAMPLE_CSV =
  'product,mass,material1,material1Share,material1Country,countrySpinning,countryFabric,countryDyeing,countryMaking,fabricProcess\n' +
  'tshirt,0.17,ei-coton,1,FR,FR,FR,FR,FR,knitting-mix\n';

/** What has to be said of a garment, and where it is made. */
export const EXAMPLE_SIMULATION = {
  mass: 0.17,
  materials: [{ id: 'ei-coton', share: 1, country: 'FR' }],
  product: 'tshirt',
  countryMaking: 'FR',
};

/** A garment of which the technique and three countries are unknown, and the mass is known within a range. */
export const EXAMPLE_ESTIMATE = {
  product: 'tshirt',
  mass: { from: 0.15, to: 0.2 },
  materials: [{ id: 'ei-coton', share: 1 }],
  countryMaking: { oneOf: ['BD', 'IN'] },
};

/** The prediction request of the contract. */
export const EXAMPLE_PREDICTION = {
  ProductId: 'pantalon',
  MaterialId_1: 'ei-coton-organic',
  MaterialId_2: 'ei-pet',
  MaterialId_1_share: 0.7,
  MaterialId_2_share: 0.3,
  CountryDyeingCode: 'BD',
  CountryFabricCode: 'BD',
  CountryMakingCode: 'BD',
  FabricProcess: 'knitting-mix',
  Mass: 0.2,
  AirTransportRatio: 0.33,
};

/** Parameters of a run, as a body gives them. */
export const EXAMPLE_RUN = { parameters: { product: 'tshirt', limit: 300 } };
