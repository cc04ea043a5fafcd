import { isKeyName } from '#engine/merkle/note.ts';
import type { Config } from '#platform/config.ts';

/**
 * The origin line of this journal's checkpoints, which is also the name of its key: the name of the installation.
 *
 * @throws Error when the name cannot stand in a signature line (C2SP signed-note: no spaces, no plus)
 */
export function originOf(config: Config): string {
  if (isKeyName(config.installation)) return config.installation;
  throw new Error(`the setting installation "${config.installation}" must not be empty or hold a space or a plus sign`);
}
