import { expect, test } from "vitest";
import { ShimBench } from "../hook/shim-bench.ts";

// TRUST H1: a call that waits for a signer ends before the client gives up, also where the gate dies again and again while
// it waits: each start takes time, and older clients run the tool after their time-out.

const rule = '[ -z "$waiting_since" ] || keep_waiting\n';

async function dying(alter: (shim: string) => string): Promise<string> {
  // The time is over as soon as the clock's second has changed.
  const change = (shim: string): string => alter(shim).replace("-le 330 ]", "-le 0 ]");
  const bench = new ShimBench("bench", { change });
  let asked = 0;
  await bench.serve(({ request, response, nonce }) => {
    asked += 1;
    response.statusCode = 202;
    if (asked === 1) response.end(`\n${nonce}\n`);
    else setTimeout(() => request.socket.destroy(), 300);
  });
  return (await bench.run({})).stdout;
}

test("H1: a gate that dies over a call that waits does not keep the client past its time-out", async () => {
  expect(await dying((shim) => shim)).toContain("nobody answered in time");
  expect(await dying((shim) => shim.replace(rule, "\n"))).toContain("does not start or breaks off");
});
