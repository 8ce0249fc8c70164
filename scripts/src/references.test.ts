import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** What code and documents refer to is in the repository: sections of the method and the contract, files, headings. */

const root = fileURLToPath(new URL('../../', import.meta.url));
const OTHERS = new Set(['node_modules', 'dist', '.git', '.data', '.tools', 'artifacts', 'references.test.ts']);

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !OTHERS.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      return /\.(tsx?|mjs|md|sh|yml)$/.test(path) ? [path] : [];
    });
}
const files = filesBelow('');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/** Numbers of the sections of the method: headings, and the items of the lists of numbered points in them. */
function sectionsOf(text: string): Set<string> {
  const sections = new Set<string>();
  let heading = '';
  for (const line of text.split('\n')) {
    const [, section] = /^#+ (\d+(?:\.\d+)?) /.exec(line) ?? [];
    if (section) heading = section;
    if (section) sections.add(section);
    const [, item] = /^(\d+)\. /.exec(line) ?? [];
    if (item) sections.add(`${heading}.${item}`).add(`${heading} rule ${item}`);
  }
  return sections;
}

/** Comments and paragraphs as one line. */
const flat = (text: string) => text.replace(/\n\s*(?:\*|\/\/)?\s*/g, ' ');

/** `METHOD §8.3, §8.4` and `METHOD §1.3 rule 4`. */
function methodReferences(text: string): string[] {
  return [...flat(text).matchAll(/METHOD ((?:(?:, | and )?§\d+(?:\.\d+)?(?: rules? \d+)?)+)/g)].flatMap(
    ([, list = '']) =>
      [...list.matchAll(/§(\d+(?:\.\d+)?(?: rules? \d+)?)/g)].map(([, section = '']) =>
        section.replace('rules', 'rule'),
      ),
  );
}

/** The anchors that a page makes of the headings of a document. */
const anchorsOf = (text: string) =>
  new Set(
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-'),
    ),
  );

describe('references', () => {
  it('to the method name sections that it has', () => {
    const sections = sectionsOf(read('docs/method.md'));
    const found = files.flatMap((file) => methodReferences(read(file)).map((section) => ({ file, section })));
    expect(found.length).toBeGreaterThan(150);
    expect(found.filter(({ section }) => !sections.has(section))).toEqual([]);
  });

  it('to the contract name headings that it has', () => {
    const headings = read('docs/contract.md');
    const quoted = files.flatMap((file) =>
      [...flat(read(file)).matchAll(/CONTRACT, "([^"]+)"/g)].map(([, heading = '']) => ({ file, heading })),
    );
    expect(quoted.length).toBeGreaterThan(0);
    expect(quoted.filter(({ heading }) => !headings.includes(heading))).toEqual([]);
  });

  it('of documents lead to files and headings that exist', () => {
    const documents = files.filter((file) => file.endsWith('.md'));
    const dead = documents.flatMap((file) =>
      [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => {
          const [path = '', anchor] = target.split('#');
          const aim = path === '' ? file : join(dirname(file), path);
          if (!existsSync(join(root, aim))) return true;
          return anchor !== undefined && aim.endsWith('.md') && !anchorsOf(read(aim)).has(anchor);
        })
        .map((target) => ({ file, target })),
    );
    expect(dead).toEqual([]);
  });

  it('of documents name paths that exist', () => {
    // What a build makes, and what was once, need not be there.
    const documents = files.filter((file) => file.endsWith('.md') && file !== 'CHANGELOG.md');
    const gone = documents.flatMap((file) =>
      [...read(file).matchAll(/`((?:packages|services|scripts|dashboard|docs|docker|bench|e2e)\/[\w./-]+)`/g)]
        .map(([, path = '']) => path)
        .filter((path) => !/\/(dist|bundle)(\/|$)/.test(path))
        .filter((path) => ![root, join(root, dirname(file))].some((from) => existsSync(join(from, path))))
        .map((path) => ({ file, path })),
    );
    expect(gone).toEqual([]);
  });

  it('never name a document that is not in the repository', () => {
    const elsewhere = files.flatMap((file) =>
      [...read(file).matchAll(/\b(METHOD\.md|CONTRACT\.md|ARCHITECTURE\.md|design section \d+)/g)].map(([name]) => ({
        file,
        name,
      })),
    );
    expect(elsewhere).toEqual([]);
  });
});
