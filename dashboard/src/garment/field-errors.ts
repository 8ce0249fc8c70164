import type { ApiError, Fault } from '@ecobalyse/api-client';
import { useMessages } from '../i18n/messages.js';
import { garmentMessages } from './garment-messages.js';

/** What a field expects (bounds: METHOD §4.1), in place of the API's message, which is always French. */
const EXPECTATIONS = {
  mass: 'expectMass',
  materials: 'expectMaterials',
  'materials.share': 'expectShare',
  airTransportRatio: 'expectShare',
  makingWaste: 'expectWaste',
  makingDeadStock: 'expectDeadStock',
  numberOfReferences: 'expectReferences',
  physicalDurability: 'expectDurability',
  price: 'expectPrice',
  surfaceMass: 'expectSurfaceMass',
  yarnSize: 'expectYarnSize',
  printing: 'expectPrinting',
  'printing.ratio': 'expectPrinting',
  trims: 'expectQuantity',
  'trims.quantity': 'expectQuantity',
} as const satisfies Readonly<Record<string, keyof typeof garmentMessages.en>>;

/** Finds what the API had against a field: `errorAt('materials', 0, 'share')`. */
export type ErrorAt = (...path: readonly (string | number)[]) => string | undefined;

const pathOf = ({ loc }: Fault) => loc.slice(1).join('.');

/** The faults of a refused query by field, and those of the query as a whole. */
export function useFieldErrors(error: ApiError | undefined): { errorAt: ErrorAt; general: string | undefined } {
  const t = useMessages(garmentMessages);
  const faults = error?.kind === 'invalid' ? error.faults : [];
  const textOf = (fault: Fault) => {
    const field = fault.loc.slice(1).filter((part) => typeof part === 'string');
    const key = EXPECTATIONS[field.join('.') as keyof typeof EXPECTATIONS];
    return key ? t[key] : fault.msg;
  };
  const whole = faults.find((fault) => pathOf(fault) === '');
  return {
    errorAt: (...path) => {
      const fault = faults.find((candidate) => pathOf(candidate) === path.join('.'));
      return fault && textOf(fault);
    },
    general: whole?.msg,
  };
}
