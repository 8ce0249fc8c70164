import type { StageCode } from '@ecobalyse/schema';
import type { Fibre, Garment } from './resolve.js';
import { heldRatio, type Kg, kg } from './units.js';

/** What enters and leaves a stage, in kg (METHOD §7). */
export interface StageMass {
  readonly inputKg: Kg;
  readonly outputKg: Kg;
  readonly wasteKg: Kg;
  readonly deadstockKg: Kg;
}

export type MassChain = Readonly<Record<StageCode, StageMass>>;

const stageMass = (inputKg: number, outputKg: number, wasteKg: number, deadstockKg: number): StageMass => ({
  inputKg: kg(inputKg),
  outputKg: kg(outputKg),
  wasteKg: kg(wasteKg),
  deadstockKg: kg(deadstockKg),
});

/** A stage that neither wastes nor keeps anything. */
const passing = (massKg: number): StageMass => stageMass(massKg, massKg, 0, 0);

/** Making: waste of cutting, then unsold items (METHOD §7.2, §7.3). */
function makingMass({ massKg, makingWasteRatio, makingDeadStockRatio }: Garment): StageMass {
  const cutKg = massKg / (1 - heldRatio(makingWasteRatio));
  const fabricKg = cutKg / ((100 - 100 * makingDeadStockRatio) / 100);
  const deadstockKg = fabricKg - cutKg;
  return stageMass(fabricKg, fabricKg - deadstockKg, cutKg - massKg, deadstockKg);
}

/** Knitting or weaving waste, for what making asks for (METHOD §7.4). */
function fabricMass(askedKg: number, wasteRatio: number): StageMass {
  const inputKg = askedKg / (1 - heldRatio(wasteRatio));
  const wasteKg = inputKg - askedKg;
  return stageMass(inputKg, inputKg - wasteKg, wasteKg, 0);
}

/** Waste of a stage that handles each fibre on its own (METHOD §7.5, §7.6). */
function fibresMass(askedKg: number, fibres: readonly Fibre[], wasteRatioOf: (fibre: Fibre) => number): StageMass {
  let inputKg = 0;
  let wasteKg = 0;
  for (const fibre of fibres) {
    const out = askedKg * fibre.share;
    const needed = out / (1 - wasteRatioOf(fibre));
    inputKg += needed;
    wasteKg += needed - out;
  }
  return stageMass(inputKg, inputKg - wasteKg, wasteKg, 0);
}

const spinningWaste = ({ spinning }: Fibre) => spinning.wasteRatio;
const materialWaste = ({ material }: Fibre) => material.wasteRatio;

/** Takes the trims off a textile stage; wastes do not change (METHOD §7.7). */
const withoutTrims = ({ inputKg, outputKg, wasteKg, deadstockKg }: StageMass, trimsKg: Kg): StageMass =>
  stageMass(inputKg - trimsKg, outputKg - trimsKg, wasteKg, deadstockKg);

/** Masses of all stages, derived backwards from the finished item to the fibre (METHOD §7). */
export function massChain(garment: Garment): MassChain {
  const { massKg, fibres, fabric: technique, computed, trims } = garment;
  const finished = passing(massKg);
  const making = computed.making ? makingMass(garment) : finished;
  const ennobling = passing(making.inputKg);
  const fabric = computed.fabric ? fabricMass(making.inputKg, technique.process.wasteRatio) : ennobling;
  const spinning = computed.spinning ? fibresMass(fabric.inputKg, fibres, spinningWaste) : passing(fabric.inputKg);
  const material = fibresMass(spinning.inputKg, fibres, materialWaste);
  return {
    material: withoutTrims(material, trims.massKg),
    spinning: withoutTrims(spinning, trims.massKg),
    fabric: withoutTrims(fabric, trims.massKg),
    ennobling: withoutTrims(ennobling, trims.massKg),
    making,
    distribution: finished,
    use: finished,
    eol: finished,
  };
}
