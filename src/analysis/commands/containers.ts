import type { Word } from "../../model/command.ts";
import { knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { isModestlyPut, modestChange } from "./modest-changes.ts";
import { type Behaviour, high, medium, type Program } from "./program.ts";
import { byVerbs, local, looks } from "./service-parts.ts";

/** Runs what stands behind `--` (or behind the first operand) in a container: on this machine, but boxed. */
export const inContainer: Behaviour = {
  style: "posix",
  options:
    "-c,--container= -n,--namespace= -i,--stdin -t,--tty -it -ti -u,--user= -w,--workdir= -e,--env=skip --env-file=read -d,--detach --privileged --context= -T --index=",
  risk: medium("runs-local-code"),
  flags: { "--privileged": high("privilege") },
  acts: (args, doing) => {
    const [, ...command] = args.operands;
    const plain = command[0] === "--" ? command.slice(1) : command;
    judgeElsewhere(plain, doing);
  },
};

/** A command that runs in a container or pod: its paths are not ours, but what it destroys is destroyed. */
function judgeElsewhere(command: readonly Word[], doing: Doing): void {
  doing.unsure("runs a command inside a container");
  const text = command.map(knownStart).join(" ");
  if (
    /\b(rm\s+-\w*[rf]|drop\s+(table|database|schema)|truncate\s|delete\s+from|flushall|flushdb|mkfs|shutdown|dropdb|reset\s+--hard|destroy)\b/i.test(
      text,
    )
  )
    doing.adds(local);
}

const mounts =
  /^(type=bind,)?(source=|src=)?(\/|~|\/var\/run\/docker\.sock|\$HOME)([:,]|$)|docker\.sock|^\/(etc|root|home|var|usr)?:/;

const containerRun: Behaviour = {
  style: "posix",
  options:
    "-v,--volume=skip --mount=skip -e,--env=skip --env-file=read -p,--publish= -P --name= -w,--workdir= -u,--user= --network,--net= --entrypoint= -l,--label= --rm -i,--interactive -t,--tty -d,--detach --privileged --cap-add= --cap-drop= --pid= --ipc= --uts= --device= --security-opt= --add-host= -h,--hostname= -m,--memory= --cpus= --platform= --pull= --restart= --gpus= --shm-size= --tmpfs= --ulimit= --userns= --volumes-from= --init --read-only -a= --cidfile=write --dns= --link= --log-driver= --health-cmd= --service-ports --no-deps -T -c=",
  risk: medium("runs-local-code"),
  flags: {
    "--privileged": high("privilege"),
    "--cap-add": high("privilege"),
    "--device": high("privilege"),
    "--pid": high("privilege"),
    "--security-opt": high("privilege"),
  },
  acts: (args, doing) => {
    for (const option of args.options) {
      if ((option.id !== "-v" && option.id !== "--mount") || option.value === null) continue;
      const source = knownStart(option.value)
        .replace(/^.*?(source|src)=/, "")
        .replace(/[:,].*$/s, "");
      if (mounts.test(knownStart(option.value))) doing.adds(high("outside-repository", "privilege"));
      else if (/^[./~]/.test(source)) {
        doing.read(source, "tree");
        // Inside the repository that is the point of it, and what it does there is unsure anyway.
        if (doing.effects.at(-1)?.risk.reasons.includes("outside-repository") === true)
          doing.write(source, "tree");
      }
      doing.mustKnow(option.value);
    }
    judgeElsewhere(args.operands.slice(1), doing);
  },
};

const building: Behaviour = {
  options:
    "-f,--file=read -t,--tag= --build-arg=skip --target= --platform= --secret=skip --ssh= -o,--output=skip --cache-from= --cache-to= --network= --label= --progress= --push --load --no-cache --pull -q",
  opaque: "runs the steps of a Dockerfile",
  risk: { level: "low", reasons: ["runs-local-code"] },
  flags: { "--push": medium("publishes") },
};

const compose: Behaviour = {
  options: "-f,--file=read -p,--project-name= --profile= --env-file=read --project-directory=dir --ansi=",
  subcommands: {
    ...Object.fromEntries(
      "ps logs config images port top version ls events stats".split(" ").map((name) => [name, looks]),
    ),
    up: {
      options: "-d -V,--renew-anon-volumes --build",
      opaque: "starts the services of a compose file",
      risk: medium("runs-local-code"),
      flags: { "-V": local },
    },
    down: {
      options: "-v,--volumes --rmi= --remove-orphans -t=",
      risk: medium("destroys-data"),
      flags: { "-v": local, "--rmi": local },
    },
    rm: { risk: local },
    kill: { risk: local },
    run: { ...containerRun },
    exec: inContainer,
    build: building,
    pull: { acts: (_args, doing) => doing.connectHost("registry-1.docker.io", "fetch") },
    push: { risk: medium("leaves-machine", "publishes") },
  },
  others: { risk: medium("runs-local-code") },
};

/** Runs on, or stops, what stands on this machine. */
const startsAndStops: Readonly<Record<string, Behaviour>> = Object.fromEntries(
  "start stop restart pause unpause".split(" ").map((name) => [
    name,
    {
      options: "-t,--time,--timeout= -a,--attach -i,--interactive --checkpoint=",
      acts: (_args, doing) => doing.adds(isModestlyPut(doing) ? modestChange : medium("runs-local-code")),
    } satisfies Behaviour,
  ]),
);

const docker: Readonly<Record<string, Behaviour | string>> = {
  ...Object.fromEntries(
    "ps images info version inspect logs top stats port diff history search events context-ls df wait"
      .split(" ")
      .map((name) => [name, looks]),
  ),
  run: containerRun,
  create: "run",
  exec: inContainer,
  build: building,
  buildx: {
    options: "",
    subcommands: {
      build: building,
      ls: looks,
      inspect: looks,
      du: looks,
      bake: building,
      prune: { risk: local },
      rm: { risk: local },
    },
    others: "verbs",
  },
  pull: { acts: (_args, doing) => doing.connectHost("registry-1.docker.io", "fetch") },
  push: {
    risk: medium("leaves-machine", "publishes"),
    acts: (_args, doing) => doing.connectHost(null, "send", medium("publishes")),
  },
  login: {
    options: "-u,--username= -p,--password=secret-arg --password-stdin",
    risk: medium("leaves-machine"),
  },
  logout: looks,
  cp: { options: "-a -L -q", acts: (args, doing) => copyInto(args.operands, doing) },
  save: { options: "-o,--output=write" },
  export: { options: "-o,--output=write" },
  load: { options: "-i,--input=read" },
  import: { operands: "read" },
  tag: looks,
  rename: looks,
  ...startsAndStops,
  update: { risk: medium("changes-files") },
  attach: { risk: medium("runs-local-code") },
  commit: looks,
  kill: { risk: local },
  rm: { risk: local },
  rmi: { risk: local },
  compose,
  system: { options: "", subcommands: { df: looks, info: looks, events: looks, prune: { risk: local } } },
  volume: { options: "", others: "verbs", modest: /^(volume|network) create [\w-]+$/ },
  network: { options: "", others: "verbs", modest: /^(volume|network) create [\w-]+$/ },
  image: { options: "", others: "verbs" },
  container: {
    options: "",
    others: "verbs",
    subcommands: { ...startsAndStops, run: containerRun, exec: inContainer },
  },
  context: { options: "", others: "verbs" },
  swarm: { options: "", others: "verbs" },
  stack: { options: "", others: "verbs" },
  service: { options: "", others: "verbs" },
  secret: { options: "", others: "verbs" },
  config: { options: "", others: "verbs" },
  node: { options: "", others: "verbs" },
  builder: { options: "", others: "verbs" },
  manifest: { options: "", others: "verbs" },
  plugin: { options: "", others: "verbs" },
  scout: { options: "", others: "verbs", host: null },
};

/** Copies in or out of a container or pod: one side is `name:path`. */
export function copyInto(operands: readonly Word[], doing: Doing): void {
  operands.forEach((word, index) => {
    if (/^[^/.~][^/]*:/.test(knownStart(word))) return;
    if (index === operands.length - 1) doing.write(word, "tree");
    else doing.readTree(word);
  });
}

export const containers: readonly Program[] = [
  {
    names: "docker podman nerdctl",
    options: "-H,--host=send --context,-c= --config=read -l,--log-level= -D,--debug --tls",
    subcommands: docker,
    examples: [
      ["docker ps -a", "low"],
      ["docker run --rm alpine ls", "medium opaque"],
      ["docker run --env-file .env x", "high opaque +reads-secret fs.read:/repo/.env"],
      ["docker run -v /:/host x", "high opaque +privilege"],
      ["docker system prune -af", "high +destroys-data"],
      ["docker volume rm x", "high +destroys-data"],
      ["docker rm -f x", "high +destroys-data"],
      ["docker compose down -v", "high +destroys-data"],
      ["docker exec db psql", "medium opaque"],
      ["docker inspect x", "low"],
      ["docker restart x", "medium +changes-service"],
      ["docker container stop x", "medium +changes-service"],
      ["docker start -ai x", "medium +runs-local-code"],
      ["docker --context prod stop x", "medium +runs-local-code"],
      ["docker volume create x", "medium +changes-service"],
      ["docker volume create x --opt device=:/x", "medium +leaves-machine"],
    ],
  },
  {
    names: "docker-compose podman-compose",
    ...compose,
    examples: [
      ["docker-compose ps", "low"],
      ["docker-compose down -v", "high +destroys-data"],
    ],
  },
  {
    // Clusters on this machine.
    names: "minikube kind k3d colima",
    ...byVerbs,
    modest: /^(start|create cluster|cluster create)( --name [\w-]+)?$/,
    examples: [
      ["minikube start", "medium +changes-service"],
      ["kind create cluster", "medium +changes-service"],
      ["kind create cluster --config a.yaml", "medium +leaves-machine"],
      ["minikube delete", "high +destroys-data"],
      ["minikube ssh", "high +runs-remote-code"],
    ],
  },
];
