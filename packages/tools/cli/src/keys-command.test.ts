import { expect, it } from 'vitest';
import { runKeys } from './keys-command.js';
import { UsageError } from './usage.js';

it.each([
  [[], /expected one of list, add, revoke, rotate/],
  [['forget', 'bot'], /expected one of list, add, revoke, rotate/],
  [['list', 'bot'], /list takes no name/],
  [['show', 'bot'], /show takes no name/],
  [['add', 'x y', '--role', 'writer'], /the name of a key is expected/],
  [['add', 'one', 'two', '--role', 'writer'], /unexpected argument "two"/],
  [['add', 'one'], /--role is expected: reader, writer, admin/],
  [['add', 'one', '--role', 'owner'], /--role: expected one of/],
  [['rotate', 'one', '--role', 'admin'], /--role goes with add only/],
  [['revoke', 'one', '--expires', '90d'], /--expires goes with add and rotate only/],
  [['add', 'one', '--role', 'reader', '--expires', 'yesterday'], /--expires: expected days/],
  [['add', 'one', '--role', 'reader', '--expires', '2001-01-01'], /--expires: expected days/],
  [['add', 'one', '--role', 'reader', '--expires', '0d'], /--expires: expected days/],
  [['add', 'API_KEY', '--role', 'reader'], /API_KEY is the key of the settings/],
  [['list', '--colour'], /--colour/],
])('ecobalyse keys %j is refused before the database is asked', async (args, reason) => {
  const refused = runKeys(args);
  await expect(refused).rejects.toBeInstanceOf(UsageError);
  await expect(refused).rejects.toThrow(reason);
});
