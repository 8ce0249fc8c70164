/** What `ecobalyse declare` can print and write; read at each start of the command line, so nothing is imported here. */
export const CHECK_FORMATS = ['table', 'ndjson'] as const;
export const DECLARATION_FORMS = ['csv', 'xlsx', 'json', 'ndjson'] as const;
export const PORTAL_RULES = ['may-2026', 'august-2026'] as const;
