import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { statePathsAt } from "../../src/app/home.ts";
import { installShim } from "../../src/clients/shim.ts";
import { scratchDirectory } from "../fixtures/scratch-repository.ts";
import {
  answer,
  type Carrier,
  carriers,
  deny,
  goodAnswer,
  type Handler,
  ShimBench,
  shells,
} from "./shim-bench.ts";

const source = readFileSync(new URL("../../hooks/mirror-hook", import.meta.url), "utf8");

/** Every shell with every carrier. */
const ways = shells.flatMap((shell) =>
  carriers.map((carrier): [string, Carrier, readonly string[]] => [
    shell.map((word) => basename(word)).join(" "),
    carrier,
    shell,
  ]),
);

describe.each(ways)("under %s with %s", (_, carrier, shell) => {
  test.each([300, 3_990, 4_010, 1_000_000])(
    "the gate's answer is passed on, and a payload of %i bytes arrives byte for byte, a newline after it",
    async (length) => {
      const bench = new ShimBench("bench", { carrier });
      const input = someJson(length);
      let seen: { url?: string | undefined; body?: Buffer; headers?: object } = {};
      await bench.serve(({ request, response, body, nonce }) => {
        seen = { url: request.url, body, headers: request.headers };
        response.end(`{"ok":"ü % \\\\n"}\n${nonce}\n`);
      });
      const { status, stdout, stderr } = await bench.run({ shell, input });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '{"ok":"ü % \\\\n"}\n', stderr: "" });
      expect(seen.url).toBe("/v1/hook/claude-code");
      expect(seen.headers).toMatchObject({
        "content-type": "application/json",
        "x-mirror-event": "PreToolUse",
        "x-mirror-parent": String(process.pid),
        "x-mirror-nonce": expect.stringMatching(/^[0-9a-f-]{32,36}$/),
      });
      expect(seen.body?.equals(withNewline(input))).toBe(true);
      expect(bench.coldCall()).toBeNull();
    },
  );

  test.each([
    ["no socket", () => undefined],
    ["a socket that nobody serves", (bench: ShimBench) => deadSocket(bench.socket)],
  ])("%s: the gate is started, and gets the whole payload", async (_, prepare) => {
    const bench = new ShimBench("bench", { carrier });
    await prepare(bench);
    const input = someJson(300_000);
    const answer = bench.run({ shell, input });
    let seen: { body?: Buffer; attempt?: unknown } = {};
    await bench.serveOnceStarted(({ request, response, body, nonce }) => {
      seen = { body, attempt: request.headers["x-mirror-attempt"] };
      response.end(`{"started":true}\n${nonce}\n`);
    });
    expect(await answer).toEqual({ status: 0, stdout: '{"started":true}\n', stderr: "" });
    expect(seen.body?.equals(withNewline(input))).toBe(true);
    expect(bench.start()?.args).toEqual([join(bench.top, "mirror-daemon.cjs"), bench.state, "coder"]);
    expect(bench.start()?.input.length).toBe(0);
    expect([bench.starts(), bench.coldCall()]).toEqual([1, null]);
  });

  test("a gate that dies over a call is started and asked again, and told so", async () => {
    const bench = new ShimBench("bench", { carrier });
    const attempts: unknown[] = [];
    const bodies: Buffer[] = [];
    await bench.serve(({ request, response, body, nonce }) => {
      attempts.push(request.headers["x-mirror-attempt"]);
      bodies.push(body);
      if (attempts.length === 1) request.socket.destroy();
      else if (attempts.length === 2) response.write("half", () => request.socket.destroy());
      else response.end(`{"third":true}\n${nonce}\n`);
    });
    const input = someJson(100_000);
    expect(await bench.run({ shell, input })).toEqual({
      status: 0,
      stdout: '{"third":true}\n',
      stderr: "",
    });
    expect(attempts).toEqual(["1", "2", "3"]);
    expect(bodies.every((body) => body.equals(withNewline(input)))).toBe(true);
    expect(bench.starts()).toBe(2);
  });

  test("a call that waits for a signer is sent again until there is an answer; one that only says so is not", async () => {
    const bench = new ShimBench("bench", { carrier });
    const attempts: (string | string[] | undefined)[] = [];
    await bench.serve(({ request, response, nonce }) => {
      attempts.push(request.headers["x-mirror-attempt"]);
      const waits = attempts.length < 3;
      const text = `${waits ? "" : "{}"}\n${nonce}\n`;
      response.writeHead(waits ? 202 : 200, { "content-length": text.length }).end(text);
    });
    expect(await bench.run({ shell })).toEqual({ status: 0, stdout: "{}\n", stderr: "" });
    expect(attempts).toEqual(["1", "2", "3"]);
    const liar = new ShimBench("liar", { carrier });
    await liar.serve(({ response }) => response.writeHead(202, { "content-length": 2 }).end("{}"));
    expect((await liar.run({ shell })).stdout).toMatch(deny);
    // Whatever the gate does, the client must not be the first to give up.
    const endless = new ShimBench("endless", {
      carrier,
      change: (text) => text.replace("-le 330", "-le -1"),
    });
    await endless.serve(({ response, nonce }) =>
      response.writeHead(202, { "content-length": nonce.length + 2 }).end(`\n${nonce}\n`),
    );
    expect((await endless.run({ shell })).stdout).toContain("nobody answered in time");
  });

  test("paths with blanks, quotes and dollars work, warm and cold", async () => {
    const bench = new ShimBench('it\'s $HOME "x" `y`', { carrier });
    const cold = bench.run({ shell });
    await bench.serveOnceStarted(goodAnswer('{"ok":true}'));
    expect(await cold).toMatchObject({ stdout: '{"ok":true}\n' });
    expect(await bench.run({ shell })).toMatchObject({ stdout: '{"ok":true}\n' });
    expect(bench.starts()).toBe(1);
  });

  test("sockets that stand elsewhere are found through sockets.at", async () => {
    const bench = new ShimBench(`long-${"x".repeat(80)}`, { carrier });
    const short = join(scratchDirectory(), "s");
    writeFileSync(join(bench.state, "sockets.at"), `${short}\n`);
    await bench.serve(goodAnswer('{"warm":true}'), join(short, "coder.sock"));
    expect(await bench.run({ shell })).toMatchObject({ stdout: '{"warm":true}\n' });
    expect(bench.starts()).toBe(0);
  });

  test("other events are answered with nothing where the gate fails", async () => {
    const bench = new ShimBench("bench", { carrier });
    await bench.serve(({ response }) => response.writeHead(500).end());
    const args = ["claude-code", "coder", bench.state, "PostToolUse"];
    expect(await bench.run({ shell, args })).toMatchObject({ status: 0, stdout: "{}\n" });
    const unknown = ["claude-code", "coder", bench.state];
    expect(await bench.run({ shell, args: unknown })).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(deny),
    });
  });

  test("words of the command that are none of ours are refused", async () => {
    const bench = new ShimBench("bench", { carrier });
    for (const agent of ["", "../x", "Coder", "-a"]) {
      expect(await bench.run({ shell, args: ["claude-code", agent, bench.state] })).toMatchObject({
        stdout: expect.stringMatching(deny),
      });
    }
    expect(await bench.run({ shell, args: ["codex", "coder", bench.state] })).toMatchObject({ status: 2 });
    expect(await bench.run({ shell, args: ["claude-code", "coder", "relative"] })).toMatchObject({
      stdout: expect.stringMatching(/no absolute state directory/),
    });
  });
});

