import {
  catalogueDistribution,
  DescriptionError,
  type Distribution,
  type EstimateOptions,
  estimate,
  LEGAL_DEFAULTS,
  type Query,
  SECTOR,
} from '@ecobalyse/estimation';
import { type EstimateAnswer, type EstimateRequest, inLanguage, type Language } from '@ecobalyse/schema';
import { TextileQueryError } from '@ecobalyse/textile-method';

/** A request, what its parameters say, and the language of its faults. */
export interface EstimateTask {
  readonly request: EstimateRequest;
  readonly options: Omit<EstimateOptions, 'distribution'> & { readonly distribution?: string | undefined };
  readonly language: Language;
}

/** An estimate, or what is wrong with each field of the request. */
export type EstimateOutcome =
  | { readonly estimate: EstimateAnswer }
  | { readonly errors: Readonly<Record<string, string>> };

const DISTRIBUTIONS = [SECTOR, LEGAL_DEFAULTS];

function distributionOf({ request, options }: EstimateTask): Distribution {
  if (request.catalogue) {
    try {
      return catalogueDistribution(request.catalogue as Query[]);
    } catch (error) {
      if (!(error instanceof TextileQueryError)) throw error;
      throw new DescriptionError({ catalogue: Object.values(error.errors).join(' | ') });
    }
  }
  return DISTRIBUTIONS.find(({ name }) => name === options.distribution) ?? SECTOR;
}

/** What a thread does: estimates a garment. */
export default function estimateInThread(task: EstimateTask): EstimateOutcome {
  try {
    return inLanguage(task.language, () => ({
      estimate: estimate(task.request, { ...task.options, distribution: distributionOf(task) }),
    }));
  } catch (error) {
    if (error instanceof DescriptionError) return { errors: error.errors };
    throw error;
  }
}
