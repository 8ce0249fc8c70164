import type {
  Business,
  DyeingProcessType,
  FabricProcess,
  MakingComplexity,
  PrintingKind,
  SpinningTechnique,
  StageCode,
} from '@ecobalyse/schema';
import type { GramsPerM2, Kg, Nm } from './units.js';

/** One entry of the material list (METHOD §3.2). */
export interface ReadMaterial {
  readonly id: string;
  readonly share: number;
  readonly country: string | null;
  readonly spinning: SpinningTechnique | null;
}

/** Printing, with its default ratio (METHOD §3.3). */
export interface ReadPrinting {
  readonly kind: PrintingKind;
  readonly ratio: number;
}

/** A yarn size and how it was written (METHOD §3.5). */
export interface ReadYarnSize {
  readonly nm: Nm;
  readonly written: number | string;
}

/** The elements that replace those of a trim; ids in lower case, name trimmed, left out if blank (METHOD §3.4, §15.3). */
export interface CustomTrim {
  readonly name?: string;
  readonly elements: readonly {
    readonly amount: number;
    readonly material: string;
    readonly transforms: readonly string[];
  }[];
}

/** One kind of trim and how many of it; ids in lower case (METHOD §3.4). */
export interface TrimItem {
  readonly id: string;
  readonly quantity: number;
  readonly custom?: CustomTrim;
}

/** A query that was read: `null` stands for every optional field that is absent or null (METHOD §3.1). */
export interface ReadQuery {
  readonly mass: Kg;
  readonly materials: readonly ReadMaterial[];
  readonly product: string;
  readonly airTransportRatio: number | null;
  readonly business: Business | null;
  readonly countrySpinning: string | null;
  readonly countryFabric: string | null;
  readonly countryDyeing: string | null;
  readonly countryMaking: string | null;
  readonly disabledSteps: readonly StageCode[];
  readonly dyeingProcessType: DyeingProcessType | null;
  readonly fabricProcess: FabricProcess | null;
  readonly fading: boolean | null;
  readonly makingComplexity: MakingComplexity | null;
  readonly makingDeadStock: number | null;
  readonly makingWaste: number | null;
  readonly numberOfReferences: number | null;
  readonly physicalDurability: number | null;
  readonly price: number | null;
  readonly printing: ReadPrinting | null;
  readonly surfaceMass: GramsPerM2 | null;
  readonly trims: readonly TrimItem[] | null;
  readonly upcycled: boolean;
  readonly yarnSize: ReadYarnSize | null;
}
