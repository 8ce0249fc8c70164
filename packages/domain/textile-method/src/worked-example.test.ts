import { expect, it } from 'vitest';
import { type DetailedAnswer, simulateDetailed } from './index.js';
import { areClose } from './testing/differences.js';

const query = {
  mass: 0.17,
  materials: [
    { id: 'ei-coton', share: 0.9 },
    { id: 'ei-pet', share: 0.1, country: 'TR' },
  ],
  product: 'tshirt',
  countrySpinning: 'IN',
  countryFabric: 'IN',
  countryDyeing: 'PK',
  countryMaking: 'BD',
  printing: { kind: 'pigment', ratio: 0.1 },
};

/** The printed figures have 12 significant digits. */
const printed = (value: number) => Number(value.toPrecision(12));

// METHOD §18: stage, country, in, out, waste, kWh, MJ, ecs, pef.
const STAGES = [
  ['Matières premières', 'CN', 0.277156140153, 0.277156140153, 0, 0, 0, 437.110738889, 114.036254169],
  ['Filature', 'IN', 0.277156140153, 0.245846286405, 0.0313098537487, 0.737538859214, 0, 56.9222903536, 60.2106073574],
  [
    'Tissage & Tricotage',
    'IN',
    0.245846286405,
    0.232294117647,
    0.0135521687576,
    0.557505882353,
    0,
    43.0275792424,
    45.5132192188,
  ],
  [
    'Ennoblissement',
    'PK',
    0.232294117647,
    0.232294117647,
    0,
    0.627968431373,
    13.8249844118,
    397.061249786,
    131.969673078,
  ],
  ['Confection', 'BD', 0.235294117647, 0.2, 0.03, 0.435, 0, 21.417312, 22.50342],
  ['Distribution', 'FR', 0.17, 0.17, 0, 0, 0, 0, 0],
  ['Utilisation', 'FR', 0.17, 0.17, 0, 2.23435, 0, 119.07759372, 144.688926415],
  ['Fin de vie', 'FR', 0.17, 0.17, 0, 0, 0, 47.29610928, 5.67737743],
];

// METHOD §18: road km, sea km, air km, ecs, pef of the transport after each stage.
const TRANSPORTS = [
  [0, 17944, 0, 3.89560288774, 4.26789713899],
  [500, 0, 0, 1.88860346447, 1.67979392112],
  [565.75, 1635.75, 0, 2.51305156101, 2.33700823981],
  [649, 4186.5, 0, 3.58033889008, 3.44504864259],
  [0, 0, 7982, 80.36612844, 77.32115508],
  [500, 0, 0, 1.3059485, 1.161559],
  [0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0],
];

it('reproduces the worked example of METHOD §18', () => {
  const answer: DetailedAnswer = simulateDetailed(query);
  const { lifeCycle, durability, impacts, impactsWithoutDurability, trimsImpacts, complementsImpacts } = answer;

  expect(
    lifeCycle.map(({ label, country, inputMass, outputMass, waste, elecKWh, heatMJ, impacts: { ecs, pef } }) => [
      label,
      country.code,
      ...[inputMass, outputMass, waste, elecKWh, heatMJ, ecs, pef].map(printed),
    ]),
  ).toEqual(STAGES);
  expect(
    lifeCycle.map(({ transport: { road, sea, air, impacts } }) =>
      [road, sea, air, impacts.ecs, impacts.pef].map(printed),
    ),
  ).toEqual(TRANSPORTS);

  expect(lifeCycle.map(({ deadstock }) => printed(deadstock))).toEqual([0, 0, 0, 0, 0.0352941176471, 0, 0, 0]);
  expect(lifeCycle.map(({ airTransportRatio }) => airTransportRatio)).toEqual([0, 0, 0, 0, 1, 0, 0, 0]);
  expect([trimsImpacts.ecs, trimsImpacts.pef].map(printed)).toEqual([0.807741, 0.887655]);
  expect(areClose(52.19, complementsImpacts.microfibers * durability)).toBe(true);
  expect(areClose(41.65, complementsImpacts.outOfEuropeEOL * durability)).toBe(true);
  expect([impactsWithoutDurability.ecs, impactsWithoutDurability.pef].map(printed)).toEqual([
    1216.27028801, 615.699594691,
  ]);
  expect([impacts.ecs, impacts.pef].map(printed)).toEqual([1815.32878808, 918.954618942]);
  expect([durability, answer.daysOfWear, answer.useNbCycles]).toEqual([0.67, 30, 30]);
});