describe("without perl and curl", () => {
  test.each([
    ["missing", "/none/curl"],
    ["that cannot run", "/etc/passwd"],
  ])("one %s: Node gets the payload", async (_, curl) => {
    const bench = new ShimBench("bench", { carrier: "none", curl });
    await bench.serve(goodAnswer("{}"));
    expect(await bench.run({ input: '{"a":1}' })).toMatchObject({ stdout: '{"cold":true}\n' });
    expect(bench.coldCall()?.input.toString()).toBe('{"a":1}');
  });

  test("one that knows no unix sockets: Node gets the payload", async () => {
    const curl = join(scratchDirectory(), "curl");
    writeFileSync(curl, "#!/bin/sh\nexit 2\n");
    chmodSync(curl, 0o700);
    const bench = new ShimBench("bench", { carrier: "none", curl });
    await bench.serve(goodAnswer("{}"));
    expect(await bench.run({ input: '{"a":1}' })).toMatchObject({ stdout: '{"cold":true}\n' });
    expect(bench.coldCall()?.input.toString()).toBe('{"a":1}');
  });
});

describe("mirror's own Node in place of perl and curl", () => {
  const program = fileURLToPath(new URL("../../dist/bin/mirror.mjs", import.meta.url));

  function nodeBench(name: string): ShimBench {
    const bench = new ShimBench(name, { carrier: "none" });
    const run = `shift; exec '${process.execPath}' '${program}' "$@" <"$here/hook.input"`;
    writeFileSync(join(bench.top, "says"), run);
    return bench;
  }

  test("a call that waits for a signer is sent again until there is an answer; one that only says so is not", async () => {
    const bench = nodeBench("bench");
    const asked: string[] = [];
    await serveThere(bench, ({ request, response, body, nonce }) => {
      asked.push(`${request.headers["x-mirror-attempt"]} ${body}`);
      answer(response, asked.length < 3 ? 202 : 200, `${asked.length < 3 ? "" : "{}"}\n${nonce}\n`);
    });
    expect(await bench.run({ input: '{"a":1}' })).toMatchObject({ status: 0, stdout: "{}\n", stderr: "" });
    expect(asked.map((each) => each.trim())).toEqual(['1 {"a":1}', '2 {"a":1}', '3 {"a":1}']);
    const liar = nodeBench("liar");
    await serveThere(liar, ({ response }) => answer(response, 202, "{}"));
    expect((await liar.run()).stdout).toMatch(deny);
  });

  /** A path that is too long for a socket has it elsewhere. */
  async function serveThere(bench: ShimBench, handle: Handler): Promise<void> {
    const { sockets } = statePathsAt(bench.state);
    onTestFinished(() => rmSync(sockets, { recursive: true, force: true }));
    await bench.serve(handle, join(sockets, "coder.sock"));
  }
});

