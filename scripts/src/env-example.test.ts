import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SettingName, settingSchemas } from '@ecobalyse/service-kit';
import { parse } from 'dotenv';
import { expect, it } from 'vitest';
import { ENV_EXAMPLE_FILE, renderEnvExample } from './env-example.js';

it('.env.example is what the settings declare: run "npm run env-example" after changing them', () => {
  expect(readFileSync(ENV_EXAMPLE_FILE, 'utf8')).toBe(renderEnvExample());
});

it('is written by its program', () => {
  const at = mkdtempSync(join(tmpdir(), 'ecobalyse-env-'));
  try {
    const program = ['scripts/run-source.mjs', 'scripts/src/env-example.ts'];
    const root = new URL('../../', import.meta.url);
    execFileSync(process.execPath, [...program, join(at, 'written')], { cwd: root, stdio: 'pipe' });
    expect(readFileSync(join(at, 'written'), 'utf8')).toBe(renderEnvExample());
  } finally {
    rmSync(at, { recursive: true });
  }
});

it('every line of it, uncommented, is a value that its setting accepts', () => {
  const text = renderEnvExample().replace(/^# ([A-Z_]+=)/gm, '$1');
  const values = parse(text);
  expect(Object.keys(values).sort()).toEqual(Object.keys(settingSchemas).sort());
  for (const [name, value] of Object.entries(values)) {
    if (value !== '')
      expect(settingSchemas[name as SettingName].safeParse(value), name).toMatchObject({ success: true });
  }
});
