import type { SettingName } from '@ecobalyse/service-kit';

/** Whether the environment or `.env` sets it: what is not set, the launcher knows better than the default. */
export const isGiven = (name: SettingName): boolean => Boolean(process.env[name]);
