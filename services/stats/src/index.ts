export { computeContractStatistics, countCoverage } from './contract-statistics.js';
export { type LoadReport, loadGarments } from './garment-table.js';
export { runStatistics, type StatisticsRunOptions } from './statistics-run.js';
export { openWorkbench, type Workbench } from './workbench.js';
