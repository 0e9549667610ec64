#include "bindings/cli/verbs.h"

namespace postern {
namespace cli {
namespace {

constexpr Option kJson = {"--json", "", "Print JSON", &Arguments::json};
constexpr Option kStore = {"--store", "FILE", "File with the approvals",
                           nullptr, &Arguments::store};

constexpr Option kManOptions[] = {{"--into", "FOLDER",
                                   "Write every page into this folder", nullptr,
                                   &Arguments::into}};
constexpr Option kAuditOptions[] = {kJson};
constexpr Option kStoreOptions[] = {kStore, kJson};
constexpr Option kApproveOptions[] = {
    {"--dry-run", "", "Only show the review", &Arguments::dry_run},
    {"--digest", "DIGEST", "Approve the review that has this digest", nullptr,
     &Arguments::digest},
    kStore,
    kJson};
constexpr Option kAskOptions[] = {
    {"--policy", "FILE", "Policy file (.textproto, .json, .binpb)", nullptr,
     &Arguments::policy_file},
    {"--subtree", "", "Ask for a path and all beneath it", &Arguments::subtree},
    kJson};
constexpr Option kCspOptions[] = {
    {"--base", "FILE", "Of merge and review: the policy that all start from"},
    {"--app", "NAME=FILE", "Of merge and review: what an app adds"},
    {"--admin", "FILE", "Of merge and review: the administrator's file"},
    {"--policy", "FILE", "Of check and explain: the policy"},
    {"--header", "TEXT", "Of check and explain: the policy as a header"},
    {"--self", "ORIGIN",
     "Who serves the pages; without it, https and a host that is nobody's"},
    {"--env", "NAME=VALUE",
     "What ${NAME} and ${NAME|default} stand for in YAML and JSON; the "
     "program's own environment is not read"},
    {"--format", "FORM",
     "Of merge: one policy as header, yaml, json, nginx or caddy; that of all "
     "apps together"},
    {"--only", "APP", "With --format: the policy of one app"},
    {"--open-hosts", "FILE", "Of review: hosts where anyone can publish"},
    {"--redirected", "", "Of check and explain: reached by a redirect"},
    {"--inserted", "", "Of check and explain: a script inserts the element"},
    {"--nonce", "NONCE", "Of check and explain: what the element carries"},
    {"--digest", "DIGEST", "The same of its digest, sha256- and base64"},
    kJson};

constexpr Verb kVerbs[] = {
    {Command::kHelp,
     "help",
     "[COMMAND | CONCEPT]",
     "Explain a command or a concept.",
     "  postern help check\n"
     "  postern help rules\n",
     "",
     Words::kNames,
     false,
     false,
     {}},
    {Command::kMan, "man", "[COMMAND] [--into FOLDER]",
     "Print a man page (roff), or write all of them.",
     "  postern man check | man -l -\n"
     "  postern man --into /usr/local/share/man/man1\n"
     "      writes postern.1 and postern-COMMAND.1, in place of older ones\n",
     "", Words::kNames, false, false, kManOptions},
    {Command::kCompletion,
     "completion",
     "bash|zsh|fish",
     "Print completions for a shell.",
     "  source <(postern completion bash)\n"
     "  postern completion fish > ~/.config/fish/completions/postern.fish\n"
     "  postern completion zsh > ~/.zfunc/_postern\n",
     "",
     Words::kNames,
     false,
     false,
     {}},
    {Command::kAudit, "audit", "APP [--json] [-- ARGUMENT...]",
     "Print the plugin calls that an app's top level makes; runs no plugin.",
     "  postern audit docs/examples/disk_usage\n"
     "      calls that the manifest does not ask for are marked, and lines to\n"
     "      add to the manifest are printed\n"
     "  postern audit APP --json -- /srv\n"
     "      the app sees \"/srv\" as its argument\n",
     "", Words::kApp, false, true, kAuditOptions},
    {Command::kApprove, "approve",
     "APP [--dry-run | --digest DIGEST] [--store FILE] [--json]",
     "Show what an app asks for and, if you agree, approve it.",
     "  postern approve APP\n"
     "      shows the review and asks on the terminal\n"
     "  postern approve APP --dry-run\n"
     "      shows the review and changes nothing\n"
     "  postern approve APP --digest 9f86d081...\n"
     "      approves without asking, if the review still is the one that was\n"
     "      shown with this digest\n"
     "The approval is for the app in that directory: another one with the "
     "same\n"
     "id does not run with it, and takes its place when it is approved. What\n"
     "the manifest no longer asks for has ended.\n",
     "not approved", Words::kApp, false, false, kApproveOptions},
    {Command::kRun, "run",
     "APP [--store FILE] [--json] [RULE...] [-- ARGUMENT...]",
     "Run an app with what is approved, and nothing else.",
     "  postern run docs/examples/disk_usage -- /var/log\n"
     "  postern run APP --deny-plugin-call='exec.in.run rm **'\n"
     "      rules are --allow-, --ask- or --deny- and a permission with \"-\"\n"
     "      for \".\"; they are added to what is approved\n",
     "denied", Words::kApp, true, true, kStoreOptions},
    {Command::kRevoke, "revoke", "APP [--store FILE] [--json]",
     "End an app's approval; APP is its id, or its directory with a slash.",
     "  postern revoke disk-usage.examples\n"
     "  postern revoke docs/examples/disk_usage\n"
     "  postern revoke ./app\n",
     "", Words::kApp, false, false, kStoreOptions},
    {Command::kList, "list", "[--store FILE] [--json]",
     "List the apps that have an approval, and what is approved.",
     "  postern list\n"
     "  postern list --store /var/lib/postern/approvals.db --json\n",
     "", Words::kNone, false, false, kStoreOptions},
    {Command::kCheck, "check",
     "(--policy FILE | RULE...) PERMISSION [RESOURCE...] [--subtree] [--json]",
     "Tell whether an access is granted.",
     "  postern check --policy app.textproto fs.read /etc/hosts\n"
     "  postern check --allow-fs-read=/srv --deny-fs=/srv/keys \\\n"
     "      fs.read /srv --subtree\n"
     "  postern check --allow-plugin-call='exec.in.run du **' \\\n"
     "      plugin.call exec.in.run -- du -s /x\n"
     "      of a call: the function, then its arguments\n"
     "  postern check --policy app.textproto secret.use db/password\n"
     "  postern check --policy app.textproto fs.write\n"
     "      without a resource: the permission for every resource\n"
     "A path is answered for as asked and, where links make a difference, as\n"
     "it is really named; both have to be granted. That is advisory: a name\n"
     "may mean something else by the time it is used. Links beneath a path\n"
     "that is asked for with --subtree are not followed.\n",
     "denied", Words::kPermission, true, true, kAskOptions},
    {Command::kExplain, "explain",
     "(--policy FILE | RULE...) PERMISSION [RESOURCE...] [--subtree] [--json]",
     "As check, with the answer of every layer and what would allow it.",
     "  postern explain --policy app.textproto fs.read /etc/shadow\n"
     "  postern explain --allow-plugin-call='exec.in.run du **' \\\n"
     "      plugin.call exec.in.run -- rm -r /x\n",
     "denied", Words::kPermission, true, true, kAskOptions},
    {Command::kCsp, "csp",
     "merge|review --base FILE [--app NAME=FILE]... [--admin FILE] [--json]\n"
     "       postern csp check|explain (--policy FILE | --header TEXT) "
     "DIRECTIVE URL [--json]",
     "Merge, review and ask Content-Security-Policies.",
     "  postern csp merge --base base.csp --app notes=notes.csp \\\n"
     "      --admin admin.csp --self https://cloud.example.org\n"
     "      the header of each app and of all together, and for each source\n"
     "      the file and line that it comes from\n"
     "  postern csp review --base base.csp --app notes=notes.csp \\\n"
     "      --admin admin.csp\n"
     "      what apps add, what that lets in, what they miss, what is\n"
     "      dangerous, and the lines to paste\n"
     "  postern csp merge --base csp.yaml --app maps=maps/csp.yaml \\\n"
     "      --admin admin.csp --self https://cloud.example.org --format yaml\n"
     "      what the server reads, for all apps together\n"
     "  postern csp check --policy base.csp img-src https://a.test/x.png\n"
     "      allowed, blocked, or depends on the browser\n"
     "  postern csp check --policy csp.yaml script-src inline\n"
     "      inline, javascript:, eval or wasm in place of the URL: code\n"
     "  postern csp explain --header \"img-src 'self'\" img-src \\\n"
     "      https://a.test/x.png\n"
     "Base and apps: a directive a line, its sources parted by spaces, \"#\"\n"
     "before comments; *.yaml and *.json as oCIS and OpenCloud have them\n"
     "(csp.yaml; of apps also manifest.json, config.json, apps.yaml); of the\n"
     "base also a header as it stands; of an app also its manifest, by the\n"
     "file's name (.textproto, .txtpb, .json, .binpb). --base, --policy and\n"
     "--app may be given several times, as FILE,FILE and as patterns\n"
     "(\"/web/apps/*/csp.yaml\"): the files are joined in that order. The\n"
     "administrator's file has sections of lines: \"[grant APP]\", where\n"
     "\"accept NAME\" takes a conflict, and \"[ceiling]\".\n",
     "blocked, or depends on the browser", Words::kNames, false, false,
     kCspOptions},
};

}  // namespace

absl::Span<const Verb> AllVerbs() { return kVerbs; }

const Verb* FindVerb(absl::string_view name) {
  for (const Verb& verb : kVerbs) {
    if (name == verb.name) return &verb;
  }
  return nullptr;
}

std::vector<std::string> VerbNames() {
  std::vector<std::string> names;
  for (const Verb& verb : kVerbs) names.push_back(verb.name);
  return names;
}

std::vector<std::string> OptionNames(const Verb& verb) {
  std::vector<std::string> names;
  for (const Option& option : verb.options) names.push_back(option.name);
  return names;
}

const char kVersion[] = "postern 0.1.0\n";

const char kSummary[] = "Decide what untrusted code may touch.";

}  // namespace cli
}  // namespace postern
