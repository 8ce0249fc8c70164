import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type SettingName, settingMeta, settingSchemas } from '@ecobalyse/service-kit';

/** Where the generated file stands; the program is told another by its first argument. */
export const ENV_EXAMPLE_FILE = fileURLToPath(new URL('../../.env.example', import.meta.url));

const HEADER = `# Settings of the platform, generated from packages/runtime/service-kit/src/setting-schemas.ts by: npm run env-example
# Copy this file to .env and uncomment what you change; an empty value counts as not set.
`;

/** The text of `.env.example`: every setting with its sentence and default, by group. */
export function renderEnvExample(): string {
  const groups = new Map<string, string[]>();
  for (const name of Object.keys(settingSchemas) as SettingName[]) {
    const { group, description, generated } = settingMeta(name);
    const defaultValue = settingSchemas[name].safeParse(undefined).data;
    const entry = `# ${description}\n${generated ? '' : '# '}${name}=${defaultValue ?? ''}\n`;
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  const sections = [...groups].map(([group, entries]) => `\n# --- ${group} ---\n\n${entries.join('\n')}`);
  return HEADER + sections.join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? ENV_EXAMPLE_FILE;
  writeFileSync(file, renderEnvExample());
  process.stdout.write(`${file} written\n`);
}
