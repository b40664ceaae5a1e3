import { knownStart } from "../words.ts";
import { copyInto, inContainer } from "./containers.ts";
import { isModestlyPut, modestChange } from "./modest-changes.ts";
import { isSwitchedOn } from "./options.ts";
import { type Behaviour, critical, high, medium, type Program } from "./program.ts";
import { byVerbs, destroys, looks } from "./service-parts.ts";

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

export const kubernetes: readonly Program[] = [
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
];
