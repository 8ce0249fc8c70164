import { type DetailedSimulation, STAGE_CODES, type StageCode } from '@ecobalyse/schema';

/** What an upstream answer says about one stage; nothing of a stage that is left out but its masses. */
export interface StageFacts {
  /** kg. */
  readonly input: number;
  readonly output: number;
  readonly kwh: number;
  /** Pts, before the division by durability, without transport. */
  readonly cost: number;
  /** Pts of the transport to the next stage. */
  readonly freight: number;
}

/** What the stage-wise family learns from an upstream answer. */
export interface AnswerFacts {
  readonly stages: Readonly<Record<StageCode, StageFacts>>;
  readonly durability: number;
  readonly careCycles: number;
  readonly airRatio: number;
  /** Pts of the trims. */
  readonly trims: number;
  readonly synthetic: readonly string[];
}

/** Fields of an answer that {@link answerFacts} reads, as a projection. */
export const FACT_FIELDS = [
  'durability',
  'useNbCycles',
  'trimsImpacts.ecs',
  'inputs.materials.material.id',
  'inputs.materials.material.origin',
  'lifeCycle.enabled',
  'lifeCycle.inputMass',
  'lifeCycle.outputMass',
  'lifeCycle.elecKWh',
  'lifeCycle.airTransportRatio',
  'lifeCycle.impacts.ecs',
  'lifeCycle.transport.impacts.ecs',
] as const;

/** Whether an answer has every stage with its energy: those that other platforms stored may lack some. */
const isWhole = ({ lifeCycle, inputs }: DetailedSimulation) =>
  lifeCycle?.length === STAGE_CODES.length &&
  lifeCycle.every(({ elecKWh }) => typeof elecKWh === 'number') &&
  inputs?.materials?.every(({ material }) => typeof material.origin === 'string');

/** The facts of a detailed answer (METHOD §15.3); null when it does not hold them all. */
export function answerFacts(answer: DetailedSimulation): AnswerFacts | null {
  if (!isWhole(answer)) return null;
  const stages = Object.fromEntries(
    STAGE_CODES.map((code, at): [StageCode, StageFacts] => {
      const { enabled, inputMass, outputMass, elecKWh, impacts, transport } = answer.lifeCycle[
        at
      ] as DetailedSimulation['lifeCycle'][number];
      const counted = (value: number) => (enabled ? value : 0);
      return [
        code,
        {
          input: inputMass,
          output: outputMass,
          kwh: counted(elecKWh as number),
          cost: counted(impacts.ecs),
          freight: counted(transport.impacts.ecs),
        },
      ];
    }),
  ) as Record<StageCode, StageFacts>;
  return {
    stages,
    durability: answer.durability,
    careCycles: answer.useNbCycles,
    airRatio: answer.lifeCycle[STAGE_CODES.indexOf('making')]?.airTransportRatio as number,
    trims: answer.trimsImpacts.ecs,
    synthetic: answer.inputs.materials.flatMap(({ material }) =>
      material.origin === 'Synthetic' ? [material.id] : [],
    ),
  };
}
