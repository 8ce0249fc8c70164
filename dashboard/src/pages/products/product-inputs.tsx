import type { ImpactItem, PublicDocument } from '@ecobalyse/schema';
import type { ComponentChildren } from 'preact';
import { garmentMessages } from '../../garment/garment-messages.js';
import { useMessages } from '../../i18n/messages.js';
import { useTexts } from '../../i18n/texts.js';
import { DataTable } from '../../ui/data-table.js';
import { Card } from '../../ui/page.js';
import { productMessages } from './product-messages.js';

interface ProductInputsProps {
  readonly item: ImpactItem;
  readonly document: PublicDocument;
  /** Whether it is none of anybody's own products. */
  readonly hasScenario?: boolean;
}

/** The description of a product. */
export function ProductInputs({ item, document: { inputs }, hasScenario = true }: ProductInputsProps) {
  const { t, f, v } = useTexts(productMessages);
  const words = useMessages(garmentMessages);
  const country = (code: string | null) => (code === null ? '–' : f.country(code));
  const business = inputs.business as keyof typeof words | null | undefined;
  const rows: readonly (readonly [string, ComponentChildren])[] = [
    [t.mass, item.mass === null ? '–' : f.mass(item.mass)],
    [t.process, v.process(item.fabric_process ?? '', item.fabric_process)],
    [t.spinning, country(item.country_spinning)],
    [t.fabric, country(item.country_fabric)],
    [t.dyeing, country(item.country_dyeing)],
    [t.making, country(item.country_making)],
    [t.air, item.air_transport_ratio === null ? '–' : f.percent(item.air_transport_ratio)],
    ...(typeof inputs.price === 'number' ? [[t.price, f.money(inputs.price)] as const] : []),
    ...(typeof inputs.numberOfReferences === 'number'
      ? [[t.references, f.integer(inputs.numberOfReferences)] as const]
      : []),
    ...(business ? [[t.business, words[business] as string] as const] : []),
    ...(hasScenario ? [[t.scenario, v.scenario(item.scenario ?? 'none')] as const] : []),
    [t.identity, <code key="identity">{item.md5_id}</code>],
  ];
  return (
    <Card title={t.inputs}>
      <div class="two-columns">
        <dl class="description">
          {rows.map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <DataTable
          caption={words.materials}
          columns={[
            { header: t.material, cell: ({ id, name }) => v.material(id ?? '', name) },
            { header: t.share, figure: ({ share }) => (share === null ? '–' : f.percent(share, 1)) },
            { header: t.origin, cell: (entry) => (entry.country ? country(entry.country) : words.byDefault) },
          ]}
          rows={item.materials}
        />
      </div>
    </Card>
  );
}
