import type { ComparedProduct, ComparisonAnswer } from '@ecobalyse/schema';
import { MEASURES } from '@ecobalyse/schema/vocabulary';
import { useQuery } from '../../api/use-query.js';
import { StackedParts } from '../../chart/stacked-parts.js';
import { isComparable, isFull, variantOf } from '../../comparison/addresses.js';
import { comparisonMessages } from '../../comparison/comparison-messages.js';
import { Effects, signedPoints } from '../../comparison/effects.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { useLanguage } from '../../preferences.js';
import { Link, useSearchParams } from '../../router.js';
import { type Column, DataTable } from '../../ui/data-table.js';
import { DownloadMenu, TABLE_FORMS } from '../../ui/download-menu.js';
import { Select } from '../../ui/fields.js';
import { LinkButton } from '../../ui/link-button.js';
import { Card, Grid, Page } from '../../ui/page.js';
import { Async, EmptyState } from '../../ui/states.js';
import { Warnings } from '../../ui/warnings.js';

const { ndjson: _, ...FORMS } = TABLE_FORMS;
const BAR = 44;
const NAME_WIDTH = 120;

/** Where a product is told of; null for one that is nowhere but in the address. */
const pageOf = ({ md5_id, catalogue, product }: ComparedProduct): string | null => {
  if (catalogue !== null) return `/catalogues/${catalogue}/products/${product}`;
  return md5_id === null ? null : `/products/${md5_id}`;
};

interface ShownProps {
  readonly answer: ComparisonAnswer;
  readonly items: readonly string[];
}

/** A row of the table: something of every product. */
interface Row {
  readonly name: string;
  readonly cells: readonly string[];
}

function Shown({ answer, items }: ShownProps) {
  const { t, f, v } = useTexts(comparisonMessages);
  const language = useLanguage();
  const [search, setSearch] = useSearchParams();
  const { products, fields, attributions, base } = answer;
  const measure = MEASURES.find((name) => name === search.get('per')) ?? MEASURES[0];
  const types = products.map(({ product_id, mass }) => `${v.product(product_id)}, ${f.mass(mass)}`);
  const names = products.map(({ name }, rank) => {
    const own = name ?? types[rank] ?? '';
    // Many a product of the grid is called like another.
    const isAlone = products.filter((other, at) => (other.name ?? types[at]) === own).length === 1;
    return isAlone ? own : `${rank + 1}. ${own}`;
  });
  const nameOf = (rank: number) => names[rank] ?? '';
  const rows: Row[] = [
    ...MEASURES.map((one) => ({
      name: `${t.per} ${t[one]}`,
      cells: products.map(({ costs }) => f.points(costs[one])),
    })),
    { name: t.durability, cells: products.map(({ durability }) => f.number(durability, 3)) },
    { name: t.daysOfWear, cells: products.map(({ days_of_wear }) => f.integer(days_of_wear)) },
    ...fields.map(({ label, values }) => ({ name: label[language], cells: values.map(({ text }) => text[language]) })),
  ];
  const without = (rank: number) => {
    const kept = items.filter((_item, at) => at !== rank);
    // The base stays the one it is.
    const moved = rank < base ? base - 1 : rank === base ? 0 : base;
    setSearch({ item: kept, base: moved === 0 ? '' : String(moved) });
  };
  const columns: Column<Row>[] = [
    { header: t.field, cell: ({ name }) => <strong>{name}</strong> },
    ...products.map((product, rank): Column<Row> => {
      const to = pageOf(product);
      return {
        header: nameOf(rank),
        head: (
          <span class="compared-head">
            {to === null ? nameOf(rank) : <Link to={to}>{nameOf(rank)}</Link>}
            <button type="button" class="link-button" aria-label={t.remove(nameOf(rank))} onClick={() => without(rank)}>
              ×
            </button>
          </span>
        ),
        cell: ({ cells }) => cells[rank],
      };
    }),
  ];
  const dearest = products.reduce((most, { ecs }, rank) => (ecs > (products[most]?.ecs ?? 0) ? rank : most), 0);
  const textOf = (field: string, rank: number) =>
    fields.find(({ id }) => id === field)?.values[rank]?.text[language] ?? '';
  return (
    <Grid>
      <Card title={t.sideBySide} hint={t.sideBySideHint}>
        <DataTable caption={t.sideBySide} columns={columns} rows={rows} />
        {products.map(({ warnings }, rank) => (
          <Warnings key={rank} warnings={warnings.filter(({ severity }) => severity !== 'note')} />
        ))}
      </Card>
      <Card title={t.parts}>
        <StackedParts
          label={t.partsLabel(nameOf(dearest), f.points(products[dearest]?.ecs ?? 0))}
          height={products.length * BAR + 60}
          header={t.product}
          axisName={t.costAxis}
          nameWidth={NAME_WIDTH}
          rows={products.map(({ parts }, rank) => ({ name: nameOf(rank), parts }))}
        />
      </Card>
      <section class="card span-12" aria-label={t.base}>
        <div class="actions">
          <Select
            label={t.base}
            value={String(base)}
            choices={names.map((label, rank) => ({ value: String(rank), label }))}
            onChange={(value) => setSearch({ base: value === '0' ? '' : value })}
          />
          <Select
            label={t.per}
            value={measure}
            choices={MEASURES.map((value) => ({ value, label: t[value] }))}
            onChange={(value) => setSearch({ per: value === MEASURES[0] ? '' : value })}
          />
        </div>
      </section>
      {attributions.map(({ product, difference, effects }) => (
        <Card
          key={product}
          title={t.why(nameOf(product), signedPoints(f, difference[measure]))}
          hint={t.whyHint(nameOf(base))}
        >
          <Effects
            effects={effects}
            difference={difference}
            measure={measure}
            values={({ fields: told }) =>
              told.map((field) => `${textOf(field, base)} → ${textOf(field, product)}`).join(' ; ')
            }
          />
        </Card>
      ))}
    </Grid>
  );
}

/** Products side by side: what they cost, in which fields they are told otherwise, and what each field makes of the difference. */
export default function ComparePage(_props: PageProps) {
  const { t } = useTexts(comparisonMessages);
  const [search] = useSearchParams();
  const items = search.getAll('item');
  const base = search.get('base') ?? '0';
  const isEnough = isComparable(items.length);
  const request = { query: { item: items, base } };
  const query = useQuery('GET /compare', isEnough ? request : null);
  const described = query.data?.products[query.data.base]?.query;
  return (
    <Page
      title={t.title}
      intro={t.intro}
      actions={
        isEnough && (
          <>
            {described && !isFull(items.length) && (
              <LinkButton to={variantOf(described, items)} icon="plus">
                {t.addVariant}
              </LinkButton>
            )}
            <DownloadMenu label={t.export} route="GET /compare" request={request} name="comparison" forms={FORMS} />
          </>
        )
      }
    >
      {isEnough ? (
        <Async query={query} height={900}>
          {(answer) => <Shown answer={answer} items={items} />}
        </Async>
      ) : (
        <Card title={t.tooFewTitle}>
          <EmptyState title={t.tooFew} height={200}>
            <p class="actions">
              <LinkButton to="/products">{t.products}</LinkButton>
              <LinkButton to="/catalogues">{t.catalogues}</LinkButton>
            </p>
          </EmptyState>
        </Card>
      )}
    </Page>
  );
}
