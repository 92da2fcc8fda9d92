import { UserError } from "../source/errors.ts";

/**
 * What a command is about was not said; or an option that takes several values has taken it for one of them.
 * @param greedy the options that do
 */
export function missingArguments(what: string, greedy: string): UserError {
  return new UserError(`${what} are missing`, {
    hint: `say them first: ${greedy} take${greedy.includes(" and ") ? "" : "s"} all that follows; --help says more`,
  });
}
