import type { StageCode } from '@ecobalyse/schema';
import type { AnswerFacts } from '../answer-facts.js';

/** A product of factors; the terms of one key share their coefficients. */
export interface Term {
  readonly factors: readonly string[];
  readonly key?: string;
}

/** A quantity that is learnt from answers: a sum of terms, whose factors may be the quantities before it. */
export interface Node {
  readonly name: string;
  readonly terms: readonly Term[];
  /** Its value in an answer. */
  readonly target: (facts: AnswerFacts) => number;
  /** Whether it is a part of the cost. */
  readonly isCost?: boolean;
  readonly isWhole?: boolean;
}

/** A quantity that is the difference of two others. */
export interface Difference {
  readonly name: string;
  readonly from: string;
  readonly less: string;
}

const term = (...factors: string[]): Term => ({ factors });
const trimsMass = ({ stages }: AnswerFacts) => stages.making.input - stages.ennobling.output;
const energy = (stage: StageCode) => (facts: AnswerFacts) => facts.stages[stage].kwh;
const cost = (stage: StageCode) => (facts: AnswerFacts) => facts.stages[stage].cost;

/** Ways that share their distances. */
const way = (...factors: string[]): Term => ({ factors, key: 'way' });

/**
 * The garment from its mass back to the fibre, then the energy and the cost of each stage (METHOD §7 to §11, §13). What
 * multiplies what is known; every figure is learnt.
 */
export const NODES: readonly (Node | Difference)[] = [
  { name: 'cut kg', terms: [term('mass', 'cutting')], target: ({ stages }) => stages.making.output },
  { name: 'sewn kg', terms: [term('cut kg', 'stock')], target: ({ stages }) => stages.making.input },
  { name: 'trims kg', terms: [term('trims')], target: trimsMass },
  {
    name: 'yarn kg',
    terms: [term('sewn kg', 'process')],
    target: (facts) => facts.stages.fabric.input + trimsMass(facts),
  },
  {
    name: 'fibre kg',
    terms: [term('yarn kg', 'spun')],
    target: (facts) => facts.stages.spinning.input + trimsMass(facts),
  },
  { name: 'material kg', from: 'fibre kg', less: 'trims kg' },
  { name: 'spinning kg', from: 'yarn kg', less: 'trims kg' },
  { name: 'fabric kg', from: 'sewn kg', less: 'trims kg' },

  {
    name: 'material',
    terms: [term('material', 'material kg', 'materials'), term('material', 'mass', 'materials')],
    target: cost('material'),
    isCost: true,
  },
  { name: 'spinning kWh', terms: [term('spinning on', 'spinning kg', 'yarn', 'spun')], target: energy('spinning') },
  { name: 'spinning', terms: [term('spinning kWh', 'spinning')], target: cost('spinning'), isCost: true },
  {
    name: 'fabric kWh',
    terms: [term('fabric on', 'fabric kg', 'process'), term('fabric on', 'fabric kg', 'process', 'yarn')],
    target: energy('fabric'),
  },
  { name: 'fabric', terms: [term('fabric kWh', 'fabric')], target: cost('fabric'), isCost: true },
  {
    name: 'ennobling kWh',
    terms: [
      term('ennobling on', 'fabric kg', 'printed'),
      term('ennobling on', 'fabric kg', 'materials'),
      term('ennobling on', 'fabric kg', 'dyeing'),
    ],
    target: energy('ennobling'),
  },
  {
    name: 'ennobling',
    terms: [
      term('fabric kg', 'materials', 'ennobling'),
      term('fabric kg', 'dyeing', 'ennobling'),
      term('ennobling kWh 0', 'printing', 'ennobling'),
    ],
    target: cost('ennobling'),
    isCost: true,
  },
  {
    name: 'making kWh',
    terms: [term('making on', 'complexity'), term('making on', 'cut kg', 'fading')],
    target: energy('making'),
  },
  {
    name: 'making',
    terms: [term('making kWh', 'making'), term('cut kg', 'fading', 'making')],
    target: cost('making'),
    isCost: true,
  },
  { name: 'cycles', terms: [term('durability', 'product')], target: ({ careCycles }) => careCycles, isWhole: true },
  {
    name: 'use',
    terms: [term('use', 'cycles', 'product'), term('use', 'cycles', 'mass', 'product')],
    target: cost('use'),
    isCost: true,
  },
  {
    name: 'eol',
    terms: [term('eol', 'product'), term('eol', 'mass'), term('eol', 'mass', 'synthetic')],
    target: cost('eol'),
    isCost: true,
  },
  { name: 'trims cost', terms: [term('trims')], target: ({ trims }) => trims, isCost: true },
  {
    name: 'transport',
    terms: [
      way('material kg', 'material leg'),
      way('spinning kg', 'spinning leg'),
      way('fabric kg', 'fabric leg'),
      way('fabric kg', 'ennobling leg'),
    ],
    target: ({ stages: { material, spinning, fabric, ennobling } }) =>
      material.freight + spinning.freight + fabric.freight + ennobling.freight,
    isCost: true,
  },
  { name: 'air ratio', terms: [term('making on', 'air')], target: ({ airRatio }) => airRatio },
  {
    name: 'making transport',
    terms: [term('mass', 'making leg'), term('mass', 'air ratio', 'making leg')],
    target: ({ stages }) => stages.making.freight,
    isCost: true,
  },
  {
    name: 'distribution',
    terms: [term('mass', 'distribution')],
    target: ({ stages: { distribution } }) => distribution.cost + distribution.freight,
    isCost: true,
  },
];
