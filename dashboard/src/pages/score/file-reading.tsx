import type { FileInspection, FileMapping } from '@ecobalyse/schema';
import { useState } from 'preact/hooks';
import { ask } from '../../api/client.js';
import { useMay } from '../../api/use-me.js';
import { forgetAnswers, useAction } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import { Button } from '../../ui/button.js';
import { DataTable } from '../../ui/data-table.js';
import { type Choice, Input, Select } from '../../ui/fields.js';
import { hasCorrections, IGNORE, keyOfColumn, withColumn, withMassUnit, withValue } from './file-mapping.js';
import { fileMessages } from './file-messages.js';

const UNITS = ['kg', 'g', 'mg'] as const;

export interface Corrected {
  readonly inspection: FileInspection;
  readonly mapping: FileMapping;
  readonly correct: (mapping: FileMapping) => void;
}

/** Form, sheet or separator, and where the headers are. */
function Summary({ inspection }: Pick<Corrected, 'inspection'>) {
  const { t, f } = useTexts(fileMessages);
  const { format, encoding, separator, sheet, header_line, rows, missing, refused, checked, is_complete } = inspection;
  const isKnown = separator === ';' || separator === ',' || separator === '\t';
  const nameOf = (id: string) => inspection.fields.find((field) => field.id === id)?.name ?? id;
  return (
    <>
      <p class="lead">
        {[
          t.found(f.integer(rows)),
          format === 'xlsx' ? 'Excel' : format.toUpperCase(),
          encoding,
          sheet && t.sheet(sheet),
          isKnown && t.separator(t[separator]),
          header_line !== null && t.headerLine(f.integer(header_line)),
        ]
          .filter(Boolean)
          .join(', ')}
      </p>
      {missing.length > 0 && (
        <p class="notice bad" role="alert">
          {t.missing(f.list(missing.map(nameOf)))}
        </p>
      )}
      {!is_complete && <p class="notice bad">{t.incomplete}</p>}
      {missing.length === 0 && refused > 0 && (
        <p class="notice">{t.wouldRefuse(f.integer(refused), f.integer(Math.max(checked, Math.min(rows, 1000))))}</p>
      )}
      {missing.length === 0 && refused === 0 && <p class="notice good">{t.allGood}</p>}
    </>
  );
}

function Columns({ inspection, mapping, correct }: Corrected) {
  const { t, f } = useTexts(fileMessages);
  const { columns, fields } = inspection;
  const choices = fields.map(({ id, name }) => ({ value: id, label: name }));
  const hasMass = columns.some(({ field }) => field === 'mass');
  return (
    <section class="sub-section">
      <h3>{t.columns}</h3>
      <DataTable
        caption={t.columns}
        columns={[
          {
            header: t.column,
            cell: ({ header, column }) => header || t.numbered(f.integer(column)),
            detail: ({ examples }) => examples.join(' · '),
          },
          { header: t.examples, minor: true, cell: ({ examples }) => <span class="soft">{examples.join(' · ')}</span> },
          {
            header: t.holds,
            cell: (column) => {
              const { header, field, how } = column;
              const none: readonly Choice[] =
                how === 'mapping' ? [{ value: '', label: t.byItself }] : field ? [] : [{ value: '', label: t.notRead }];
              return (
                <Select
                  label={t.holdsOf(header || t.numbered(f.integer(column.column)))}
                  isLabelHidden
                  value={field ?? (how === 'ignored' ? IGNORE : '')}
                  choices={[...none, { value: IGNORE, label: t.ignore }, ...choices]}
                  onChange={(value) => correct(withColumn(mapping, keyOfColumn(column, columns), value))}
                />
              );
            },
            detail: ({ how }) => t[how],
          },
          {
            header: t.how,
            minor: true,
            cell: ({ how, problem }) =>
              problem ? <span class="tag warn">{t[how]}</span> : <span class="soft">{t[how]}</span>,
          },
        ]}
        rows={columns.filter(({ header, examples }) => header !== '' || examples.length > 0)}
        rowKey={({ column }) => column}
      />
      {hasMass && (
        <div class="fields choice-fields">
          <Select
            label={t.massUnit}
            value={mapping.massUnit ?? ''}
            choices={[{ value: '', label: t.unitOfHeader }, ...UNITS.map((value) => ({ value, label: t[value] }))]}
            onChange={(unit) => correct(withMassUnit(mapping, unit))}
          />
        </div>
      )}
    </section>
  );
}

interface Word {
  readonly named: string;
  readonly value: string;
  readonly column?: string;
  readonly rows?: number;
  readonly near: readonly { id: string; name: string }[];
}

