/** Logs more than a pipe takes in, says so on standard error, and logs once more when it was read. */
import { createLogger } from '../logger.js';

const logger = createLogger('test', { LOG_LEVEL: 'info', LOG_FORMAT: 'json' });
for (let line = 0; line < 5000; line += 1) logger.info('x'.repeat(1000));
process.stdout.once('drain', () => logger.info('read again'));
process.stderr.write('through');
