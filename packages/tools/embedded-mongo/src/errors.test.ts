import { expect, it } from 'vitest';
import { CommandError } from './errors.js';

// As MongoDB's list of error codes has them (src/mongo/base/error_codes.yml of its sources); others are named by their number.
it.each([
  [1, 'InternalError'],
  [2, 'BadValue'],
  [9, 'FailedToParse'],
  [13, 'Unauthorized'],
  [14, 'TypeMismatch'],
  [18, 'AuthenticationFailed'],
  [20, 'IllegalOperation'],
  [22, 'InvalidBSON'],
  [26, 'NamespaceNotFound'],
  [27, 'IndexNotFound'],
  [28, 'PathNotViable'],
  [40, 'ConflictingUpdateOperators'],
  [43, 'CursorNotFound'],
  [48, 'NamespaceExists'],
  [50, 'MaxTimeMSExpired'],
  [52, 'DollarPrefixedFieldName'],
  [53, 'InvalidIdField'],
  [59, 'CommandNotFound'],
  [66, 'ImmutableField'],
  [67, 'CannotCreateIndex'],
  [72, 'InvalidOptions'],
  [73, 'InvalidNamespace'],
  [85, 'IndexOptionsConflict'],
  [86, 'IndexKeySpecsConflict'],
  [91, 'ShutdownInProgress'],
  [168, 'InvalidPipelineOperator'],
  [171, 'CannotIndexParallelArrays'],
  [175, 'QueryPlanKilled'],
  [238, 'NotImplemented'],
  [292, 'QueryExceededMemoryLimitNoDiskUseAllowed'],
  [352, 'UnsupportedOpQueryCommand'],
  [11601, 'Interrupted'],
  [10334, 'BSONObjectTooLarge'],
  [11000, 'DuplicateKey'],
  [14031, 'OutOfDiskSpace'],
  [28811, 'Location28811'],
])('the code %i is called %s', (code, name) => {
  expect(new CommandError(code, '').codeName).toBe(name);
});
