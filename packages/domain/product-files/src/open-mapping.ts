import type { FileMapping, Words } from '@ecobalyse/schema';
import { headerFieldOf } from './csv-columns.js';
import { IGNORED, type Mapping } from './mapping.js';
import { idsOf, NAMED, type Named, plain } from './names.js';
import { UnreadableTextError } from './product-text.js';

/** A mapping that names fields or values which we do not know. */
export class MappingError extends UnreadableTextError {
  override readonly name = 'MappingError';
}

const refuse = (path: string, expected: Words, received: string): never => {
  throw new MappingError({
    fr: `${path} ; attendu : ${expected.fr} ; reçu : ${JSON.stringify(received)}`,
    en: `${path}: expected ${expected.en}; received ${JSON.stringify(received)}`,
  });
};

/**
 * Opens what the author of a file says of it.
 *
 * @throws MappingError naming a field or an id that we do not know.
 */
export function openMapping({ columns, values, massUnit }: FileMapping): Mapping {
  const fields = new Map(
    Object.entries(columns).map(([header, name]) => {
      const field = name === IGNORED ? IGNORED : headerFieldOf(name);
      const expected = { fr: `un champ comme product, ou ${IGNORED}`, en: `a field such as product, or ${IGNORED}` };
      return [header.trim(), field ?? refuse(`columns.${header}`, expected, name)] as const;
    }),
  );
  const ids = new Map(
    Object.entries(values).flatMap(([named, byText]) => {
      const one = { fr: `l’un de ${NAMED.join(', ')}`, en: `one of ${NAMED.join(', ')}` };
      if (!NAMED.includes(named as Named)) return refuse('values', one, named);
      return Object.entries(byText).map(([text, name]) => {
        const [id, ...others] = idsOf(named as Named, name);
        if (id === undefined || others.length > 0) {
          return refuse(
            `values.${named}.${text}`,
            { fr: 'un identifiant de la méthode', en: 'an id of the method' },
            name,
          );
        }
        return [`${named} ${plain(text)}`, id] as const;
      });
    }),
  );
  return {
    fieldOf: (header, index) => fields.get(`#${index + 1}`) ?? fields.get(header),
    idOf: (named, cell) => ids.get(`${named} ${plain(cell)}`),
    massUnit,
  };
}
