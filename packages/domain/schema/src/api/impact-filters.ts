import { z } from 'zod';
import { NO_SCENARIO, SCENARIOS } from '../vocabulary.js';
import { STATE_FILTERS } from '../warnings.js';
import { builtInParameter } from './catalogue-names.js';
import { listParameter, numberParameter, oneOf, textParameter } from './parameters.js';

const country = (of: string) =>
  textParameter('the code of a country', 'le code d’un pays')
    .optional()
    .meta({ description: `Code of the country of ${of}`, example: 'FR' });

/** Filters of `/impacts` and of the exports; all that are given have to hold. */
export const impactFilterQuery = z.object({
  product: listParameter('a product type', 'un type de produit')
    .optional()
    .meta({ description: 'Product types: repeated, or separated by commas', example: 'jean' }),
  material: listParameter('a material', 'une matière').optional().meta({
    description: 'Materials, of which the garment has one: repeated, or separated by commas',
    example: 'ei-coton',
  }),
  country_spinning: country('spinning'),
  country_fabric: country('fabric'),
  country_dyeing: country('dyeing'),
  country_making: country('making'),
  country: country('spinning, fabric, dyeing or making'),
  process: textParameter('a fabric process', 'un procédé de tissage ou de tricotage')
    .optional()
    .meta({ description: 'Fabric process', example: 'weaving' }),
  scenario: oneOf([...SCENARIOS, NO_SCENARIO])
    .optional()
    .meta({ description: `Scenario of the extraction; ${NO_SCENARIO} for products that users added` }),
  catalogue: builtInParameter
    .optional()
    .meta({ description: 'Only the reference grid, or only products that were added without a catalogue' }),
  min_ecs: numberParameter('a cost in Pts', 'un coût en Pts')
    .optional()
    .meta({ description: 'Least environmental cost, Pts' }),
  max_ecs: numberParameter('a cost in Pts', 'un coût en Pts')
    .optional()
    .meta({ description: 'Greatest environmental cost, Pts' }),
  min_mass: numberParameter('a mass in kg', 'une masse en kg').optional().meta({ description: 'Least mass, kg' }),
  max_mass: numberParameter('a mass in kg', 'une masse en kg').optional().meta({ description: 'Greatest mass, kg' }),
  state: oneOf(STATE_FILTERS)
    .optional()
    .meta({
      description:
        'Doubtful products that wait to be checked, those that somebody has confirmed, or all but those to check (counted), which ' +
        'is what figures over many products are of unless they are asked for others',
      example: 'to-check',
    }),
  warning: textParameter('a warning', 'un avertissement')
    .optional()
    .meta({ description: 'Rule that finds something of the product', example: 'mass_out_of_range' }),
  method_version: textParameter('a version of the method', 'une version de la méthode').optional().meta({
    description:
      'Only products by this version of the method. Figures over many products are by one version: without this, that of the most products',
    example: '7.0.0',
  }),
  q: textParameter('words to look for', 'des mots à chercher')
    .optional()
    .meta({
      description:
        'Words, all of which are found: in names (French or English) or ids of the product type, materials, countries or process, ' +
        'whatever their accents and plural, or at the beginning of the identity',
      example: 'coton chine',
    }),
});

export type ImpactFilterQuery = z.output<typeof impactFilterQuery>;

export const impactExportQuery = impactFilterQuery.extend({
  product_id: textParameter('a product type', 'un type de produit')
    .optional()
    .meta({ description: 'Only this product type; the same as product', example: 'tshirt' }),
});
