import { useQuery } from '../../api/use-query.js';
import { useTexts } from '../../i18n/texts.js';
import type { PageProps } from '../../page-props.js';
import { useSearchParams } from '../../router.js';
import { Select } from '../../ui/fields.js';
import { GridScope } from '../../ui/grid-scope.js';
import { Grid, Page } from '../../ui/page.js';
import { analysisMessages } from './analysis-messages.js';
import { Components } from './components.js';
import { Correlations } from './correlations.js';
import { CostStages } from './cost-stages.js';
import { Drivers } from './drivers.js';
import { Segments } from './segments.js';

const ALL = 'all';

export default function AnalysisPage(_: PageProps) {
  const { t, v } = useTexts(analysisMessages);
  const [search, setSearch] = useSearchParams();
  const types = useQuery('GET /product', {}).data ?? [];
  const type = search.get('product') ?? ALL;
  const known = types.includes(type) || type === ALL ? types : [...types, type];
  const typeName = (id: string) => (id === ALL ? t.allTypes : v.product(id));
  return (
    <Page
      title={t.title}
      intro={t.intro}
      scope={<GridScope />}
      actions={
        <Select
          label={t.type}
          value={type}
          choices={[ALL, ...known].map((value) => ({ value, label: typeName(value) }))}
          onChange={(value) => setSearch({ product: value === ALL ? '' : value })}
        />
      }
    >
      <Grid>
        <CostStages type={type} typeName={typeName} />
        <Drivers type={type} typeName={typeName} />
        <Correlations />
        <Components />
        <Segments />
      </Grid>
    </Page>
  );
}
