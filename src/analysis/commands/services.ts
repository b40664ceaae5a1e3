import { hostOfWord, isLocalHost } from "../urls.ts";
import { isOpen, knownStart } from "../words.ts";
import { modestChange } from "./modest-changes.ts";
import { high, medium, type Program } from "./program.ts";
import { byVerbs, destroys, local } from "./service-parts.ts";

export const services: readonly Program[] = [
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
