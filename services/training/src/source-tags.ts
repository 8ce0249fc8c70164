import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PACKAGE_FILE = new URL('../package.json', import.meta.url);
const GIT_TIMEOUT_MS = 5000;
const COMMIT = /^[0-9a-f]{40,64}$/;

/** The commit that is checked out where this code lies; null outside a repository and where there is no git. */
async function checkedOutCommit(folder: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['-C', folder, 'rev-parse', 'HEAD'], {
      timeout: GIT_TIMEOUT_MS,
    });
    const commit = stdout.trim();
    return COMMIT.test(commit) ? commit : null;
  } catch {
    return null;
  }
}

/**
 * Tags of a run that tell which code trained: the version of this package, and the commit under the name that MLflow gives
 * it.
 *
 * @param revision - the commit that an image was built from, which has no repository in it.
 */
export async function sourceTags(
  revision: string | undefined,
  folder = fileURLToPath(new URL('.', import.meta.url)),
): Promise<Record<string, string>> {
  const { name, version } = JSON.parse(await readFile(PACKAGE_FILE, 'utf8')) as { name: string; version: string };
  const commit = revision ?? (await checkedOutCommit(folder));
  return {
    'mlflow.source.name': name,
    'source.version': version,
    ...(commit !== null && { 'mlflow.source.git.commit': commit }),
  };
}
