import {
  BUSINESSES,
  DYEING_PROCESS_TYPES,
  MAKING_COMPLEXITIES,
  PRINTING_KINDS,
  SPINNING_TECHNIQUES,
  STAGE_CODES,
} from '@ecobalyse/schema/vocabulary';
import { useMessages } from '../i18n/messages.js';
import { useTexts } from '../i18n/texts.js';
import { Button } from '../ui/button.js';
import * as fields from '../ui/fields.js';
import { Checkbox, type Choice } from '../ui/fields.js';
import { Icon } from '../ui/icon.js';
import type { ErrorAt } from './field-errors.js';
import { type Garment, type GarmentMaterial, type GarmentTrim, NEW_MATERIAL, totalShare, UNKNOWN } from './garment.js';
import { garmentMessages } from './garment-messages.js';
import { Input, MayBeUnknown, NumberInput, Select, Unknown, YesOrNo } from './unknown-fields.js';
import type { Reference } from './use-reference.js';

interface FormPartProps {
  readonly garment: Garment;
  readonly reference: Reference;
  readonly errorAt: ErrorAt;
  readonly change: (changes: Partial<Garment>) => void;
}

/** Names of the fields that hold a text. */
type TextField = { [Name in keyof Garment]: Garment[Name] extends string ? Name : never }[keyof Garment];

const replaced = <Item,>(items: readonly Item[], at: number, changes: Partial<Item>): Item[] =>
  items.map((item, index) => (index === at ? { ...item, ...changes } : item));

/** What the selects of a closed list offer: each value by its text, after the method's default. */
function useChoices() {
  const t = useMessages(garmentMessages);
  return (values: readonly (keyof typeof garmentMessages.en)[], first: string = t.byDefault): Choice[] => [
    { value: '', label: first },
    ...values.map((value) => ({ value, label: t[value] as string })),
  ];
}

function Materials({ garment: { materials }, reference, errorAt, change }: FormPartProps) {
  const { t, f } = useTexts(garmentMessages);
  const choices = useChoices();
  const total = totalShare(materials);
  const set = (at: number, changes: Partial<GarmentMaterial>) =>
    change({ materials: replaced(materials, at, changes) });
  const error = errorAt('materials');
  return (
    <fieldset>
      <legend>{t.materials}</legend>
      {materials.map((material, at) => (
        <div class="entry" key={at}>
          <div class="fields">
            <Select
              label={t.material}
              value={material.id}
              choices={reference.materials}
              error={errorAt('materials', at, 'id')}
              onChange={(id) => set(at, { id })}
            />
            <NumberInput
              label={t.share}
              unit="%"
              value={material.share}
              error={errorAt('materials', at, 'share')}
              onChange={(share) => set(at, { share })}
            />
            <Select
              label={t.origin}
              value={material.country}
              choices={[{ value: '', label: t.byDefault }, ...reference.countries]}
              error={errorAt('materials', at, 'country')}
              onChange={(country) => set(at, { country })}
            />
            <Select
              label={t.spinning}
              value={material.spinning}
              choices={choices(SPINNING_TECHNIQUES)}
              error={errorAt('materials', at, 'spinning')}
              onChange={(spinning) => set(at, { spinning })}
            />
          </div>
          {materials.length > 1 && (
            <button
              type="button"
              class="icon-button"
              aria-label={t.removeMaterial}
              title={t.removeMaterial}
              onClick={() => change({ materials: materials.filter((_, index) => index !== at) })}
            >
              <Icon name="trash" />
            </button>
          )}
        </div>
      ))}
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
      {materials.length > 0 && total !== null && Math.abs(total - 100) >= 0.05 && (
        <p class="notice" role="status">
          {t.shareTotal(f.percent(total / 100, 1))}
        </p>
      )}
      <Button
        kind="small"
        icon="plus"
        onClick={() => {
          const left = Math.max(0, 100 - (total ?? 100));
          change({ materials: [...materials, { ...NEW_MATERIAL, id: 'ei-pet', share: String(left) }] });
        }}
      >
        {t.addMaterial}
      </Button>
      <Unknown
        name={f.pair(t.materials, t.unknown)}
        isUnknown={materials.length === 0}
        change={(isUnknown) => change({ materials: isUnknown ? [] : [{ ...NEW_MATERIAL, share: '100' }] })}
      />
    </fieldset>
  );
}

