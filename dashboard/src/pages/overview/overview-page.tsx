import { useMessages } from '../../i18n/messages.js';
import type { PageProps } from '../../page-props.js';
import { GridScope } from '../../ui/grid-scope.js';
import { Grid, Page } from '../../ui/page.js';
import { CostByCountry } from './cost-by-country.js';
import { CostByType } from './cost-by-type.js';
import { CostDistribution } from './cost-distribution.js';
import { CostParts } from './cost-parts.js';
import { KeyFigures } from './key-figures.js';
import { overviewMessages } from './overview-messages.js';
import { PipelineStates } from './pipeline-states.js';

export default function OverviewPage(_: PageProps) {
  const t = useMessages(overviewMessages);
  return (
    <Page title={t.title} intro={t.intro} scope={<GridScope />}>
      <Grid>
        <KeyFigures />
        <CostDistribution />
        <PipelineStates />
        <CostByType />
        <CostParts />
        <CostByCountry />
      </Grid>
    </Page>
  );
}
