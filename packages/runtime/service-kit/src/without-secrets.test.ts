import { expect, it } from 'vitest';
import { withoutSecrets } from './without-secrets.js';

const ENV = {
  ECOBALYSE_API_TOKEN: 'tok/en-1234',
  API_KEY: 'the-key-of-the-platform',
  API_KEYS: 'one:reader:key-of-somebody:x, two:admin:sha256:0123456789abcdef',
  DB_PASSWORD: 'seven77',
  MONGO_PASSWORD: 'eight888',
  LOG_LEVEL: 'warning-level',
  MONGODB_URI: 'mongodb://db.test/',
};

it.each([
  ['refused: tok/en-1234, tok/en-1234', 'refused: ***, ***'],
  ['GET /x?a=tok%2Fen-1234', 'GET /x?a=***'],
  ['the-key-of-the-platform.', '***.'],
  ['key-of-somebody:x sha256:0123456789abcdef one:reader', '*** *** one:reader'],
  ['mongodb://db.test/ and mongodb://me:pw@other.test/', '*** and mongodb://***@other.test/'],
  ['Bearer abc', 'Bearer ***'],
  ['eight888 seven77 warning-level', '*** seven77 warning-level'],
])('%s is shown as %s', (text, shown) => {
  expect(withoutSecrets(text, ENV)).toBe(shown);
});

it('knows the settings of the process', () => {
  process.env.ALERT_WEBHOOK_URL = 'https://hooks.test/T000/secret';
  try {
    expect(withoutSecrets('sent to https://hooks.test/T000/secret')).toBe('sent to ***');
  } finally {
    delete process.env.ALERT_WEBHOOK_URL;
  }
});