function Trims({ garment, reference, errorAt, change }: FormPartProps) {
  const { t, f } = useTexts(garmentMessages);
  const first = reference.trims[0]?.value ?? '';
  const trims = garment.trims === UNKNOWN ? null : garment.trims;
  const error = errorAt('trims');
  const set = (at: number, changes: Partial<GarmentTrim>) => change({ trims: replaced(trims ?? [], at, changes) });
  return (
    <fieldset>
      <legend>{t.trims}</legend>
      <Checkbox
        label={t.usualTrims}
        checked={garment.trims === null}
        onChange={(usual) => change({ trims: usual ? null : [] })}
      />
      <Unknown
        name={f.pair(t.trims, t.unknown)}
        isUnknown={garment.trims === UNKNOWN}
        change={(isUnknown) => change({ trims: isUnknown ? UNKNOWN : null })}
      />
      {trims?.map((trim, at) => (
        <div class="entry" key={at}>
          <div class="fields">
            {/* The list is unknown or known: an estimate knows no half of it. */}
            <fields.Select
              label={t.trim}
              value={trim.id}
              choices={reference.trims}
              // Another trim is not made of what this one is.
              onChange={(id) => set(at, { id, custom: undefined })}
            />
            <fields.NumberInput
              label={t.quantity}
              value={trim.quantity}
              error={errorAt('trims', at, 'quantity')}
              onChange={(quantity) => set(at, { quantity })}
            />
          </div>
          <button
            type="button"
            class="icon-button"
            aria-label={t.removeTrim}
            title={t.removeTrim}
            onClick={() => change({ trims: trims.filter((_, index) => index !== at) })}
          >
            <Icon name="trash" />
          </button>
        </div>
      ))}
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
      {trims && (
        <Button kind="small" icon="plus" onClick={() => change({ trims: [...trims, { id: first, quantity: '1' }] })}>
          {t.addTrim}
        </Button>
      )}
    </fieldset>
  );
}

function Details(props: FormPartProps) {
  const { garment, errorAt, change } = props;
  const { t, v } = useTexts(garmentMessages);
  const choices = useChoices();
  const field = (name: TextField) => ({
    label: t[name] as string,
    value: garment[name],
    error: errorAt(name),
    onChange: (value: string) => change({ [name]: value }),
  });
  return (
    <>
      <fieldset>
        <legend>{t.fabricAndMaking}</legend>
        <div class="fields">
          <NumberInput {...field('surfaceMass')} unit="g/m²" />
          <Input {...field('yarnSize')} placeholder="40Nm" />
          <Select {...field('makingComplexity')} choices={choices(MAKING_COMPLEXITIES)} />
          <NumberInput {...field('makingWaste')} unit="%" />
          <NumberInput {...field('makingDeadStock')} unit="%" />
          <Select {...field('dyeingProcessType')} choices={choices(DYEING_PROCESS_TYPES)} />
          <Select {...field('printingKind')} choices={choices(PRINTING_KINDS, t.none)} />
          {garment.printingKind !== '' && garment.printingKind !== UNKNOWN && (
            <NumberInput
              {...field('printingRatio')}
              unit="%"
              error={errorAt('printing', 'ratio') ?? errorAt('printing')}
            />
          )}
        </div>
        <div class="checkboxes">
          <YesOrNo label={t.fading} value={garment.fading} onChange={(fading) => change({ fading })} />
          <YesOrNo label={t.upcycled} value={garment.upcycled} onChange={(upcycled) => change({ upcycled })} />
        </div>
      </fieldset>
      <fieldset>
        <legend>{t.durability}</legend>
        <div class="fields">
          <Select {...field('business')} choices={choices(BUSINESSES)} />
          <NumberInput {...field('price')} unit="€" />
          <NumberInput {...field('numberOfReferences')} />
          <NumberInput {...field('physicalDurability')} />
        </div>
      </fieldset>
      <Trims {...props} />
      <fieldset>
        <legend>{t.steps}</legend>
        <div class="checkboxes">
          {STAGE_CODES.map((step) => (
            <Checkbox
              key={step}
              label={v.stage(step)}
              checked={!garment.disabledSteps.includes(step)}
              onChange={(counts) =>
                change({
                  disabledSteps: counts
                    ? garment.disabledSteps.filter((other) => other !== step)
                    : [...garment.disabledSteps, step],
                })
              }
            />
          ))}
        </div>
      </fieldset>
    </>
  );
}

/** The whole textile query; what is optional is folded away. */
export function GarmentForm({ mayBeUnknown = false, ...props }: FormPartProps & { readonly mayBeUnknown?: boolean }) {
  const { garment, reference, errorAt, change } = props;
  const t = useMessages(garmentMessages);
  const field = (name: TextField) => ({
    label: t[name] as string,
    value: garment[name],
    error: errorAt(name),
    onChange: (value: string) => change({ [name]: value }),
  });
  return (
    <MayBeUnknown.Provider value={mayBeUnknown}>
      <form class="garment-form" onSubmit={(event) => event.preventDefault()} noValidate>
        <fieldset>
          <legend>{t.garment}</legend>
          <div class="fields">
            <Select
              {...field('product')}
              choices={reference.products}
              onChange={(product) =>
                change({ product, fabricProcess: reference.fabricOf(product) ?? garment.fabricProcess })
              }
            />
            <NumberInput {...field('mass')} unit="kg" />
            <Select {...field('fabricProcess')} choices={reference.processes} />
          </div>
        </fieldset>
        <Materials {...props} />
        <fieldset>
          <legend>{t.supply}</legend>
          <div class="fields">
            {(['countrySpinning', 'countryFabric', 'countryDyeing', 'countryMaking'] as const).map((name) => (
              <Select key={name} {...field(name)} choices={reference.countries} />
            ))}
            <NumberInput {...field('airTransportRatio')} unit="%" placeholder={t.byDefault} hint={t.airHint} />
          </div>
        </fieldset>
        <details class="more">
          <summary>{t.more}</summary>
          <Details {...props} />
        </details>
      </form>
    </MayBeUnknown.Provider>
  );
}
