import type { StageCode } from '@ecobalyse/schema';
import { countries, type Process, products, role } from '../catalogue.js';
import type { Garment } from '../resolve.js';
import type { Stage } from '../stage.js';

/** The labels of the processes behind a stage, or `null` (METHOD §15.4). */
export type ProcessInfo = {
  airTransport: string | null;
  airTransportRatio: null;
  countryElec: string | null;
  countryHeat: string | null;
  distribution: string | null;
  endOfLife: string | null;
  fabric: string | null;
  fading: string | null;
  making: null;
  passengerCar: string | null;
  roadTransport: string | null;
  seaTransport: string | null;
  useIroning: string | null;
  useNonIroning: string | null;
};

const kWhShown = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 5 });
const scoreShown = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 2 });

const ironing = (kWhPerCycle: number) => `Repassage : ${kWhShown.format(kWhPerCycle)} kWh par cycle d'entretien`;

const passengerCar = ({ ecs }: Process) =>
  `Trajet en voiture jusqu'au point de collecte : ${scoreShown.format(ecs)} Pts par coffre plein`;

/** What each stage shows of its own; transport labels are common to all. */
const OWN_LABELS: Readonly<Record<StageCode, (stage: Stage, garment: Garment) => Partial<ProcessInfo>>> = {
  material: () => ({}),
  spinning: ({ country }) => ({ countryElec: country.electricity.label }),
  // The technique of the product, even if the query asks for another.
  fabric: ({ country }, { product }) => ({
    countryElec: country.electricity.label,
    fabric: product.fabric.process.label,
  }),
  ennobling: ({ country }) => ({ countryElec: country.electricity.label, countryHeat: country.heat.label }),
  making: ({ country }) => ({ countryElec: country.electricity.label, fading: role.fading.label }),
  distribution: () => ({ distribution: role.distribution.label }),
  use: (_, { product }) => ({
    countryElec: role.useElectricity.label,
    useIroning: ironing(product.use.ironingKWhPerCycle),
    useNonIroning: product.use.careProcess.label,
  }),
  eol: ({ country }) => ({
    countryElec: country.electricity.label,
    countryHeat: country.heat.label,
    endOfLife: role.endOfLifeTreatment.label,
    passengerCar: passengerCar(role.endOfLifePassengerCar),
  }),
};

function labelsOf(stage: Stage, garment: Garment): ProcessInfo {
  const own = OWN_LABELS[stage.code](stage, garment);
  return {
    airTransport: stage.enabled ? role.airTransport.label : null,
    airTransportRatio: null,
    countryElec: own.countryElec ?? null,
    countryHeat: own.countryHeat ?? null,
    distribution: own.distribution ?? null,
    endOfLife: own.endOfLife ?? null,
    fabric: own.fabric ?? null,
    fading: own.fading ?? null,
    making: null,
    passengerCar: own.passengerCar ?? null,
    roadTransport: stage.enabled ? role.roadTransport.label : null,
    seaTransport: stage.enabled ? role.seaTransport.label : null,
    useIroning: own.useIroning ?? null,
    useNonIroning: own.useNonIroning ?? null,
  };
}

const known: ProcessInfo[] = [];

/** Labels of the processes behind a stage; the 14 keys are always there (METHOD §15.4). Shared and frozen. */
export function processInfoOf(stage: Stage, rank: number, garment: Garment): ProcessInfo {
  const place = ((rank * 2 + Number(stage.enabled)) * countries.length + stage.country.index) * products.length;
  const index = place + garment.product.index;
  const labels = known[index] ?? Object.freeze(labelsOf(stage, garment));
  known[index] = labels;
  return labels;
}
