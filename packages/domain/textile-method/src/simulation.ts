import { DOMESTIC_COUNTRY } from './catalogue.js';
import { endOfLifeComplements, materialComplements, NO_COMPLEMENTS } from './complements.js';
import { type Durability, durabilityOf } from './durability.js';
import { massChain } from './mass-chain.js';
import type { Garment } from './resolve.js';
import type { Stage } from './stage.js';
import { endOfLifeWork } from './stages/end-of-life.js';
import { ennoblingWork, NO_ENNOBLING_WORK, type PreTreatments } from './stages/ennobling.js';
import { type FabricWork, fabricWork, NO_FABRIC_WORK } from './stages/fabric.js';
import { makingWork } from './stages/making.js';
import { materialWork } from './stages/material.js';
import { spinningWork } from './stages/spinning.js';
import { NO_WORK } from './stages/stage-work.js';
import { useWork } from './stages/use.js';
import { type Totals, totalsOf } from './totals.js';
import {
  distributionTransport,
  finishedTransport,
  makingAirRatio,
  materialTransport,
  NO_TRANSPORT,
  surfaceTransport,
} from './transport.js';

/** Everything that the method says about a garment; answers only choose what they show of it. */
export interface Simulation {
  readonly garment: Garment;
  readonly durability: Durability;
  /** Air transport ratio of making (METHOD §11.3). */
  readonly airRatio: number;
  /** The eight stages, in the order of METHOD §2. */
  readonly stages: readonly Stage[];
  readonly fabric: FabricWork;
  readonly preTreatments: PreTreatments;
  readonly totals: Totals;
}

/** Works out a garment, in the order of METHOD §2. */
export function simulate(garment: Garment): Simulation {
  const { enabled, computed, countrySpinning, countryFabric, countryDyeing, countryMaking } = garment;
  const masses = massChain(garment);
  const durability = durabilityOf(garment);
  const airRatio = makingAirRatio(garment, durability.coefficient);

  const fabric = computed.fabric ? fabricWork(garment, masses.fabric) : NO_FABRIC_WORK;
  const ennobling = computed.ennobling ? ennoblingWork(garment, masses.ennobling) : NO_ENNOBLING_WORK;

  // Where each stage delivers: the next enabled stage, or itself when there is none (METHOD §11.2).
  const afterMaking = enabled.distribution || enabled.use || enabled.eol ? DOMESTIC_COUNTRY : null;
  const afterEnnobling = enabled.making ? countryMaking : afterMaking;
  const afterFabric = enabled.ennobling ? countryDyeing : afterEnnobling;
  const afterSpinning = enabled.fabric ? countryFabric : afterFabric;
  const afterMaterial = enabled.spinning ? countrySpinning : afterSpinning;
  const countryMaterial = garment.mainFibre.material.defaultCountry;

  const stages: readonly Stage[] = [
    {
      code: 'material',
      country: countryMaterial,
      enabled: enabled.material,
      mass: masses.material,
      work: computed.material ? materialWork(garment, masses.material) : NO_WORK,
      complements: materialComplements(garment),
      transport: enabled.material
        ? materialTransport(garment, masses.material.outputKg, afterMaterial ?? countryMaterial)
        : NO_TRANSPORT,
    },
    {
      code: 'spinning',
      country: countrySpinning,
      enabled: enabled.spinning,
      mass: masses.spinning,
      work: computed.spinning ? spinningWork(garment, masses.spinning) : NO_WORK,
      complements: NO_COMPLEMENTS,
      transport: enabled.spinning
        ? surfaceTransport(countrySpinning, afterSpinning ?? countrySpinning, masses.spinning.outputKg)
        : NO_TRANSPORT,
    },
    {
      code: 'fabric',
      country: countryFabric,
      enabled: enabled.fabric,
      mass: masses.fabric,
      work: fabric.work,
      complements: NO_COMPLEMENTS,
      transport: enabled.fabric
        ? surfaceTransport(countryFabric, afterFabric ?? countryFabric, masses.fabric.outputKg)
        : NO_TRANSPORT,
    },
    {
      code: 'ennobling',
      country: countryDyeing,
      enabled: enabled.ennobling,
      mass: masses.ennobling,
      work: ennobling.work,
      complements: NO_COMPLEMENTS,
      transport: enabled.ennobling
        ? surfaceTransport(countryDyeing, afterEnnobling ?? countryDyeing, masses.ennobling.outputKg)
        : NO_TRANSPORT,
    },
    {
      code: 'making',
      country: countryMaking,
      enabled: enabled.making,
      mass: masses.making,
      work: computed.making ? makingWork(garment, masses.making) : NO_WORK,
      complements: NO_COMPLEMENTS,
      transport: enabled.making
        ? finishedTransport(countryMaking, afterMaking ?? countryMaking, airRatio, garment.massKg)
        : NO_TRANSPORT,
    },
    {
      code: 'distribution',
      country: DOMESTIC_COUNTRY,
      enabled: enabled.distribution,
      mass: masses.distribution,
      work: NO_WORK,
      complements: NO_COMPLEMENTS,
      transport: enabled.distribution ? distributionTransport(masses.distribution.outputKg) : NO_TRANSPORT,
    },
    {
      code: 'use',
      country: DOMESTIC_COUNTRY,
      enabled: enabled.use,
      mass: masses.use,
      work: computed.use ? useWork(garment, masses.use, durability) : NO_WORK,
      complements: NO_COMPLEMENTS,
      transport: NO_TRANSPORT,
    },
    {
      code: 'eol',
      country: DOMESTIC_COUNTRY,
      enabled: enabled.eol,
      mass: masses.eol,
      work: computed.eol ? endOfLifeWork(garment, masses.eol) : NO_WORK,
      complements: endOfLifeComplements(garment),
      transport: NO_TRANSPORT,
    },
  ];
  return {
    garment,
    durability,
    airRatio,
    stages,
    fabric,
    preTreatments: ennobling.preTreatments,
    totals: totalsOf(garment, stages, durability),
  };
}
