import { z } from 'zod';

const brandSchema = z.object({
  id: z.string(),
  active: z.boolean(),
  /** Whether it is the brand of rows that name none. */
  default: z.boolean().optional(),
});
type Brand = z.infer<typeof brandSchema>;

/** Who uploads a declaration, as the portal knows them. */
export const organisationSchema = z.object({
  brands: z.array(brandSchema),
  /** Organisations that let this one declare for their brands, now (`active`) or once. */
  authorizedBy: z
    .array(
      z.object({
        active: z.boolean(),
        from: z.object({ brands: z.array(brandSchema), noGTIN: z.boolean().optional() }),
      }),
    )
    .optional(),
  /** Whether its own brands have no barcode numbers; rows are then kept under their references. */
  noGTIN: z.boolean().optional(),
});
export type Organisation = z.infer<typeof organisationSchema>;

const activeIds = (brands: readonly Brand[]) => brands.filter(({ active }) => active).map(({ id }) => id);

/**
 * What an organisation may declare for. The portal asks twice: a brand that was authorised once passes the first time, and is
 * refused with another error.
 */
export function brandRights({ brands, authorizedBy = [], noGTIN = false }: Organisation): {
  readonly defaultBrand: string;
  readonly known: ReadonlySet<string>;
  readonly allowed: ReadonlySet<string>;
  readonly hasNoGtins: (brand: string) => boolean;
} {
  const own = activeIds(brands);
  const of = (grants: typeof authorizedBy) => grants.flatMap(({ from }) => activeIds(from.brands));
  const withoutGtins = new Set(authorizedBy.flatMap(({ from }) => (from.noGTIN ? activeIds(from.brands) : [])));
  return {
    defaultBrand: brands.find((brand) => brand.default)?.id ?? '',
    known: new Set([...own, ...of(authorizedBy)]),
    allowed: new Set([...own, ...of(authorizedBy.filter(({ active }) => active))]),
    hasNoGtins: (brand) => (own.includes(brand) ? noGTIN : withoutGtins.has(brand)),
  };
}
