import { fail } from './errors.js';
import { TYPE, text, type Value } from './raw-bson.js';

/**
 * Translates a PCRE pattern, as clients write it, to a JavaScript one of the same meaning; what has no counterpart
 * is refused, never approximated. JavaScript's Unicode mode refuses the unknown escapes by itself.
 * @throws CommandError 51091 for an invalid or unsupported pattern
 */
export function compileRegex(pattern: string, options: string): RegExp {
  const leading = /^\(\?([imsx]+)\)/.exec(pattern);
  const flags = new Set(options + (leading?.[1] ?? ''));
  for (const flag of flags) if (!'imsxu'.includes(flag)) fail(51108, `invalid flag in regex options: ${flag}`);
  const body = leading ? pattern.slice(leading[0].length) : pattern;
  try {
    return new RegExp(translate(body, flags), `u${flags.has('i') ? 'i' : ''}`);
  } catch (error) {
    return fail(51091, `Regular expression is invalid or not supported here: ${(error as Error).message}`);
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
    } else if (c === '(' && pattern.startsWith('(?P<', i)) {
      out += '(?<';
      i += 3;
    } else if (flags.has('x') && /\s/.test(c)) {
      // Option x: white space and comments mean nothing.
    } else if (flags.has('x') && c === '#') {
      while (i < pattern.length && pattern[i] !== '\n') i++;
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
export function regexOf(v: Value, options?: string): RegExp {
  if (v.type === TYPE.string) return compileRegex(text(v), options ?? '');
  if (v.type !== TYPE.regex) return fail(2, '$regex has to be a string');
  const [pattern, own] = v.bytes.toString('utf8', v.start, v.end).split('\0') as [string, string];
  if (options !== undefined && own !== '') fail(51075, 'options set in both $regex and $options');
  return compileRegex(pattern, options ?? own);
}
