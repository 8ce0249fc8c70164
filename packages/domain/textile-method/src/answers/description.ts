import type { Garment } from '../resolve.js';

const number = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 3 });

const percent = new Intl.NumberFormat('fr-FR', { style: 'percent', maximumFractionDigits: 1 });

/** One line of French text that sums up a query (METHOD §15.2). */
export function describe(garment: Garment): string {
  const { product, massKg, fibres, fabric, countrySpinning, countryFabric, countryDyeing, countryMaking } = garment;
  const composition = fibres.map(({ material, share }) => `${material.shortName} ${percent.format(share)}`).join(', ');
  return [
    `${product.name}${garment.upcycled ? ' (remanufacturé)' : ''}, ${number.format(massKg)} kg`,
    composition,
    `filature : ${countrySpinning.name}`,
    `${fabric.knitted ? 'tricotage' : 'tissage'} : ${countryFabric.name}`,
    `ennoblissement : ${countryDyeing.name}${garment.printing === null ? '' : ', avec impression'}`,
    `confection : ${countryMaking.name}${garment.fading ? ', avec délavage' : ''}`,
  ].join(' ; ');
}
