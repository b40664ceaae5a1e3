import type { Word } from "../../model/command.ts";
import { hostOfWord, isLocalHost } from "../urls.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import { isModestlyPut, modestChange } from "./modest-changes.ts";
import { type Arguments, isSwitchedOn } from "./options.ts";
import { type Behaviour, because, critical, high, low, medium, type Program } from "./program.ts";

const destroys = high("destroys-data", "leaves-machine");
const local = high("destroys-data");

/** A service's command line of which the verbs say it all. */
const byVerbs = { style: "long", options: "", others: "verbs" } as const;

/** What verbs do not say: words that give something away, whatever the verb. */
function watchWords(pattern: RegExp, risk: ReturnType<typeof high>): (args: Arguments, doing: Doing) => void {
  return (_args, doing) => {
    if (
      pattern.test(
        doing.invocation.argv
          .slice(1)
          .map((word) => (isOpen(word) ? word.text : word))
          .join(" "),
      )
    )
      doing.adds(risk);
  };
}

function copies(words: readonly Word[], remote: RegExp, doing: Doing): void {
  for (const word of words) if (!remote.test(knownStart(word)) && !isOpen(word)) doing.read(word);
}

/** Runs what stands behind `--` (or behind the first operand) in a container: on this machine, but boxed. */
const inContainer: Behaviour = {
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

/** What runs by the hour once it is made. */
const paid =
  /\b(run-instances|request-spot-(instances|fleet)|purchase-[a-z-]+|create-(db-instance|db-cluster|cluster|nodegroup|nat-gateway|cache-cluster|fleet|domain))\b|\b(instances|clusters|vm|aks|vmss) create\b/;

const looks: Behaviour = {};

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
function copyInto(operands: readonly Word[], doing: Doing): void {
  operands.forEach((word, index) => {
    if (/^[^/.~][^/]*:/.test(knownStart(word))) return;
    if (index === operands.length - 1) doing.write(word, "tree");
    else doing.readTree(word);
  });
}

// A file of settings names programs that fetch credentials.
const kubectlGlobals =
  "-n,--namespace= --context= --kubeconfig=unsafe --cluster= --user= -s,--server=send --token= --as= --request-timeout= -v= -o,--output= --insecure-skip-tls-verify --config=unsafe";

/** Deleting a namespace or everything takes more with it than one thing. */
const kubectlDelete: Behaviour = {
  options: `${kubectlGlobals} --all -A,--all-namespaces -l,--selector= -f,--filename=read --dry-run[=] --force --grace-period= --cascade[=] --wait[=] --now --ignore-not-found -R -k=`,
  risk: destroys,
  acts: (args, doing) => {
    doing.dry = isSwitchedOn(args, ["--dry-run"]);
    doing.connectHost(null, "send");
    const kind = knownStart(args.operands[0] ?? "").replace(/\/.*$/, "");
    if (doing.dry) doing.risks.length = 0;
    else if (
      args.has("--all", "-A") ||
      /^(ns|namespaces?|crd|customresourcedefinitions?|pv|pvc|persistentvolume(claim)?s?|nodes?)$/.test(kind)
    )
      doing.adds(critical("destroys-data", "leaves-machine"));
  },
};

const kubectlChange = `${kubectlGlobals} -f,--filename=read -k,--kustomize=read -R --dry-run[=] --prune --force -l= --replicas= --overwrite --type= -p,--patch= --patch-file=read`;

const changing: Behaviour = {
  options: kubectlChange,
  risk: medium("leaves-machine"),
  flags: { "--prune": destroys, "--force": destroys },
  dryRun: ["--dry-run"],
  acts: (_args, doing) => doing.connectHost(null, "send"),
};

/** What another such command sets back, where it is only about that: how many there are, whether they go on. */
function adjusting(words: RegExp): Behaviour {
  return {
    options: kubectlChange,
    flags: changing.flags ?? {},
    dryRun: ["--dry-run"],
    acts: (_args, doing) => {
      const { argv } = doing.invocation;
      const modest = words.test(argv.slice(1).map(String).join(" ")) && isModestlyPut(doing);
      doing.adds(modest ? modestChange : medium("leaves-machine"));
      doing.connectHost(null, "send", modest ? modestChange : null);
    },
  };
}

const rolling = adjusting(
  /^(-n \S+ )?rollout (restart|pause|resume) (deploy(ment)?|sts|statefulset|ds|daemonset)s?[/ ]\w/,
);

const asking: Behaviour = {
  options: kubectlGlobals,
  acts: (args, doing) => {
    doing.connectHost(null, "fetch");
    if (
      args.operands.some((word) => /^secrets?(\/|$)/.test(knownStart(word))) &&
      /json|yaml|template|jsonpath/.test(knownStart(args.value("-o") ?? ""))
    )
      doing.adds(high("reads-secret"));
  },
};

const terraform: Readonly<Record<string, Behaviour | string>> = {
  ...Object.fromEntries(
    "fmt validate version providers graph show output console get test metadata"
      .split(" ")
      .map((name) => [name, looks]),
  ),
  init: {
    options: "-upgrade -reconfigure -migrate-state -backend-config=",
    style: "long",
    acts: (_args, doing) => doing.connectHost("registry.terraform.io", "fetch"),
  },
  plan: {
    style: "long",
    options: "-out=write -generate-config-out=write -var-file=read -var= -target= -destroy -refresh-only",
    acts: (_args, doing) => doing.connectHost(null, "fetch"),
  },
  apply: {
    style: "long",
    options: "-auto-approve -var-file=read -var= -target= -destroy -replace= -no-color -input= -lock=",
    flags: {
      "-destroy": critical("destroys-data"),
      "-replace": destroys,
      "-auto-approve": high("leaves-machine", "spends-money"),
    },
    acts: (args, doing) => {
      // It shows its plan and waits for a typed `yes`, which nobody types here. Without: a plan that was saved before.
      const waits =
        args.operands.length === 0 &&
        isModestlyPut(doing, /^-(chdir|var|var-file|target|no-color|input|lock)(=|$)/);
      doing.adds(waits ? modestChange : medium("leaves-machine", "spends-money"));
      doing.connectHost(null, "send", waits ? modestChange : null);
    },
  },
  destroy: {
    risk: critical("destroys-data", "leaves-machine"),
    acts: (_args, doing) => doing.connectHost(null, "send"),
  },
  import: { risk: medium("leaves-machine") },
  refresh: { risk: medium("leaves-machine") },
  taint: { risk: destroys },
  untaint: { risk: medium("leaves-machine") },
  "force-unlock": { risk: destroys },
  state: {
    options: "",
    subcommands: {
      list: looks,
      show: looks,
      pull: looks,
      rm: { risk: destroys },
      mv: { risk: destroys },
      push: { risk: destroys },
      "replace-provider": { risk: destroys },
    },
  },
  workspace: {
    options: "",
    subcommands: { list: looks, show: looks, select: looks, new: { risk: low }, delete: { risk: destroys } },
  },
  login: { risk: medium("leaves-machine") },
  logout: { risk: medium("leaves-machine") },
};

export const cloud: readonly Program[] = [
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
    names: "kubectl oc k k3s-kubectl microk8s",
    options: kubectlGlobals,
    subcommands: {
      ...Object.fromEntries(
        "get describe logs top explain api-resources api-versions cluster-info version events diff wait auth completion options"
          .split(" ")
          .map((name) => [name, asking]),
      ),
      rollout: {
        options: kubectlGlobals,
        subcommands: {
          status: asking,
          history: asking,
          restart: rolling,
          pause: rolling,
          resume: rolling,
          undo: { ...changing, risk: destroys },
        },
      },
      config: {
        options: "",
        others: { risk: medium("persistence") },
        subcommands: Object.fromEntries(
          "view current-context get-contexts get-clusters get-users".split(" ").map((name) => [name, looks]),
        ),
      },
      delete: kubectlDelete,
      drain: kubectlDelete,
      cordon: { ...changing, risk: medium("leaves-machine") },
      uncordon: adjusting(/^uncordon [\w.-]+$/),
      create: adjusting(/^create (ns|namespace) [\w-]+$/),
      scale: adjusting(/ --replicas[= ][1-9]\d?( |$)/),
      taint: { ...changing, risk: destroys },
      replace: changing,
      ...Object.fromEntries(
        "apply edit patch set expose run certificate autoscale label annotate"
          .split(" ")
          .map((name) => [name, changing]),
      ),
      exec: { ...inContainer, risk: high("leaves-machine", "runs-remote-code") },
      debug: { ...inContainer, risk: high("leaves-machine", "runs-remote-code") },
      attach: { risk: high("leaves-machine") },
      "port-forward": {
        options: `${kubectlGlobals} --address= --pod-running-timeout=`,
        // Only this machine reaches the port, unless others are let in.
        flags: { "--address": medium("leaves-machine") },
        acts: (_args, doing) => doing.connectHost(null, "fetch"),
      },
      proxy: { risk: medium("leaves-machine") },
      cp: {
        options: kubectlGlobals,
        risk: medium("leaves-machine"),
        acts: (args, doing) => {
          copyInto(args.operands, doing);
          doing.connectHost(null, "send");
        },
      },
    },
    others: "verbs",
    host: null,
    examples: [
      ["kubectl get pods -n prod", "low net.connect:fetch:?"],
      [
        "kubectl -n prod delete pod x",
        "high +destroys-data net.connect:send:? argv:kubectl_delete_-n_prod_pod_x",
      ],
      ["kubectl delete ns prod", "critical +destroys-data net.connect:send:?"],
      ["kubectl apply -f a.yaml", "medium +leaves-machine fs.read:/repo/a.yaml net.connect:send:?"],
      ["kubectl scale deployment/x --replicas=3", "medium +changes-service net.connect:send:?"],
      ["kubectl scale deployment/x --replicas=0", "medium +leaves-machine net.connect:send:?"],
      ["kubectl create namespace x", "medium +changes-service net.connect:send:?"],
      ["kubectl create clusterrolebinding x --clusterrole=a", "medium +leaves-machine net.connect:send:?"],
      ["kubectl create configmap x --from-file=a", "medium +leaves-machine net.connect:send:?"],
      ["kubectl port-forward x 8080:80", "low net.connect:fetch:?"],
      ["kubectl --kubeconfig a get pods", "high opaque net.connect:fetch:?"],
      ["kubectl get secret x -o yaml", "high +reads-secret net.connect:fetch:?"],
      ["kubectl rollout status deploy/x", "low net.connect:fetch:?"],
      ["kubectl exec pod -- rm -rf /data", "high opaque +destroys-data"],
    ],
  },
  {
    names: "terraform tofu",
    style: "long",
    options: "-chdir=dir",
    subcommands: terraform,
    examples: [
      ["terraform plan", "low net.connect:fetch:?"],
      ["terraform apply", "medium +changes-service net.connect:send:?"],
      ["terraform apply x.plan", "medium +spends-money net.connect:send:?"],
      ["terraform apply -auto-approve", "high +spends-money net.connect:send:?"],
      ["terraform apply -destroy -auto-approve", "critical +destroys-data net.connect:send:?"],
      ["terraform destroy", "critical +destroys-data net.connect:send:?"],
      ["terraform state rm x", "high +destroys-data"],
    ],
  },
  {
    // Its files say which programs it runs before and after, and that it goes on without a yes.
    names: "terragrunt",
    style: "long",
    options: "",
    opaque: because.repositoryCode,
    subcommands: {
      ...terraform,
      apply: { risk: high("leaves-machine", "spends-money") },
    },
    examples: [
      ["terragrunt plan", "low opaque net.connect:fetch:?"],
      ["terragrunt apply", "high opaque +spends-money"],
      ["terragrunt destroy", "critical opaque +destroys-data net.connect:send:?"],
    ],
  },
  {
    names: "aws awslocal aws-vault saml2aws eb sam copilot-cli ecs-cli",
    ...byVerbs,
    options: "--endpoint-url=send --ca-bundle=read",
    places: /^s3:\/\//,
    modest: /^s3 mb s3:/,
    host: "amazonaws.com",
    acts: (args, doing) => {
      const words = args.operands.map(knownStart);
      const text = words.join(" ");
      if (/\bs3 (cp|mv|sync) /.test(text))
        copies(args.operands.slice(words.indexOf("s3") + 2), /^(s3:|--)/, doing);
      if (
        /configure get|get-secret-value|get-parameters?\b.*|ssm get-param|get-password-data|get-session-token|get-login-password|export-credentials|assume-role/.test(
          text,
        ) &&
        (/configure get|secret-value|password|token|credentials|assume/.test(text) ||
          args.has("--with-decryption"))
      )
        doing.adds(high("reads-secret"));
      if (
        /put-secret-value|update-secret|change-resource-record-sets|put-bucket-policy|put-bucket-acl|create-invalidation|attach-user-policy|attach-role-policy|put-user-policy|put-role-policy|create-access-key|authorize-security-group-ingress|modify-db|put-public-access|put-bucket-lifecycle|create-login-profile|update-assume-role-policy|send-command|remove-permission/.test(
          text,
        )
      )
        doing.adds(high("leaves-machine"));
      if (paid.test(text)) doing.adds(medium("spends-money"));
    },
    examples: [
      ["aws s3 ls s3://b", "low net.connect:fetch:amazonaws.com"],
      ["aws s3 rm s3://b/x --recursive", "high +destroys-data net.connect:send:amazonaws.com"],
      ["aws s3 cp s3://b/x ./x", "low fs.read:/repo/x fs.write:tree:/repo/x net.connect:fetch:amazonaws.com"],
      ["aws s3 cp x s3://b/x", "medium fs.read:/repo/x net.connect:send:amazonaws.com"],
      ["aws s3 cp s3://a s3://b --region x", "medium net.connect:send:amazonaws.com fs.read:/repo/x"],
      ["aws s3 rb s3://b", "high +destroys-data net.connect:send:amazonaws.com"],
      [
        "aws s3 cp .env s3://b",
        "high +reads-secret fs.read:/repo/.env fs.read:/repo/.env net.connect:send:amazonaws.com",
      ],
      ["aws --profile prod elbv2 describe-target-groups --names x", "low net.connect:fetch:amazonaws.com"],
      [
        "aws ec2 terminate-instances --instance-ids i-1",
        "high +destroys-data net.connect:send:amazonaws.com",
      ],
      ["aws ecr batch-delete-image --repository-name x", "high net.connect:send:amazonaws.com"],
      [
        "aws secretsmanager get-secret-value --secret-id x",
        "high +reads-secret net.connect:fetch:amazonaws.com",
      ],
      ["aws ec2 run-instances --count 1", "medium +spends-money net.connect:send:amazonaws.com"],
      ["aws configure list", "low net.connect:fetch:amazonaws.com"],
      ["aws configure set region x", "medium net.connect:send:amazonaws.com"],
      ["aws configure get aws_secret_access_key", "high +reads-secret net.connect:fetch:amazonaws.com"],
      ["aws s3 mb s3://x", "medium +changes-service net.connect:send:amazonaws.com"],
      [
        "aws --endpoint-url https://e.example s3 ls",
        "medium +leaves-machine net.connect:send:e.example net.connect:fetch:amazonaws.com",
      ],
      ["aws help", "low"],
    ],
  },
  {
    names: "gcloud gsutil bq firebase cbt kubectx-gke",
    ...byVerbs,
    places: /^gs:\/\//,
    modest: /^mb gs:/,
    host: "googleapis.com",
    acts: (args, doing) => {
      const words = args.operands.map(knownStart);
      if (words.includes("rsync") && args.has("-d")) doing.adds(destroys);
      if (paid.test(words.join(" "))) doing.adds(medium("spends-money"));
      if (
        /\b(auth (login|application-default|activate-service-account|print-access-token|print-identity-token)|secrets versions access|iam service-accounts keys create|projects (add|set)-iam-policy)/.test(
          words.join(" "),
        )
      )
        doing.adds(high("reads-secret"));
    },
    examples: [
      ["gcloud compute instances create x", "medium +spends-money net.connect:send:googleapis.com"],
      ["gcloud compute instances list", "low net.connect:fetch:googleapis.com"],
      ["gcloud compute instances delete x --quiet", "high +destroys-data net.connect:send:googleapis.com"],
      ["gsutil cp gs://b/x ./x", "low fs.write:tree:/repo/x net.connect:fetch:googleapis.com"],
      ["gsutil -m rm -r gs://b", "high +destroys-data net.connect:send:googleapis.com"],
      ["gcloud storage objects delete gs://b/x", "high net.connect:send:googleapis.com"],
    ],
  },
  {
    names: "az azcopy azd func",
    ...byVerbs,
    // What other things stand in.
    modest: /^group create -n [\w-]+ -l \w+$/,
    host: "management.azure.com",
    acts: (args, doing) => {
      watchWords(
        /keyvault secret (show|download)|account get-access-token|ad sp create-for-rbac/,
        high("reads-secret"),
      )(args, doing);
      watchWords(paid, medium("spends-money"))(args, doing);
    },
    examples: [
      ["az vm create -n x", "medium +spends-money net.connect:send:management.azure.com"],
      ["az vm list", "low net.connect:fetch:management.azure.com"],
      ["az group delete -n x", "high +destroys-data net.connect:send:management.azure.com"],
      ["az storage account keys list -n x", "low net.connect:fetch:management.azure.com"],
    ],
  },
  {
    names: "gh",
    ...byVerbs,
    host: "api.github.com",
    acts: (args, doing) => {
      const text = args.operands.map(knownStart).join(" ");
      const method = doing.invocation.argv.some(
        (word, index, all) =>
          /^(-X|--method)$/.test(knownStart(all[index - 1] ?? "")) && /^DELETE$/i.test(knownStart(word)),
      );
      if (method) doing.adds(destroys);
      if (/^api\b/.test(text) && !method) {
        const sends = doing.invocation.argv.some((word) =>
          /^(-f|-F|--field|--raw-field|--input|-X|--method)/.test(knownStart(word)),
        );
        doing.adds(sends ? medium("leaves-machine") : low);
        if (sends) doing.connectHost("api.github.com", "send");
        if (/mutation[^}]*delete/i.test(doing.invocation.argv.map(knownStart).join(" ")))
          doing.adds(destroys);
      }
      if (
        /^(gist create|release create|repo create|pr create|issue create|repo edit|secret set|release upload)/.test(
          text,
        )
      )
        doing.adds(medium("leaves-machine", "publishes"));
      if (/^label clone/.test(text)) doing.adds(medium("leaves-machine"));
      if (/^auth token|^auth status .*-t/.test(text)) doing.adds(high("reads-secret"));
      if (
        /^(pr merge|repo (archive|rename|edit|transfer)|workflow (run|disable)|ssh-key|gpg-key)/.test(text) &&
        !/list|view/.test(text)
      )
        doing.adds(/^pr merge|workflow run/.test(text) ? medium("publishes") : high("publishes"));
      if (/^(alias set|extension (install|exec|upgrade)|codespace ssh)/.test(text))
        doing.adds(high("runs-remote-code"));
    },
    examples: [
      ["gh pr list", "low net.connect:fetch:api.github.com"],
      ["gh issue list --label bug", "low net.connect:fetch:api.github.com"],
      ["gh issue create --title x", "medium +publishes net.connect:send:api.github.com"],
      ["gh issue close 1", "medium net.connect:send:api.github.com"],
      ["gh pr checks", "low net.connect:fetch:api.github.com"],
      ["gh api repos/a/b", "low net.connect:fetch:api.github.com"],
      ["gh pr create --fill", "medium +publishes net.connect:send:api.github.com"],
      ["gh repo delete a/b --yes", "high +destroys-data net.connect:send:api.github.com"],
      ["gh release delete v1", "high net.connect:send:api.github.com"],
      ["gh auth token", "high +reads-secret net.connect:send:api.github.com"],
    ],
  },
  {
    names: "glab hub tea bb-cli",
    ...byVerbs,
    host: null,
    acts: watchWords(/(-X|--method)[ =]?DELETE|archive/i, destroys),
    examples: [
      ["glab mr list", "low net.connect:fetch:?"],
      ["glab api -X DELETE projects/1", "high +destroys-data net.connect:send:?"],
    ],
  },
  {
    names: "helm helmfile",
    ...byVerbs,
    options: "--kubeconfig,--post-renderer,--registry-config,--repository-config=unsafe",
    host: null,
    examples: [
      ["helm list", "low net.connect:fetch:?"],
      ["helm uninstall x", "high +destroys-data net.connect:send:?"],
      ["helm rollback x 1", "high net.connect:send:?"],
      ["helm template x", "low net.connect:fetch:?"],
    ],
  },
  {
    names:
      "doppler chamber teller infisical envchain op vault bao consul nomad boundary waypoint berglas conjur akeyless sops age",
    ...byVerbs,
    host: null,
    acts: (args, doing) => {
      const text = args.operands.map(knownStart).join(" ");
      if (/^(run|exec)\b/.test(text) && args.beforeDashes !== null)
        doing.run(args.operands.slice(args.beforeDashes));
      if (
        /^secrets $|\b(secrets? (get|download|reveal)|read |kv get|item get|document get|secrets download|decrypt|-d )/.test(
          `${text} `,
        )
      )
        doing.adds(medium("reads-secret"));
    },
    examples: [
      ["vault policy list", "low net.connect:fetch:?"],
      ["vault kv destroy -versions=1 secret/x", "high +destroys-data net.connect:send:?"],
      ["vault secrets disable kv/", "high net.connect:send:?"],
      ["doppler run -- printenv X", "low run:printenv net.connect:fetch:?"],
      ["vault kv get secret/x", "medium +reads-secret net.connect:fetch:?"],
    ],
  },
  {
    names:
      "jenkins-cli circleci gitlab-runner buildkite-agent drone travis fly-concourse tkn argo argocd flux spinnaker spin teamcity bamboo semaphore codefresh appcenter fastlane act-runner dagster prefect airflow",
    ...byVerbs,
    host: null,
    examples: [
      ["circleci context delete o c", "high +destroys-data net.connect:send:?"],
      ["argocd app list", "low net.connect:fetch:?"],
    ],
  },
  {
    names: "rclone",
    ...byVerbs,
    // A remote that is made up on the way begins with a colon.
    places: /^[\w-]{2,}:/,
    ownPlaces: true,
    options: "--password-command,--metadata-mapper,--sftp-ssh,--config=unsafe -n,--dry-run",
    host: null,
    dryRun: ["-n"],
    acts: (args, doing) => {
      // Making the other side like this one deletes what is only there.
      if (/^(sync|bisync|move|moveto)$/.test(knownStart(args.operands[0] ?? "")) && !doing.dry)
        doing.adds(destroys);
    },
    examples: [
      ["rclone lsjson r:b", "low net.connect:fetch:?"],
      ["rclone copy rem:b/x ./x", "low fs.write:tree:/repo/x net.connect:fetch:?"],
      ["rclone copy ./x rem:b", "medium +changes-service fs.read:tree:/repo/x net.connect:send:?"],
      [
        "rclone copy rem:b ~/.config/fish",
        "high +persistence fs.write:tree:~/.config/fish net.connect:fetch:?",
      ],
      ["rclone copy rem:a rem:b", "medium +leaves-machine net.connect:send:?"],
      ["rclone copy x :s3,endpoint=e:b", "medium +leaves-machine net.connect:send:?"],
      ["rclone copy x rem:b --s3-endpoint=e", "medium +leaves-machine net.connect:send:?"],
      ["rclone lsd --password-command=x r:", "high opaque net.connect:fetch:?"],
      ["rclone sync a r:b", "high +destroys-data net.connect:send:?"],
      ["rclone sync a r:b --dry-run", "low net.connect:fetch:?"],
    ],
  },
  {
    names: "mc minio",
    ...byVerbs,
    // `alias/bucket`. It comes with aliases that are nobody's own.
    places: /^(?!(play|s3|gcs)\/)[\w-]+\/[^.]/,
    ownPlaces: true,
    options: "-C,--config-dir=unsafe",
    host: null,
    acts: (args, doing) => {
      if (/^(mirror|mv)$/.test(knownStart(args.operands[0] ?? "")) && !doing.dry) doing.adds(destroys);
    },
    examples: [
      [
        "mc cp x m/b/",
        "medium +changes-service fs.read:tree:/repo/x fs.write:tree:/repo/m/b net.connect:send:?",
      ],
      ["mc alias set m https://e.example", "medium +leaves-machine net.connect:send:?"],
      ["mc admin bucket remove m b", "high net.connect:send:?"],
      ["mc mirror a m/b", "high +destroys-data net.connect:send:?"],
    ],
  },
  {
    names:
      "restic borg borgmatic velero duplicity duplicacy kopia rdiff-backup tarsnap bacula bconsole s3cmd s5cmd b2 gdrive dropbox wal-g pgbackrest barman",
    ...byVerbs,
    places: /^[\w-]{2,}:|^s3:\/\//,
    // Only locks that nobody holds any more; and what is there is left as it is.
    modest: /^(unlock|restore create [\w-]+)$/,
    options:
      "--password-command,--metadata-mapper,--sftp-ssh,--rsh,--remote-path,-o,--option,--options=unsafe --mode= --tag= --path= --host= -r,--repo= --config=read",
    host: null,
    dryRun: ["--dry-run"],
    acts: (args, doing) => {
      const text = args.operands.map(knownStart).join(" ");
      // Making the other side like this one deletes what is only there.
      if (doing.dry || args.has("-n")) return;
      if (/^(sync|move)\b|\b(forget|compact|recreate|rebuild-index|key remove)\b/.test(text))
        doing.adds(destroys);
    },
    examples: [
      ["velero backup logs b", "low net.connect:fetch:?"],
      ["velero restore create x", "medium +changes-service net.connect:send:?"],
      ["restic stats --mode restore-size", "low net.connect:fetch:?"],
      ["restic -o sftp.command=x snapshots", "high opaque net.connect:fetch:?"],
      ["restic unlock", "medium +changes-service net.connect:send:?"],
      ["restic backup src", "medium +leaves-machine net.connect:send:?"],
      ["restic forget --keep-last 1 --prune", "high net.connect:send:?"],
      ["borg create r::a x", "medium +leaves-machine net.connect:send:?"],
    ],
  },
  {
    names:
      "fastly wrangler cloudflare flarectl akamai vercel netlify heroku fly flyctl render railway surge now amplify doctl linode-cli hcloud vultr-cli scw oci ibmcloud openstack aliyun tccli exo civo upctl packet metal eksctl kops cdk cdktf pulumi serverless sls sst chalice zappa up skaffold ctr crictl crane skopeo buildah oras regctl istioctl linkerd cilium calicoctl kustomize kubeadm kubectx kubens stern k9s okteto devspace ansible-vault ansible-galaxy salt puppet chef knife packer vagrant multipass lima limactl virsh VBoxManage qemu-img lxc incus proxmox pct qm govc",
    ...byVerbs,
    host: null,
    examples: [
      ["wrangler r2 bucket delete x", "high +destroys-data net.connect:send:?"],
      ["wrangler kv:bulk delete --namespace-id=a k.json", "high net.connect:send:?"],
      ["pulumi destroy", "high net.connect:send:?"],
      ["fastly --version", "low"],
      ["vercel deploy", "medium net.connect:send:?"],
    ],
  },
  {
    names:
      "stripe paypal square braintree adyen twilio sendgrid mailgun postmark ses-cli ldcli flipt unleash unleash-cli split-cli flagsmith growthbook optimizely datadog-ci dog newrelic pd pagerduty opsgenie grafana-cli grafanactl promtool amtool mimirtool logcli tempo-cli sentry-cli honeycomb splunk sumologic loggly papertrail snyk sonar-scanner codecov coveralls algolia meilisearch typesense-cli apigeecli apigee-cli kong deck traefik haproxy caddy envoy consul-template jira linear asana trello slack-cli notion confluence shopify contentful sanity strapi supabase planetscale pscale neonctl turso auth0 okta clerk expo-cli eas fastly-cli imgix cloudinary hasura-cli apollo rover postman newman zapier retool temporal tctl dapr rabbitmqctl rabbitmqadmin rabbitmq-diagnostics rabbitmq-plugins rabbitmq-queues kcat kafkacat rpk pulsar-admin mosquitto_pub mosquitto_sub etcdctl zkcli clickhouse-cli bitwarden",
    ...byVerbs,
    host: null,
    acts: (args, doing) => {
      const text = args.operands.map(knownStart).join(" ");
      if (
        /^(gateway )?(sync|reset)\b/.test(text) &&
        /\bdeck\b/.test(knownStart(doing.invocation.argv[0] ?? ""))
      )
        doing.adds(destroys);
      if (/\barchive\b|\bforget_/.test(text)) doing.adds(destroys);
    },
    examples: [
      ["stripe customers delete c", "high +destroys-data net.connect:send:?"],
      ["stripe customers list", "low net.connect:fetch:?"],
      ["ldcli flags archive f", "high net.connect:send:?"],
      ["rabbitmqctl delete_vhost /x", "high net.connect:send:?"],
      ["rabbitmqctl list_vhosts", "low net.connect:fetch:?"],
    ],
  },
  {
    names: "ansible ansible-playbook",
    options:
      "-i,--inventory=read -e,--extra-vars=skip -l,--limit= -t,--tags= --skip-tags= -u,--user= -m= -a= -f= -M=unsafe -c=",
    acts: (args, doing) => {
      doing.connectHost(null, "fetch");
      if (args.has("--syntax-check", "--list-hosts", "--list-tasks", "--list-tags")) return;
      // A check changes nothing, but for tasks that say they do not care.
      doing.unsure("runs commands on other machines");
      doing.adds(
        args.has("--check", "-C") ? medium("runs-remote-code") : high("leaves-machine", "runs-remote-code"),
      );
    },
    examples: [
      ["ansible-playbook site.yml", "high opaque net.connect:fetch:?"],
      ["ansible-playbook site.yml --check", "medium opaque net.connect:fetch:?"],
      ["ansible-playbook site.yml --syntax-check", "low net.connect:fetch:?"],
    ],
  },
  {
    names: "nats",
    ...byVerbs,
    host: null,
    // To the server of the person's own settings, which is this machine unless they say another.
    modest: /^pub [\w.-]+ [\w.-]+$/,
    examples: [
      ["nats pub a b", "medium +changes-service net.connect:send:?"],
      ["nats pub $JS.API.STREAM.DELETE.x b", "medium +leaves-machine net.connect:send:?"],
      ["nats pub a b --server e.example", "medium +leaves-machine net.connect:send:?"],
      ["nats stream purge X", "high net.connect:send:?"],
      ["nats consumer info A B", "low net.connect:fetch:?"],
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
  {
    names: "nginx openresty",
    // Settings name modules, which are loaded before anything else is looked at.
    options: "-s= -c=unsafe -p=unsafe -g=unsafe -e=write -t -T -v -V -q",
    acts: (args, doing) => {
      const signal = args.value("-s");
      if (args.has("-t", "-T", "-v", "-V")) return;
      if (signal === "reload" || signal === "reopen") doing.adds(modestChange);
      else if (signal !== null) doing.adds(local);
      else doing.unsure("starts a server with what its settings say");
    },
    examples: [
      ["nginx -s reload", "medium +changes-service"],
      ["nginx -s stop", "high +destroys-data"],
      ["nginx -t", "low"],
      ["nginx -c x -s reload", "high opaque"],
    ],
  },
  {
    // Issues that are kept in the repository.
    names: "bd",
    ...byVerbs,
    subcommands: {
      ...Object.fromEntries(
        "create new update close reopen comment label dep ready note assign".split(" ").map((name) => [
          name,
          {
            strict: true,
            options:
              "--notes= --title= --description,-d= --status,-s= --priority,-p= --type,-t= --assignee,-a= --labels,-l= --reason,-r= --json",
          },
        ]),
      ),
      init: { risk: high("persistence") },
    },
    examples: [
      ["bd list", "low"],
      ["bd update x-1 --notes done", "low"],
      ["bd create x --body-file=.env", "low opaque"],
      ["bd init", "high +persistence"],
      ["bd delete x-1", "high +destroys-data"],
    ],
  },
  {
    names:
      "kafka-topics kafka-configs kafka-acls kafka-consumer-groups kafka-delete-records kafka-console-consumer kafka-console-producer kafka-reassign-partitions kafka-topics.sh kafka-configs.sh kafka-acls.sh kafka-consumer-groups.sh kafka-delete-records.sh",
    style: "long",
    options:
      "--bootstrap-server=skip --topic= --group= --entity-type= --entity-name= --command-config=read --zookeeper=skip --add-config= --delete-config=skip --config= --offset-json-file=read --partitions=",
    acts: (args, doing) => {
      const name = knownStart(doing.invocation.argv[0] ?? "");
      const deletes =
        args.has(
          "--delete",
          "--delete-config",
          "--remove",
          "--delete-offsets",
          "--reset-offsets",
          "--execute",
        ) || /delete-records/.test(name);
      const changes = args.has("--create", "--alter", "--add") || /producer/.test(name);
      const server = args.value("--bootstrap-server") ?? args.value("--zookeeper");
      const isHere =
        server !== null &&
        !isOpen(server) &&
        server.split(",").every((one) => isLocalHost(hostOfWord(one) ?? ""));
      if (server === null) doing.connectHost(null, deletes || changes ? "send" : "fetch");
      else doing.connect(server, deletes || changes ? "send" : "fetch");
      if (deletes) doing.adds(destroys);
      else if (changes)
        doing.adds(isHere && /^kafka-topics/.test(name) ? modestChange : medium("leaves-machine"));
    },
    examples: [
      ["kafka-topics --bootstrap-server localhost:9092 --list", "low net.connect:fetch:localhost"],
      [
        "kafka-topics --bootstrap-server localhost:9092 --delete --topic x",
        "high +destroys-data net.connect:send:localhost",
      ],
    ],
  },
];
