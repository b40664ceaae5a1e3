import type { Word } from "../../model/command.ts";
import { isOpen, knownStart } from "../words.ts";
import type { Doing } from "./doing.ts";
import type { Arguments } from "./options.ts";
import { high, low, medium, type Program } from "./program.ts";
import { byVerbs, destroys } from "./service-parts.ts";

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

/** What runs by the hour once it is made. */
const paid =
  /\b(run-instances|request-spot-(instances|fleet)|purchase-[a-z-]+|create-(db-instance|db-cluster|cluster|nodegroup|nat-gateway|cache-cluster|fleet|domain))\b|\b(instances|clusters|vm|aks|vmss) create\b/;

export const providers: readonly Program[] = [
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
];
