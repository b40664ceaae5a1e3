import { dirname } from "node:path";
import type { WorkTree } from "../git/work-trees.ts";
import type { Places } from "../model/places.ts";
import type { OpenState } from "./open-state.ts";
import { realOrSame } from "./real-path.ts";
import type { WorkTreeWatch } from "./work-tree-watch.ts";

/** Gives the places of a repository as of now, kept as long as no work tree comes or goes. */
export function watchPlaces(state: OpenState, watch: WorkTreeWatch): () => Promise<Places> {
  let of: readonly WorkTree[] | null = null;
  let places: Places | null = null;
  return async () => {
    const trees = await watch();
    if (places === null || trees !== of) {
      of = trees;
      places = placesOf(state, trees);
    }
    return places;
  };
}

/** Gives the places of a repository with these work trees. */
export function placesOf(state: OpenState, trees: readonly WorkTree[]): Places {
  const { record, repository, home, paths } = state;
  return {
    repo: trees.map(({ path }) => path),
    home: realOrSame(record.home),
    tmp: withReal(["/tmp", "/var/tmp", record.tmp]),
    git: withReal([repository.commonDir, ...trees.map(({ gitDir }) => gitDir)]),
    // The sockets may lie elsewhere; they are as much the gate's.
    mirror: withReal([home, dirname(paths.sockets)]),
  };
}

/** A path may be asked for by the name it has or by the one it resolves to; both are the place. */
function withReal(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => [path, realOrSame(path)]))];
}
