import type * as s from '@ecobalyse/schema';
import type { z } from 'zod';

/** Parameters that a schema knows; an empty text is none, several texts repeat the name. */
type Given<Schema extends z.ZodType> = {
  readonly [Name in keyof z.output<Schema>]?: string | number | readonly string[] | undefined;
};
/** Fields that a schema knows, as somebody filled them in: the API says which of them are wrong. */
type Fields<Schema extends z.ZodType> = { readonly [Name in keyof z.input<Schema>]?: unknown };
type Of<Answer, Query = unknown, Body = unknown> = { answer: Answer; query: Query; body: Body };
type Statistic<Row> = Of<readonly Row[], Given<typeof s.statisticQuery>>;
type Export<Query extends z.ZodType> = Of<Blob, Given<Query>>;
type Ranked = Of<z.output<typeof s.rankedProductsAnswer>, Given<typeof s.rankedProductsQuery>>;
type Documents = Of<z.output<typeof s.productsAnswer>, Given<typeof s.productsQuery>>;
type RunsQuery = Given<typeof s.PIPELINE_ROUTES.listRuns.schema.querystring>;

/** What each route is asked and answers. A file's answer is a `Blob`; a stream has the data of its `events`. */
export interface Routes {
  'GET /': Of<s.Message>;
  'GET /me': Of<s.Caller>;
  'GET /me/usage': Of<s.KeyUsage>;
  'GET /keys': Of<s.KeysPage, Given<typeof s.keysQuery>>;
  'POST /keys': Of<s.NewKey, unknown, Fields<typeof s.keyRequest>>;
  'PATCH /keys/{name}': Of<s.Message, unknown, Fields<typeof s.keyChange>>;
  'POST /keys/{name}/rotate': Of<s.NewKey, unknown, Fields<typeof s.keyRotation>>;
  'DELETE /keys/{name}': Of<s.Message>;
  'GET /audit': Of<s.AuditPage, Given<typeof s.auditQuery>>;
  'GET /audit/export': Export<typeof s.auditExportQuery>;
  'GET /retention/preview': Of<s.RetentionPreview>;
  'POST /retention/apply': Of<s.RetentionOutcome>;
  'GET /health/live': Of<z.output<typeof s.livenessSchema>>;
  'GET /health/ready': Of<s.Readiness>;
  'GET /cache/clear': Of<s.Message>;
  'GET /product': Of<readonly string[]>;
  'POST /product': Of<
    s.Message,
    unknown,
    Fields<typeof s.productRequestSchema> & Fields<typeof s.knownAsSchema> & { catalogue?: string }
  >;
  'DELETE /product': Of<s.Message, Given<typeof s.deletionQuery>>;
  'GET /product/by-id/{md5_id}': Of<s.PublicDocument>;
  'GET /product/by-id/{md5_id}/versions': Of<readonly s.ProductVersion[]>;
  'GET /product/{id}': Documents;
  'GET /product/{id}/{country}': Documents;
  'GET /product/{id}/good_product': Ranked;
  'GET /product/{id}/bad_product': Ranked;
  'POST /product/batch': Of<s.AcceptedProductJob, Given<typeof s.productBatchQuery>, Blob | FormData | string>;
  'GET /catalogues': Of<s.CataloguesPage, Given<typeof s.cataloguesQuery>>;
  'POST /catalogues': Of<s.CatalogueView, unknown, Fields<typeof s.catalogueRequest>>;
  'GET /catalogues/{id}': Of<s.CatalogueView>;
  'PATCH /catalogues/{id}': Of<s.CatalogueView, unknown, Fields<typeof s.catalogueChange>>;
  'DELETE /catalogues/{id}': Of<s.Message, Given<typeof s.catalogueDeletion>>;
  'POST /catalogues/{id}/restore': Of<s.CatalogueView>;
  'GET /catalogues/{id}/products': Of<s.CatalogueProducts, Given<typeof s.catalogueProductsQuery>>;
  'POST /catalogues/{id}/products': Of<s.CatalogueAddition, unknown, Fields<typeof s.catalogueProductRequest>>;
  'DELETE /catalogues/{id}/products': Of<s.CatalogueDeletion, unknown, { ids: readonly string[] }>;
  'POST /catalogues/{id}/confirm': Of<s.CatalogueConfirmation, unknown, { ids: readonly string[] }>;
  'GET /catalogues/{id}/products/{product}': Of<s.CatalogueProductDetails>;
  'PATCH /catalogues/{id}/products/{product}': Of<s.CatalogueAddition, unknown, Readonly<Record<string, unknown>>>;
  'DELETE /catalogues/{id}/products/{product}': Of<s.CatalogueDeletion>;
  'GET /catalogues/{id}/products/{product}/history': Of<s.ProductHistory, Given<typeof s.pageQuery>>;
  'GET /catalogues/{id}/declaration': Export<typeof s.catalogueDeclarationQuery>;
  'GET /catalogues/{id}/export': Export<typeof s.catalogueExportQuery>;
  'GET /catalogues/{id}/changes': Of<s.CatalogueChanges, Given<typeof s.pageQuery>>;
  'POST /catalogues/{id}/changes/{change}/undo': Of<s.Undone>;
  'GET /jobs': Of<s.ProductJobs, Given<typeof s.pageQuery>>;
  'GET /jobs/{id}': Of<s.ProductJobView>;
  'DELETE /jobs/{id}': Of<s.ProductJobView>;
  'GET /jobs/{id}/products': Of<s.JobProducts, Given<typeof s.jobProductsQuery>>;
  'POST /lot': Of<s.LotAnswer, unknown, Fields<typeof s.lotRequest>>;
  'POST /multicomponent': Of<s.MulticomponentAnswer, unknown, Fields<typeof s.multicomponentRequest>>;
  'GET /jobs/{id}/result': Of<Blob, Given<typeof s.jobResultQuery>>;
  'GET /jobs/{id}/refused': Of<Blob, Given<typeof s.jobRefusedQuery>>;
  'GET /jobs/{id}/events': { events: s.ProductJobView };
  'POST /files/inspect': Of<s.FileInspection, Given<typeof s.productBatchQuery>, Blob | FormData | string>;
  'POST /declaration/check': Of<s.DeclarationReport, Given<typeof s.declarationCheckQuery>, Blob | FormData | string>;
  'GET /files/template': Of<Blob, Given<typeof s.templateQuery>>;
  'GET /files/mappings': Of<s.SavedMappings, Given<typeof s.pageQuery>>;
  'GET /files/mappings/{name}': Of<s.SavedMapping>;
  'PUT /files/mappings/{name}': Of<s.SavedMapping, unknown, Fields<typeof s.fileMappingSchema>>;
  'DELETE /files/mappings/{name}': Of<s.Message>;
  'POST /scope': Of<s.ScopeAnswer, unknown, Fields<typeof s.scopeRequestSchema>>;
  'POST /simulate': Of<s.Simulation, unknown, Fields<typeof s.simulationRequestSchema>>;
  'GET /compare': Of<s.ComparisonAnswer, Given<typeof s.comparisonQuery>>;
  'POST /compare': Of<s.ComparisonAnswer, Given<typeof s.comparisonForm>, Fields<typeof s.comparisonRequest>>;
  'POST /explain': Of<s.ExplanationAnswer, Given<typeof s.explanationQuery>, Fields<typeof s.simulationRequestSchema>>;
  'GET /product/by-id/{md5_id}/explanation': Of<s.ExplanationAnswer, Given<typeof s.explanationQuery>>;
  'GET /catalogues/{id}/products/{product}/explanation': Of<s.ExplanationAnswer, Given<typeof s.explanationQuery>>;
  'GET /impacts': Of<s.ImpactSearch, Given<typeof s.searchQuery>>;
  'GET /impacts/distribution': Of<s.Distribution, Given<typeof s.distributionQuery>>;
  'GET /impacts/groups': Of<readonly s.ImpactGroup[], Given<typeof s.groupsQuery>>;
  'GET /impacts/summary': Of<s.ImpactsSummary>;
  'GET /impacts/documentation': Of<readonly s.DocumentedImpact[]>;
  'GET /versions': Of<s.MethodVersions>;
  'GET /versions/changes': Of<s.VersionChanges, Given<typeof s.changesQuery>>;
  'GET /countries': Of<readonly s.CountryItem[]>;
  'GET /materials': Of<readonly s.NamedItem[]>;
  'GET /products': Of<readonly s.NamedItem[]>;
  'GET /processes': Of<readonly s.NamedItem[]>;
  'GET /trims': Of<readonly s.NamedItem[]>;
  'GET /stats/summary': Of<s.StatisticsSummary>;
  'GET /stats/countries': Statistic<s.CountryStatistic>;
  'GET /stats/days_of_wear': Statistic<s.DaysOfWearStatistic>;
  'GET /stats/impacts': Statistic<s.ImpactStatistic>;
  'GET /stats/outliers': Statistic<s.Outlier>;
  'GET /stats/ranking': Statistic<s.RankingEntry>;
  'GET /stats/stages': Statistic<s.StageStatistic>;
  'GET /stats/drivers': Statistic<s.DriverStatistic>;
  'GET /stats/correlations': Statistic<s.CorrelationRow>;
  'GET /stats/components': Statistic<s.Component>;
  'GET /stats/segments': Statistic<s.Segment>;
  'GET /analysis/strata': Of<s.Strata, Given<typeof s.strataQuery>>;
  'GET /analysis/effects': Of<s.Effects, Given<typeof s.effectsQuery>>;
  'GET /analysis/sensitivity': Of<s.Sensitivity, Given<typeof s.sensitivityQuery>>;
  'GET /analysis/segments': Of<s.Segments, Given<typeof s.segmentsQuery>>;
  'GET /analysis/outliers': Of<s.CatalogueOutliers, Given<typeof s.catalogueOutliersQuery>>;
  'GET /analysis/standing': Of<s.Standing, Given<typeof s.standingQuery>>;
  'GET /stats/{name}.csv': Export<typeof s.statisticQuery>;
  'GET /stats/{name}.parquet': Export<typeof s.statisticQuery>;
  'GET /export/impacts.csv': Export<typeof s.impactExportQuery>;
  'GET /export/impacts.ndjson': Export<typeof s.impactExportQuery>;
  'GET /export/impacts.parquet': Export<typeof s.impactExportQuery>;
  'POST /estimate': Of<
    s.EstimateAnswer,
    Given<typeof s.estimateParametersSchema>,
    Fields<typeof s.estimateRequestSchema>
  >;
  'POST /estimate/batch': Of<
    readonly (s.EstimateAnswer | s.RefusedAnswer)[],
    Given<typeof s.estimateParametersSchema>,
    readonly Fields<typeof s.estimateRequestSchema>[]
  >;
  'POST /predict': Of<s.Prediction, unknown, Fields<typeof s.predictionRequestSchema>>;
  'POST /predict/batch': Of<
    readonly (s.Prediction | s.RefusedAnswer)[],
    unknown,
    readonly Fields<typeof s.predictionRequestSchema>[]
  >;
  'GET /models': Of<s.ModelVersions, Given<typeof s.pageQuery>>;
  'GET /models/{version}': Of<s.ModelDetails>;
  'GET /models/{version}/checks': Of<s.ModelChecks>;
  'POST /models/{version}/promote': Of<s.Message>;
  'GET /orchestrator/health/ready': Of<s.Readiness>;
  'GET /orchestrator/alerts': Of<s.AlertsView>;
  'POST /orchestrator/alerts/test': Of<s.Message>;
  'GET /orchestrator/pipelines': Of<readonly s.PipelineView[]>;
  'GET /orchestrator/pipelines/{name}': Of<s.PipelineView>;
  'POST /orchestrator/pipelines/{name}/runs': Of<s.RunView, unknown, { parameters: s.RunParameters }>;
  'POST /orchestrator/pipelines/{name}/pause': Of<s.PipelineView>;
  'POST /orchestrator/pipelines/{name}/resume': Of<s.PipelineView>;
  'GET /orchestrator/runs': Of<readonly s.RunView[], RunsQuery>;
  'GET /orchestrator/runs/{id}': Of<s.RunView>;
  'GET /orchestrator/runs/{id}/events': { events: s.RunView };
  'POST /orchestrator/runs/{id}/retry': Of<s.RunView>;
  'POST /orchestrator/runs/{id}/cancel': Of<s.RunView>;
  /** Of the orchestrator alone: the cookie that opens the queue board. */
  'POST /session': Of<unknown, unknown, { key: string }>;
  'DELETE /session': Of<unknown>;
}

export type Route = keyof Routes;
export type Answer<R extends Route> = Routes[R] extends { answer: infer Body } ? Body : never;
export type EventRoute = { [R in Route]: Routes[R] extends { events: unknown } ? R : never }[Route];
export type JsonRoute = { [R in Route]: Answer<R> extends Blob ? never : R }[Route];

type ParameterOf<R> = R extends `${string}{${infer Name}}${infer Rest}` ? Name | ParameterOf<Rest> : never;

/** How one request is sent. */
export interface Sending {
  readonly signal?: AbortSignal | undefined;
  /** Another key than the client's: to try it out. */
  readonly key?: string;
  /** Of a body that is sent as it is; others are JSON. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether cookies go along, and are kept. */
  readonly cookie?: boolean;
}

/** What a route is asked: its path's parameters, its query and its body, those that it has. */
export type RequestOf<R extends Route> = Sending &
  ([ParameterOf<R>] extends [never] ? object : { readonly path: Readonly<Record<ParameterOf<R>, string | number>> }) &
  (Routes[R] extends { query: infer Query } ? (unknown extends Query ? object : { readonly query?: Query }) : object) &
  (Routes[R] extends { body: infer Body } ? (unknown extends Body ? object : { readonly body: Body }) : object);
