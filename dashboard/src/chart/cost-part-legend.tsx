import { COST_PART_ORDER, useVocabulary, type Vocabulary } from '../i18n/vocabulary.js';
import { STAGE_COLOURS } from './palette.js';

/** Which colour is which part of the cost; parts that cost nothing may be left out. */
export function CostPartLegend({ parts = COST_PART_ORDER }: { parts?: readonly string[] }) {
  const v: Vocabulary = useVocabulary();
  return (
    <ul class="legend">
      {parts.map((part) => (
        <li key={part}>
          <span class="swatch" style={{ background: STAGE_COLOURS[part] ?? '#888888' }} />
          {v.stage(part)}
        </li>
      ))}
    </ul>
  );
}