describe("where the gate does not start", () => {
  test.each([
    ["it says nothing", "exit 0"],
    ["it says something else", "echo hello"],
    ["it is killed", "kill -9 $$"],
    ["it says that it is ready and is not there", "echo ready"],
    ["it says why", "echo 'refused the pin is \\\"gone\\\"; run x'"],
  ])("%s: the constant deny", async (_, starts) => {
    const bench = new ShimBench();
    writeFileSync(join(bench.top, "starts"), starts);
    const { status, stdout } = await bench.run();
    expect([status, stdout]).toEqual([0, expect.stringMatching(deny)]);
    const reason = JSON.parse(stdout).hookSpecificOutput.permissionDecisionReason;
    if (starts.includes("refused")) expect(reason).toContain('the pin is "gone"; run x');
  });

  test.each(["node", "mirror.mjs"])("%s is gone: the constant deny says so", async (name) => {
    const bench = new ShimBench();
    rmSync(join(bench.top, name));
    const { stdout } = await bench.run();
    expect(stdout).toMatch(deny);
    expect(JSON.parse(stdout).hookSpecificOutput.permissionDecisionReason).toMatch(/is gone/);
  });
});

describe("where Node fails in place of perl and curl", () => {
  test.each([
    ["it says nothing", "exit 0"],
    ["it crashes", "echo '{}'; exit 1"],
    ["it says something else", "echo hello"],
    ["it is killed", "kill -9 $$"],
  ])("%s: the constant deny", async (_, says) => {
    const bench = new ShimBench("bench", { carrier: "none" });
    writeFileSync(join(bench.top, "says"), says);
    expect(await bench.run()).toMatchObject({ status: 0, stdout: expect.stringMatching(deny) });
  });
});