function Words({ inspection, mapping, correct }: Corrected) {
  const { t, f, v } = useTexts(fileMessages);
  /** Names of the method, of what was corrected already. */
  const nameOf = (named: string, id: string): string => {
    if (named === 'product') return v.product(id);
    if (named === 'material') return v.material(id);
    if (named === 'country') return f.country(id);
    return named === 'fabricProcess' ? v.process(id) : id;
  };
  const unknown = inspection.columns.flatMap(({ header, unknown_values }): Word[] =>
    unknown_values.map((word) => ({ ...word, column: header })),
  );
  const said = Object.entries(mapping.values).flatMap(([named, byWord]): Word[] =>
    Object.keys(byWord).map((value) => ({ named, value, near: [] })),
  );
  const isSaid = (word: Word) => mapping.values[word.named]?.[word.value] !== undefined;
  const words = [...unknown.filter((word) => !isSaid(word)), ...said];
  if (words.length === 0) return null;
  return (
    <section class="sub-section">
      <h3>{t.words}</h3>
      <p class="soft hint">{t.wordsHint}</p>
      <DataTable
        caption={t.words}
        columns={[
          { header: t.word, cell: ({ value }) => value, detail: ({ column }) => column },
          { header: t.column, minor: true, cell: ({ column }) => column ?? '–' },
          { header: t.rows, figure: ({ rows }) => f.known(rows, f.integer) },
          {
            header: t.means,
            cell: ({ named, value, near }) => {
              const id = mapping.values[named]?.[value] ?? '';
              const others = inspection.choices[named]?.filter((one) => !near.some((close) => close.id === one.id));
              const known = id !== '' && !others ? [{ id, name: nameOf(named, id) }] : [];
              return (
                <Select
                  label={t.meansOf(value)}
                  isLabelHidden
                  value={id}
                  choices={[
                    { value: '', label: t.chooseOne },
                    ...[...near, ...(others ?? []), ...known].map((one) => ({ value: one.id, label: one.name })),
                  ]}
                  onChange={(chosen) => correct(withValue(mapping, named, value, chosen))}
                />
              );
            },
          },
        ]}
        rows={words}
        rowKey={({ named, value }) => `${named} ${value}`}
      />
    </section>
  );
}

function Faults({ inspection }: Pick<Corrected, 'inspection'>) {
  const { t, f } = useTexts(fileMessages);
  if (inspection.faults.length === 0) return null;
  return (
    <section class="sub-section">
      <h3>{t.faults}</h3>
      <DataTable
        caption={t.faults}
        columns={[
          { header: t.line, figure: ({ line }) => f.integer(line) },
          {
            header: t.column,
            cell: ({ header }) => header ?? '–',
            detail: ({ value }) => value,
          },
          { header: t.value, minor: true, cell: ({ value }) => value || '–' },
          { header: t.message, cell: ({ message }) => message },
        ]}
        rows={inspection.faults}
      />
    </section>
  );
}

type Fields = Readonly<Record<string, unknown>>;
const textOf = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? `${value}` : '–');

/** The first products as they would be added. */
function Preview({ inspection }: Pick<Corrected, 'inspection'>) {
  const { t, f, v } = useTexts(fileMessages);
  const products = inspection.preview.filter(
    (product): product is Fields => typeof product === 'object' && product !== null,
  );
  if (products.length === 0) return null;
  const materialsOf = ({ materials }: Fields) =>
    Array.isArray(materials)
      ? f.list(
          materials.map((material: Fields) =>
            [
              v.material(textOf(material?.id)),
              typeof material?.share === 'number' ? f.percent(material.share, 1) : '',
            ].join(' '),
          ),
        )
      : '–';
  return (
    <section class="sub-section">
      <h3>{t.preview}</h3>
      <DataTable
        caption={t.preview}
        columns={[
          {
            header: t.reference,
            cell: ({ reference }) => textOf(reference),
            detail: (product) => `${v.product(textOf(product.product))}, ${materialsOf(product)}`,
          },
          { header: t.productName, minor: true, cell: ({ name }) => textOf(name) },
          { header: t.type, minor: true, cell: ({ product }) => v.product(textOf(product)) },
          { header: t.mass, figure: ({ mass }) => (typeof mass === 'number' ? f.mass(mass) : textOf(mass)) },
          { header: t.materials, minor: true, cell: materialsOf },
          {
            header: t.making,
            minor: true,
            cell: ({ countryMaking }) => (countryMaking ? f.country(textOf(countryMaking)) : '–'),
          },
        ]}
        rows={products}
      />
    </section>
  );
}

function Keep({ mapping }: Pick<Corrected, 'mapping'>) {
  const { t } = useTexts(fileMessages);
  const may = useMay('writer');
  const [name, setName] = useState('');
  const keep = useAction(async (chosen: string) => {
    await ask('PUT /files/mappings/{name}', { path: { name: chosen }, body: mapping });
    forgetAnswers('/files/mappings');
    return chosen;
  });
  if (!hasCorrections(mapping)) return null;
  return (
    <form
      class="keep"
      onSubmit={(event) => {
        event.preventDefault();
        void keep.run(name.trim());
      }}
    >
      <Input label={t.keepName} autocomplete="off" value={name} onChange={setName} error={keep.error?.message} />
      <Button type="submit" disabled={!may || name.trim() === '' || keep.busy}>
        {t.keep}
      </Button>
      {keep.result && <span role="status">{t.kept(keep.result)}</span>}
    </form>
  );
}

/** How a file is understood, and its author's corrections of that. */
export function FileReading(props: Corrected) {
  return (
    <>
      <Summary inspection={props.inspection} />
      {props.inspection.columns.length > 0 && <Columns {...props} />}
      <Words {...props} />
      <Faults inspection={props.inspection} />
      <Preview inspection={props.inspection} />
      <Keep mapping={props.mapping} />
    </>
  );
}
