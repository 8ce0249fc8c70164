import type { PredictionRequest } from '@ecobalyse/schema';
import { describe, expect, it } from 'vitest';
import { openCompletions, openVocabulary } from './completions.js';
import { fitFeatureSpec } from './feature-spec.js';
import { type Garment, garmentFromRequest, KNOWN_FIELDS, type WholeGarment } from './garment.js';
import { sampleGarments } from './testing/sample-garments.js';

const garments = sampleGarments().map(({ garment }) => garment);
const spec = fitFeatureSpec(garments, 1);
const complete = openCompletions(spec);
const readable = openVocabulary(spec);
const told = (request: PredictionRequest): Garment => readable(garmentFromRequest(request));
const whole = garments[0] as WholeGarment;

describe('completions', () => {
  it('of a whole garment are the garment itself', () => {
    expect(complete(whole)).toEqual([whole]);
  });

  it('keep what is told and take the rest from one garment of the training each', () => {
    const found = complete(told({ ProductId: 'jean', Mass: 0.77, CountryMakingCode: 'TR' }));
    // Three mixes and five masses, at the default of air transport.
    expect(found).toHaveLength(15);
    for (const garment of found) {
      expect(garment.massKg).toBe(0.77);
      expect(garment.known).toMatchObject({ product: 'jean', countryMaking: 'TR', fabricProcess: 'weaving' });
      expect(
        garments.some(
          ({ known, materials }) =>
            materials === garment.materials && KNOWN_FIELDS.every((field) => known[field] === garment.known[field]),
        ),
      ).toBe(true);
    }
  });

  it('are of another product when no garment of the product has the told country: the product counts most', () => {
    const few = openCompletions({
      ...spec,
      profiles: garments.filter(({ known }) => known.product !== 'jean' || known.countryFabric === 'FR'),
    });
    const found = few(told({ ProductId: 'jean', CountryFabricCode: 'BD', CountryDyeingCode: 'BD', Mass: 0.5 }));
    expect(new Set(found.map(({ known }) => `${known.product} ${known.countryFabric} ${known.fabricProcess}`))).toEqual(
      new Set(['jean BD weaving']),
    );
    expect(new Set(found.map(({ known }) => known.countryMaking))).toEqual(new Set(['FR']));
  });

  it('agree with the air transport that is told, and with the mix', () => {
    const mix = [
      { id: 'ei-coton', share: 0.6 },
      { id: 'ei-pet', share: 0.4 },
    ];
    const given = complete(told({ ProductId: 'pull', Materials: mix, AirTransportRatio: 0.33 }));
    expect(given).toHaveLength(24);
    const origins = given.map(({ massKg, known }) => `${massKg} ${known.countryFabric}`);
    // 5 countries and 5 masses stand beside this product, mix and ratio.
    expect(new Set(origins).size).toBe(24);
    for (const { materials } of given) expect(materials).toEqual(mix);
  });

  it('take what training has not seen as missing, and leave unknown materials out of the mix', () => {
    expect(complete(told({ ProductId: 'unheard of', Mass: 0.3 }))).toEqual(complete(told({ Mass: 0.3 })));
    const [garment] = complete(
      told({
        Materials: [
          { id: 'ei-coton', share: 0.5 },
          { id: 'unheard of', share: 0.5 },
        ],
      }),
    );
    expect(garment?.materials).toEqual([{ id: 'ei-coton', share: 1 }]);
    expect(complete(told({ MaterialId_1: 'unheard of' }))).toEqual(complete(told({})));
  });
});
