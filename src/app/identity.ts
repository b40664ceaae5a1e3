import { hostname, userInfo } from "node:os";
import { type Git, personEnvironment, runGit } from "../git/launch.ts";
import type { Environment } from "./home.ts";

/** A person as commits name them. */
export interface PersonIdentity {
  readonly name: string;
  readonly email: string;
}

/**
 * Gives the person's name and address as git has them (the repository's own settings count here: they name,
 * they do not sign); what is missing is asked for, or taken from the login where nobody is there to ask.
 */
export async function personIdentity(
  git: Git,
  directory: string,
  environment: Environment,
  ask: ((question: string) => Promise<string>) | null,
): Promise<PersonIdentity> {
  const login = userInfo().username;
  const setting = async (key: string): Promise<string> => {
    const { code, stdout } = await runGit(git, ["config", "--get", key], {
      cwd: directory,
      environment: personEnvironment(environment),
    });
    return code === 0 ? stdout.toString("utf8").trim() : "";
  };
  const named = await setting("user.name");
  const name =
    named !== "" ? named : ask === null ? "" : (await ask(`Your name, for commits [${login}]: `)).trim();
  const email = await setting("user.email");
  return { name: plain(name) || login, email: plain(email) || `${login}@${hostname()}` };
}

/** Tells whether an address is one outside git, too: git takes anything, trust.yaml and OpenPGP do not. */
export function isAddress(email: string): boolean {
  return /^[\w.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(email);
}

/** Takes out what a commit's identity line cannot hold. */
function plain(text: string): string {
  return text.replace(/[<>\u0000-\u001F\u007F]/g, "").trim();
}
