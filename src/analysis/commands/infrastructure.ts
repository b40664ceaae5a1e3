import { isModestlyPut, modestChange } from "./modest-changes.ts";
import { type Behaviour, because, critical, high, low, medium, type Program } from "./program.ts";
import { destroys, looks } from "./service-parts.ts";

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

export const infrastructure: readonly Program[] = [
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
];
