import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { SettingsError } from './errors.js';
import { loadEnvFile, mongodbUri, projectRoot, readSettings } from './settings.js';

describe('readSettings', () => {
  it('gives defaults, and reads numbers and flags from text', () => {
    const settings = readSettings(['API_PORT', 'CACHE_CLEAR_REQUIRES_KEY', 'DB_NAME'], {
      API_PORT: '9000',
      CACHE_CLEAR_REQUIRES_KEY: 'true',
    });
    expect(settings).toEqual({ API_PORT: 9000, CACHE_CLEAR_REQUIRES_KEY: true, DB_NAME: 'ecobalyse' });
  });

  it('takes an empty value as not set', () => {
    expect(readSettings(['API_PORT', 'MONGODB_URI'], { API_PORT: '', MONGODB_URI: '' })).toEqual({ API_PORT: 8000 });
  });

  it.each([
    ['API_PORT', '70000'],
    ['API_PORT', '80.5'],
    ['API_PORT', 'http'],
    ['MONGODB_URI', 'localhost:27017'],
    ['REDIS_URL', 'http://localhost'],
    ['REDIS_URL', 'redis://localhost/abc'],
    ['CACHE_REDIS_URL', 'redis://localhost/0/1'],
    ['DATA_DIR', '   '],
    ['PRODUCTS_FOLDER', '\t'],
    ['API_KEY', 'short'],
    ['LOG_LEVEL', 'loud'],
    ['CACHE_CLEAR_REQUIRES_KEY', 'perhaps'],
  ] as const)('refuses %s=%s, naming it but not showing the value', (name, value) => {
    const read = () => readSettings([name], { [name]: value });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(new RegExp(`${name}: .`));
    if (name === 'API_KEY' || name === 'MONGODB_URI') expect(read).not.toThrow(new RegExp(`: .*${value}`));
  });

  it('takes the hosts of a replica set, and a comma in a password', () => {
    for (const MONGODB_URI of ['mongodb://a:1,b:2,c/?replicaSet=rs', 'mongodb://me:x,y@a:1/db', 'mongodb://a,b']) {
      expect(readSettings(['MONGODB_URI'], { MONGODB_URI })).toEqual({ MONGODB_URI });
    }
  });

  it.each(['p@ss:w/ord?#[]', '%40 100%', `'"\\`, '$HOME `y` {x}', 'müßte-gehen', 'a=b&c;d,e|f<g>'])(
    'gives connection strings the password %s that stands beside them',
    (password) => {
      const names = ['REDIS_URL', 'CACHE_REDIS_URL', 'LOCAL_MONGODB_URI'] as const;
      const settings = readSettings(names, {
        REDIS_URL: 'redis://queue-redis:6379/3',
        QUEUE_REDIS_PASSWORD: password,
        CACHE_REDIS_URL: 'rediss://cache@cache-redis:6379',
        CACHE_REDIS_PASSWORD: password,
        LOCAL_MONGODB_URI: 'mongodb://ecobalyse@mongo:27017/?authSource=admin',
        MONGO_PASSWORD: password,
      });
      const parts = names.map((name) => {
        const { username, password: sent, host, pathname, search } = new URL(settings[name] as string);
        return [username, decodeURIComponent(sent), host, pathname + search];
      });
      expect(parts).toEqual([
        ['', password, 'queue-redis:6379', '/3'],
        ['cache', password, 'cache-redis:6379', ''],
        ['ecobalyse', password, 'mongo:27017', '/?authSource=admin'],
      ]);
    },
  );

  it('leaves a password that a connection string has, and a MongoDB without users', () => {
    const given = {
      REDIS_URL: 'redis://:own@host:1',
      LOCAL_MONGODB_URI: 'mongodb://%2Frun%2Fmongodb.sock/?directConnection=true',
    };
    const others = { QUEUE_REDIS_PASSWORD: 'another one', MONGO_PASSWORD: 'another one' };
    expect(readSettings(['REDIS_URL', 'LOCAL_MONGODB_URI'], { ...given, ...others })).toEqual(given);
  });

  it('names every bad variable at once', () => {
    expect(() => readSettings(['API_PORT', 'LOG_LEVEL'], { API_PORT: 'x', LOG_LEVEL: 'y' })).toThrow(
      /API_PORT.*LOG_LEVEL/,
    );
  });
});

