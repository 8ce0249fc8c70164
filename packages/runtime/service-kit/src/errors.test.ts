import { expect, it } from 'vitest';
import { PlatformError, SettingsError } from './errors.js';

it('an error for its reader has a code, a name and what caused it', () => {
  const cause = new Error('the disk is full');
  const error = new PlatformError('DATA_FOLDER', 'make room', { cause });
  expect([error.name, error.code, error.message, error.cause]).toEqual([
    'PlatformError',
    'DATA_FOLDER',
    'make room',
    cause,
  ]);
  expect(error).toBeInstanceOf(Error);
  expect(new PlatformError('CODE', 'words').cause).toBeUndefined();
  const settings = new SettingsError('API_PORT: expected a port');
  expect(settings).toBeInstanceOf(PlatformError);
  expect(settings.message).toContain('API_PORT: expected a port');
});