test("the shim names its programs by absolute path, and these are all", () => {
  expect(source).toMatch(/^PATH=\/dev\/null$/m);
  const programs = [
    ...source.matchAll(/(?:^|[\s(;])("?\$(?:PERL|CURL|MIRROR_NODE)"?|\/(?:usr\/)?bin\/[a-z]+)/gm),
  ];
  expect(new Set(programs.map((match) => match[1]))).toEqual(
    new Set([
      '"$PERL"',
      '"$CURL"',
      '"$MIRROR_NODE"',
      "/bin/cat",
      "/bin/date",
      "/usr/bin/env",
      "/usr/bin/setsid",
      "/usr/bin/readlink",
      "/bin/readlink",
      "/usr/bin/od",
    ]),
  );
});

test.runIf(existsSync("/usr/bin/strace")).each(carriers)(
  "warm, the system sees two programs started: cat and %s",
  async (carrier) => {
    const bench = new ShimBench("bench", { carrier });
    await bench.serve(goodAnswer('{"warm":true}'));
    const log = join(bench.top, "trace");
    const shell = ["/usr/bin/strace", "-f", "-qq", "-e", "trace=execve,write", "-o", log, "/bin/sh"];
    const { stdout } = await bench.run({ shell });
    expect(stdout).toBe('{"warm":true}\n');
    const lines = readFileSync(log, "utf8").split("\n");
    const started = lines
      .filter((line) => line.includes("execve(") && !line.includes(" = -1 "))
      .map((line) => /execve\("([^"]*)"/.exec(line)?.[1]);
    expect(started).toEqual(["/bin/sh", "/bin/cat", `/usr/bin/${carrier}`]);
    // The answer leaves in one write, last.
    expect(lines.filter((line) => line.includes("write(")).at(-1)).toContain(
      'write(1, "{\\"warm\\":true}\\n"',
    );
  },
);

describe("scope `project`: called without a state directory", () => {
  /** A package as npm lays it out, with a Node beside the link. */
  function npmPrefix(): { bin: string } {
    const top = join(scratchDirectory(), "npm prefix");
    const home = join(top, "lib", "node_modules", "@mirroros", "mirror");
    const bin = join(top, "bin");
    mkdirSync(join(home, "hooks"), { recursive: true });
    mkdirSync(join(home, "dist", "bin"), { recursive: true });
    mkdirSync(bin);
    writeFileSync(join(home, "hooks", "mirror-hook"), source, { mode: 0o755 });
    writeFileSync(join(home, "dist", "bin", "mirror.mjs"), "");
    symlinkSync("../lib/node_modules/@mirroros/mirror/hooks/mirror-hook", join(bin, "mirror-hook"));
    writeFileSync(
      join(bin, "node"),
      `#!/bin/sh\necho "{$*|\${MIRROR_HOME-}|\${HOME-}|$CLAUDE_PROJECT_DIR}"\n`,
    );
    chmodSync(join(bin, "node"), 0o755);
    return { bin };
  }

  test("it finds its own package through npm's link, and believes no MIRROR_HOME or HOME", () => {
    const { bin } = npmPrefix();
    const env = {
      PATH: `${bin}:/usr/bin:/bin`,
      MIRROR_HOME: "/evil",
      HOME: "/evil",
      XDG_STATE_HOME: "/evil",
      CLAUDE_PROJECT_DIR: "/p q",
    };
    const said = execFileSync("/bin/sh", ["-c", "mirror-hook claude-code coder '' PreToolUse 77"], {
      env,
      input: "{}",
      encoding: "utf8",
    });
    const main = `${bin}/../lib/node_modules/@mirroros/mirror/hooks/../dist/bin/mirror.mjs`;
    expect(said).toBe(`{${main} hook claude-code coder  PreToolUse 77|||/p q}\n`);
  });

  test("without any node it denies", () => {
    const { bin } = npmPrefix();
    rmSync(join(bin, "node"));
    const env = { PATH: `node_modules:${bin}` };
    const { stdout } = spawnSync("/bin/sh", ["-c", "mirror-hook claude-code coder '' PreToolUse"], {
      env,
      encoding: "utf8",
      input: "{}",
    });
    expect(stdout).toMatch(deny);
  });
});

describe("installShim", () => {
  const constants = { node: "/n o'de", main: "/m", perl: null, curl: null };

  test("sets the constants, again and again", () => {
    const once = installShim(source, constants);
    expect(once).toContain(`PERL=\nCURL='/usr/bin/curl'\nMIRROR_NODE='/n o'\\''de'\nMIRROR_MAIN='/m'\n`);
    expect(installShim(once, constants)).toBe(once);
    expect(installShim(once, { ...constants, perl: "/p", curl: "/c" })).toContain("PERL='/p'\nCURL='/c'\n");
  });

  test("refuses a relative path, and a text that is no shim", () => {
    expect(() => installShim(source, { ...constants, node: "node" })).toThrow(/absolute/);
    expect(() => installShim("#!/bin/sh\n", constants)).toThrow(/no block of constants/);
  });
});

/** What arrives of a payload. */
function withNewline(input: Buffer): Buffer {
  return Buffer.concat([input, Buffer.from("\n")]);
}

/** A payload of about so many bytes, with all that JSON and a shell may trip over. */
function someJson(length: number): Buffer {
  const odd = "\\\\ \"' $HOME `x` %s %% ü\u{1f600} \t * ? ~ \n\n";
  return Buffer.from(JSON.stringify({ text: odd + randomBytes(length / 2).toString("hex"), odd }));
}

/** Leaves the file of a socket behind, as a killed daemon does. */
async function deadSocket(path: string): Promise<void> {
  mkdirSync(join(path, ".."), { recursive: true });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.live`, resolve));
  execFileSync("ln", [`${path}.live`, path]);
  await new Promise((resolve) => server.close(resolve));
}
