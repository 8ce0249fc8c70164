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

/** A declaration file with one row; columns of further materials may be left out. */
export const EXAMPLE_DECLARATION =
  "GTINs/EANs,Référence interne,Score,Catégorie,Masse (en kg),Remanufacturé,Nombre de références,\"Prix (en euros, TTC)\",Taille de l'entreprise,Matière 1,Matière 1 pourcentage,Matière 1 origine,Origine de filature,Origine de tissage/tricotage,Origine de l'ennoblissement/impression,Type d'impression,Pourcentage d'impression,Origine de confection,Délavage,Part du transport aérien,Quantité de bouton en métal,Quantité de bouton en plastique,Quantité de zip long,Quantité de zip court\n" +
  '3760123456784,REF-1,,T-shirt / Polo,0.17,Non,,,,Coton,100 %,Chine,Chine,Chine,Chine,,,Chine,,,,,,\n';

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
