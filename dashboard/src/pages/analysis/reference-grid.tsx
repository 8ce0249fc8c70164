import { useTexts } from '../../i18n/texts.js';
import { GridScope } from '../../ui/grid-scope.js';
import { Grid } from '../../ui/page.js';
import { analysisMessages } from './analysis-messages.js';
import { useChoice } from './choice.js';
import { Components } from './components.js';
import { Correlations } from './correlations.js';
import { CostStages } from './cost-stages.js';
import { Drivers } from './drivers.js';

const ALL = 'all';

/** What the pipeline computes of the whole grid, both scenarios together: parts of the cost, factors, correlations, components. */
export function ReferenceGrid() {
  const { t, v } = useTexts(analysisMessages);
  const type = useChoice().choice.product || ALL;
  const typeName = (id: string) => (id === ALL ? t.allTypes : v.product(id));
  return (
    <>
      <p class="soft hint">
        <GridScope /> {t.pooled}
      </p>
      <Grid>
        <CostStages type={type} typeName={typeName} />
        <Drivers type={type} typeName={typeName} />
        <Correlations />
        <Components />
      </Grid>
    </>
  );
}
