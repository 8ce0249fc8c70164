/** How `ecobalyse inspect` can print; read at each start of the command line, so nothing is imported here. */
export const INSPECT_FORMATS = ['text', 'json'] as const;