describe('mongodbUri', () => {
  const atlas = { DB_USER: 'me', DB_PASSWORD: 'p@ss/word', DB_CLUSTER: 'c0.example.net' };
  const none = {
    MONGODB_URI: undefined,
    DB_USER: undefined,
    DB_PASSWORD: undefined,
    DB_CLUSTER: undefined,
    LOCAL_MONGODB_URI: undefined,
    DB_NAME: 'x',
  };

  it('is that of the Atlas cluster, with the password escaped', () => {
    expect(mongodbUri({ ...none, ...atlas })).toBe(
      'mongodb+srv://me:p%40ss%2Fword@c0.example.net/?retryWrites=true&w=majority',
    );
  });

  it('is MONGODB_URI when both are set, and undefined when neither is', () => {
    expect(mongodbUri({ ...none, ...atlas, MONGODB_URI: 'mongodb://other' })).toBe('mongodb://other');
    expect(mongodbUri(none)).toBeUndefined();
  });

  it('is the local database only when nothing else is named', () => {
    const local = { ...none, LOCAL_MONGODB_URI: 'mongodb://mongo' };
    expect(mongodbUri(local)).toBe('mongodb://mongo');
    expect(mongodbUri({ ...local, MONGODB_URI: 'mongodb://other' })).toBe('mongodb://other');
    expect(mongodbUri({ ...local, ...atlas })).toContain('c0.example.net');
  });

  it.each([
    [['DB_USER'], 'DB_PASSWORD, DB_CLUSTER'],
    [['DB_PASSWORD'], 'DB_USER, DB_CLUSTER'],
    [['DB_CLUSTER'], 'DB_USER, DB_PASSWORD'],
    [['DB_USER', 'DB_PASSWORD'], 'DB_CLUSTER'],
    [['DB_USER', 'DB_CLUSTER'], 'DB_PASSWORD'],
    [['DB_PASSWORD', 'DB_CLUSTER'], 'DB_USER'],
  ] as const)('names what is missing beside %j: %s', (given, missing) => {
    const some = Object.fromEntries(given.map((name) => [name, atlas[name]]));
    const said = `${missing}: expected beside the other DB_ settings of MongoDB Atlas`;
    expect(() => mongodbUri({ ...none, ...some })).toThrow(new SettingsError(said));
  });
});

describe('the root of the project', () => {
  it('is the nearest folder above that holds the workspace file, or where one looks from', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecobalyse-root-'));
    const below = join(folder, 'a', 'b');
    mkdirSync(below, { recursive: true });
    try {
      expect(projectRoot(below)).toBe(below);
      writeFileSync(join(folder, 'pnpm-workspace.yaml'), '');
      expect([folder, below].map(projectRoot)).toEqual([folder, folder]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('loadEnvFile', () => {
  it('adds what is not set, or set to nothing, in every spelling of .env', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecobalyse-env-'));
    const lines = [
      'export DB_USER = "a user" # a remark',
      "DB_PASSWORD='p@ss #1'",
      ' DB_CLUSTER=cluster.example ',
      'DB_NAME=mine',
      'API_PORT=1',
    ];
    writeFileSync(join(folder, '.env'), `\uFEFF${lines.join('\r\n')}`);
    // Wherever in the project a program is started.
    writeFileSync(join(folder, 'pnpm-workspace.yaml'), '');
    const below = join(folder, 'below');
    mkdirSync(below);
    const before = process.env;
    process.env = { DB_NAME: '', API_PORT: '2' };
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(below);
    try {
      loadEnvFile();
      expect(process.env).toEqual({
        DB_USER: 'a user',
        DB_PASSWORD: 'p@ss #1',
        DB_CLUSTER: 'cluster.example',
        DB_NAME: 'mine',
        API_PORT: '2',
      });
    } finally {
      process.env = before;
      cwd.mockRestore();
      rmSync(folder, { recursive: true });
    }
  });
});
