import { sheetsOf } from '@ecobalyse/product-files';
import { answerTasks } from './answer-tasks.js';

// Reads the sheets of workbooks.
answerTasks((bytes: Uint8Array) => sheetsOf(Buffer.from(bytes)));
