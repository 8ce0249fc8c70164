/** An error that tells its reader what to do; `code` is for programs, `message` for people. */
export class PlatformError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PlatformError';
    this.code = code;
  }
}

/** A setting with a bad value: the process must not start. */
export class SettingsError extends PlatformError {
  constructor(message: string) {
    super('BAD_SETTINGS', message);
    this.name = 'SettingsError';
  }
}
