import { answerTasks } from './answer-tasks.js';
import { checkFile } from './declaration-answers.js';

// Judges declaration files.
answerTasks(checkFile);
