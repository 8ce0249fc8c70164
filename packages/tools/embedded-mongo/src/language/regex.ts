import { createContext, Script } from 'node:vm';
import { TYPE, text, type Value } from '../bson/values.js';
import { fail } from '../errors.js';
import { checkStretch, hasWorked } from '../pace.js';

/**
 * Translates a PCRE pattern, as clients write it, to a JavaScript one of the same meaning; what has no counterpart
 * is refused, never approximated. JavaScript's Unicode mode refuses the unknown escapes by itself.
 * @throws CommandError 51091 for an invalid or unsupported pattern
 */
export function compileRegex(pattern: string, options: string): TextTest {
  const leading = /^\(\?([ims]+)\)/.exec(pattern);
  const flags = new Set(options + (leading?.[1] ?? ''));
  if (flags.has('x')) fail(238, 'Option x of regular expressions is not implemented by the embedded server');
  for (const flag of flags) if (!'imsu'.includes(flag)) fail(51108, `invalid flag in regex options: ${flag}`);
  const body = leading ? pattern.slice(leading[0].length) : pattern;
  try {
    const regex = new RegExp(translate(body, flags), `u${flags.has('i') ? 'i' : ''}`);
    const quickLength = lengthWithoutGuard(body);
    return (value) => {
      checkStretch();
      return value.length <= quickLength ? regex.test(value) : guardedTest(regex, value);
    };
  } catch (error) {
    return fail(51091, `Regular expression is invalid or not supported here: ${(error as Error).message}`);
  }
}

/** Tells whether a text matches. @throws CommandError 50 when that takes too long */
export type TextTest = (value: string) => boolean;

/** So many steps take a few milliseconds at most. */
const QUICK_STEPS = 1e7;

/**
 * How long a text may be that is tested without a guard. Each repetition may be tried with every length, and each choice
 * twice; where a group is repeated or referred to, no length is short enough.
 */
function lengthWithoutGuard(pattern: string): number {
  const bare = pattern.replaceAll(/\\[^1-9k]/gs, 'e').replaceAll(/\[\^?\]?[^\]]*\]/g, 'c');
  if (/\)[*+?{]|\\/.test(bare)) return -1;
  const repetitions = bare.match(/[*+{]/g)?.length ?? 0;
  const choices = bare.match(/[?|]/g)?.length ?? 0;
  return (QUICK_STEPS / 2 ** choices) ** (1 / (repetitions + 1));
}

/** What one test of one text may take: other clients wait for so long. */
const GUARD_MS = 100;
const guarded = new Script('regex.test(value)');
/** What the guarded script sees. */
const scope: { regex?: RegExp; value?: string } = {};
let context: object | undefined;

/** A test that is ended when it takes too long, as backtracking can take for ever. */
function guardedTest(regex: RegExp, value: string): boolean {
  context ??= createContext(scope);
  Object.assign(scope, { regex, value });
  for (;;) {
    const before = process.cpuUsage();
    try {
      return guarded.runInContext(context, { timeout: GUARD_MS });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    }
    if (hasWorked(before, GUARD_MS)) {
      fail(50, `operation exceeded time limit: a regular expression takes more than ${GUARD_MS} ms for one text`);
    }
  }
}

const SPACE = '\\t-\\r ';
const NO_SPACE = '\\0-\\x08\\x0e-\\x1f!-\\u{10ffff}';

function translate(pattern: string, flags: ReadonlySet<string>): string {
  const multiline = flags.has('m');
  const outside: Record<string, string> = {
    '.': flags.has('s') ? '[\\s\\S]' : '[^\\n]',
    '^': multiline ? '(?:^|(?<=\\n)(?!$))' : '^',
    $: multiline ? '(?=\\n|$)' : '(?=\\n?$)',
    ']': '\\]',
    '}': '\\}',
  };
  let out = '';
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i] as string;
    if (c === '\\') {
      out += escapeSequence(pattern[++i] ?? '\\', inClass);
    } else if (inClass) {
      if (c === '[' && pattern[i + 1] === ':') fail(51091, 'POSIX character classes are not supported');
      if (c === ']') inClass = false;
      out += c === '[' ? '\\[' : c;
    } else if (c === '[') {
      inClass = true;
      out += c;
      if (pattern[i + 1] === '^') out += pattern[++i];
      if (pattern[i + 1] === ']') out += `\\${pattern[++i]}`;
    } else if (c === '{') {
      const quantifier = /^\{\d+(,\d*)?\}/.exec(pattern.slice(i))?.[0];
      out += quantifier ?? '\\{';
      i += (quantifier ?? '{').length - 1;
    } else {
      out += outside[c] ?? c;
    }
  }
  return out;
}

function escapeSequence(c: string, inClass: boolean): string {
  if (c === 's') return inClass ? SPACE : `[${SPACE}]`;
  if (c === 'S') return inClass ? NO_SPACE : `[${NO_SPACE}]`;
  if (/[\w\n]/.test(c)) {
    // The letters whose meaning differs between the two languages; the rest is the same or refused by the engine.
    if ('cpPuvkx'.includes(c) || (inClass && c === 'B')) fail(51091, `The escape \\${c} is not supported`);
    return `\\${c}`;
  }
  return c === '-' && !inClass ? '-' : `${'^$\\.*+?()[]{}|/-'.includes(c) ? '\\' : ''}${c}`;
}

/** The regular expression of a `$regex` operand or regex value, with `$options` where they stand apart. */
export function regexOf(v: Value, options?: string): TextTest {
  if (v.type === TYPE.string) return compileRegex(text(v), options ?? '');
  if (v.type !== TYPE.regex) return fail(2, '$regex has to be a string');
  const [pattern, own] = v.bytes.toString('utf8', v.start, v.end).split('\0') as [string, string];
  if (options !== undefined && own !== '') fail(51075, 'options set in both $regex and $options');
  return compileRegex(pattern, options ?? own);
}
