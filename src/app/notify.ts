import { spawn } from "node:child_process";
import { reportFailure } from "./report-failure.ts";

/** What a program needs to reach the person's desktop; nothing else of the daemon's surroundings. */
const passedOn = ["HOME", "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];

/**
 * Starts the program that a binding names for asks that wait, with what is asked as its last argument; no shell reads
 * it. Whatever fails is logged: the call waits all the same.
 */
export function notify(program: readonly string[], text: string): void {
  const [file, ...args] = program;
  if (file === undefined) return;
  const kept = passedOn.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  );
  const env = { PATH: "/usr/local/bin:/usr/bin:/bin", ...Object.fromEntries(kept) };
  const child = spawn(file, [...args, text], { cwd: "/", env, stdio: "ignore", detached: true });
  child.on("error", reportFailure);
  child.unref();
}
