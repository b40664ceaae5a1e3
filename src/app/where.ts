import type { Environment } from "./home.ts";

/** Where a use case runs: a directory in the repository, and the person's environment. */
export interface Where {
  readonly directory: string;
  readonly environment: Environment;
}
