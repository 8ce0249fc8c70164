import type { StageCode } from '@ecobalyse/schema';
import type { Country } from './catalogue.js';
import type { Complements } from './complements.js';
import type { StageMass } from './mass-chain.js';
import type { StageWork } from './stages/stage-work.js';
import type { Transport } from './transport.js';

/** One of the eight stages of the life cycle, worked out (METHOD §2). */
export interface Stage {
  readonly code: StageCode;
  readonly country: Country;
  readonly enabled: boolean;
  readonly mass: StageMass;
  readonly work: StageWork;
  /** Shown whether or not the stage is enabled (METHOD §10). */
  readonly complements: Complements;
  readonly transport: Transport;
}
