import { beginBusSession, busStatus, startBus, stopBus } from "../../app/bus.ts";
import { busEnvironmentPage, busPage } from "../../ui/bus-page.ts";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-code.ts";

interface JsonOption {
  readonly json?: boolean;
}

/** `mirror bus start`. */
export async function busStartCommand(context: Context, options: JsonOption): Promise<number> {
  const status = await startBus(context);
  if (options.json === true) context.print(JSON.stringify({ running: true, ...status }));
  else for (const line of busPage(status, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `mirror bus status`. */
export async function busStatusCommand(context: Context, options: JsonOption): Promise<number> {
  const status = await busStatus(context);
  if (options.json === true)
    context.print(JSON.stringify(status === null ? { running: false } : { running: true, ...status }));
  else for (const line of busPage(status, context.style)) context.print(line);
  return exitCodes.ok;
}

/** `mirror bus stop`. */
export async function busStopCommand(context: Context, options: JsonOption): Promise<number> {
  const stopped = await stopBus(context);
  if (options.json === true) context.print(JSON.stringify({ stopped }));
  else
    context.print(
      stopped ? "The model bus stopped; its tokens are good no more." : "The model bus was not running.",
    );
  return exitCodes.ok;
}

/** `mirror bus env`. */
export async function busEnvCommand(
  context: Context,
  options: JsonOption & { readonly agent: string },
): Promise<number> {
  const session = await beginBusSession(context, options.agent);
  if (options.json === true) context.print(JSON.stringify(session));
  else for (const line of busEnvironmentPage(session)) context.print(line);
  return exitCodes.ok;
}
