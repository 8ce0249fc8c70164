import type { FastifyReply } from 'fastify';
import { sendAsIs } from '../beyond-types.js';

/** A name with underscores as a part of the id of an operation: days_of_wear is DaysOfWear. */
export const idPart = (name: string) => name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());

const HOW_TO_START =
  'No statistics have been computed yet. The pipeline "ecobalyse" computes them every hour and can be started at once ' +
  'from the orchestrator; "npm run ecobalyse -- statistics" computes them without it.';

/** 404 of the contract, with a hint how to start a first run. */
export const noStatisticsYet = (reply: FastifyReply) =>
  sendAsIs(reply.code(404), { detail: 'Document not found', hint: HOW_TO_START });
