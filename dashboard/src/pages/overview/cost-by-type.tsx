import { useQuery } from '../../api/use-query.js';
import { ImpactBoxes } from '../statistics/impact-boxes.js';

/** Box plots of the environmental cost by product type. */
export function CostByType() {
  const statistics = useQuery('GET /stats/impacts', { query: { impact_type: 'ecs' } });
  return <ImpactBoxes impact="ecs" type="" statistics={statistics} covered span={6} />;
}
