#include "bindings/cli/verbs.h"

#include <array>
#include <cstddef>

namespace postern {
namespace cli {
namespace {

// The options of both lists, for verbs that share most of theirs.
template <size_t kFirst, size_t kSecond>
constexpr std::array<Option, kFirst + kSecond> Joined(
    const Option (&first)[kFirst], const Option (&second)[kSecond]) {
  std::array<Option, kFirst + kSecond> all = {};
  for (size_t i = 0; i < kFirst; ++i) all[i] = first[i];
  for (size_t i = 0; i < kSecond; ++i) all[kFirst + i] = second[i];
  return all;
}

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
constexpr Option kPolicy = {
    "--policy",
    "FILE",
    "Policy (.textproto, .json, .binpb), or - for standard input; several are "
    "layers of one policy",
    nullptr,
    nullptr,
    &Arguments::policies};
constexpr Option kVar = {"--var",
                         "NAME=VALUE",
                         "What ${NAME} stands for in paths, whatever the "
                         "policy says",
                         nullptr,
                         nullptr,
                         &Arguments::variables};
constexpr Option kBase = {
    "--base", "FOLDER", "Where relative paths start, whatever the policy says",
    nullptr, &Arguments::base};
constexpr Option kAskOptions[] = {
    kPolicy,
    kVar,
    kBase,
    {"--subtree", "", "Ask for a path and all beneath it", &Arguments::subtree},
    {"--resolved", "ADDRESS", "Ask for a host name as it leads to this address",
     nullptr, &Arguments::resolved},
    {"--batch", "",
     "Answer each line of standard input, a question in JSON, by a line of "
     "JSON",
     &Arguments::batch},
    kJson};
constexpr Option kTestOptions[] = {
    kPolicy,
    kVar,
    kBase,
    {"--coverage", "", "Name the rules to which no decision is due",
     &Arguments::coverage},
    {"--junit", "FILE", "Write the results for a build server as well", nullptr,
     &Arguments::junit},
    kJson};
constexpr Option kLintOptions[] = {kPolicy, kVar, kBase, kJson};
constexpr Option kShowOptions[] = {
    kPolicy,
    kVar,
    kBase,
    {"--app", "APP", "Show what is approved for this app", nullptr,
     &Arguments::app},
    kStore,
    {"--html", "FILE", "Write a page for browsers, or - for standard output",
     nullptr, &Arguments::html},
    kJson};
constexpr Option kDiffOptions[] = {kVar, kBase, kJson};
constexpr Option kFmtOptions[] = {
    {"--check", "", "Name the files that are not formatted, and change none",
     &Arguments::check}};
constexpr Option kConvertOptions[] = {
    {"--to", "FORM", "text, json, binary or flags", nullptr, &Arguments::to},
    {"--out", "FILE", "Write it to this file", nullptr, &Arguments::out},
    kPolicy,
    kVar,
    kBase};
constexpr Option kExecOptions[] = {
    kPolicy,
    kVar,
    kBase,
    {"--app", "APP", "Add what is approved for this app", nullptr,
     &Arguments::app},
    kStore,
    {"--preset", "NAME",
     "Add the rules that nearly every program needs: runtime", nullptr, nullptr,
     &Arguments::presets},
    {"--require", "LEVEL",
     "Start nothing unless the kernel holds every rule: full, or partial",
     nullptr, &Arguments::require},
    {"--report", "FILE",
     "Write what holds each rule: as JSON (.json), protobuf (.binpb) or text, "
     "or - for standard error",
     nullptr, &Arguments::report},
    {"--usage", "FILE",
     "Write what the program used up, as JSON, or - for standard error",
     nullptr, &Arguments::usage},
    {"--dry-run", "", "Print the plan and the report, and start nothing",
     &Arguments::dry_run},
    {"--masks", "",
     "Hide what is denied behind mounts, so that what is granted around it is "
     "granted in full",
     &Arguments::masks},
    {"--memory", "SIZE", "At most this much memory, as 64M or 1G", nullptr,
     &Arguments::memory},
    {"--cpu-share", "NUMBER", "At most so many processors at a time, as 0.5",
     nullptr, &Arguments::cpu_share},
    {"--cpu-time", "TIME", "At most this much time of processors, as 10s",
     nullptr, &Arguments::cpu_time},
    {"--processes", "COUNT", "At most so many processes and threads at a time",
     nullptr, &Arguments::processes},
    {"--file-size", "SIZE", "No file is written beyond this size", nullptr,
     &Arguments::file_size},
    {"--open-files", "COUNT", "At most so many open files in each process",
     nullptr, &Arguments::open_files},
    {"--disk-use", "SIZE", "At most so much is written to storage", nullptr,
     &Arguments::disk_use},
    {"--wall-time", "TIME", "Ended after this time, as 30s, 5m or 1h", nullptr,
     &Arguments::wall_time},
    {"--grace", "TIME", "How long it has to end by itself then", nullptr,
     &Arguments::grace},
    {"--nice", "NUMBER", "How it stands back, from -20 to 19", nullptr,
     &Arguments::nice},
    {"--user", "USER[:GROUP]", "As this user, by name or number", nullptr,
     &Arguments::user}};
constexpr Option kAuditLog = {"--audit-log", "FILE",
                              "Add a line of JSON to this file for each "
                              "decision",
                              nullptr, &Arguments::audit_log};
constexpr Option kServerOptions[] = {
    {"--server", "NAME",
     "What rules call the server; without it, its program's name", nullptr,
     &Arguments::server},
    kAuditLog,
    {"--message-size", "SIZE", "Take no longer message, as 4M; 16M without it",
     nullptr, &Arguments::message_size}};
constexpr auto kMcpOptions = Joined(kServerOptions, kExecOptions);
constexpr Option kOwnDenoOptions[] = {
    {"--deno", "FILE", "The program of Deno; without it, deno along PATH",
     nullptr, &Arguments::deno},
    kAuditLog};
constexpr auto kDenoOptions = Joined(kOwnDenoOptions, kExecOptions);
constexpr Option kScriptOptions[] = {{"--plain-errors", "",
                                      "Errors do not name the rule that denied",
                                      &Arguments::plain_errors}};
constexpr auto kPythonOptions = Joined(kScriptOptions, kExecOptions);
constexpr Option kNodeProgramOptions[] = {
    {"--node", "PROGRAM", "This Node; without it, the first along PATH",
     nullptr, &Arguments::node}};
constexpr auto kNodeOptions = Joined(kNodeProgramOptions, kExecOptions);
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
     "Run an app with what is approved, and with the rules you give.",
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
     "[--policy FILE]... [RULE...] PERMISSION [RESOURCE...]",
     "Tell whether an access is granted.",
     "  postern check --policy app.textproto fs.read /etc/hosts\n"
     "  postern check --allow-fs-read=/srv --deny-fs=/srv/keys \\\n"
     "      fs.read /srv --subtree\n"
     "  postern check --allow-plugin-call='exec.in.run du **' \\\n"
     "      plugin.call exec.in.run -- du -s /x\n"
     "      of a call: the function, then its arguments\n"
     "  postern check --policy app.textproto secret.use db/password\n"
     "  postern check --policy app.textproto --policy site.textproto \\\n"
     "      --var PROJECT=/srv/x --deny-fs=/srv/x/keys fs.read /srv/x/a\n"
     "      layers of two files; a rule that denies is one more, and one that\n"
     "      allows is added to the layer that denies by default\n"
     "  postern check --policy app.textproto --resolved 10.1.0.7 \\\n"
     "      net.connect db.corp.example:5432\n"
     "      both have to be granted: the name, and that it leads there\n"
     "  postern check --policy app.textproto fs.write\n"
     "      without a resource: the permission for every resource\n"
     "A path is answered for as asked and, where links make a difference, as\n"
     "it is really named; both have to be granted. That is advisory: a name\n"
     "may mean something else by the time it is used. Links beneath a path\n"
     "that is asked for with --subtree are not followed.\n"
     "A question in JSON, for --batch, with what is answered:\n"
     "  {\"permission\": \"fs.read\", \"resource\": \"/srv\", \"subtree\": "
     "true, \"id\": 7}\n"
     "  {\"line\":1,\"id\":7,\"granted\":true,\"advisory\":true}\n"
     "  {\"permission\": \"plugin.call\", \"resource\": [\"exec.in.run\", "
     "\"du\"]}\n"
     "  {\"line\":2,\"error\":\"...\"}\n"
     "  {\"permission\": \"net.connect\", \"resource\": \"a:80\", "
     "\"resolved\": \"::1\"}\n"
     "  {\"line\":3,\"granted\":false,\"advisory\":false}\n"
     "A line that is not understood is answered so, and the next one is read;\n"
     "the exit code is 2 then, else 1 if anything is denied.\n",
     "denied", Words::kPermission, true, true, kAskOptions},
    {Command::kExplain, "explain",
     "[--policy FILE]... [RULE...] PERMISSION [RESOURCE...]",
     "As check, with the answer of every layer and what would allow it.",
     "  postern explain --policy app.textproto fs.read /etc/shadow\n"
     "  postern explain --allow-plugin-call='exec.in.run du **' \\\n"
     "      plugin.call exec.in.run -- rm -r /x\n",
     "denied", Words::kPermission, true, true, kAskOptions},
    {Command::kTest, "test", "[--policy FILE]... [RULE...] FILE...",
     "Compare what a policy decides with tables of what is expected.",
     "  postern test --policy app.textproto app.decisions\n"
     "      each line is an answer and a question; see \"postern help "
     "decisions\"\n"
     "  postern test *.decisions --junit results.xml\n"
     "      a line \"policy app.textproto\" names the policy of the lines "
     "after it\n"
     "  postern test --coverage --policy app.textproto app.decisions\n"
     "Paths are decided as they are written: nothing is looked up.\n",
     "a decision is not as expected", Words::kNames, true, false, kTestOptions},
    {Command::kShow, "show",
     "FILE... [RULE...] [--html FILE | --json]\n"
     "       postern show --app APP [--store FILE] [--html FILE | --json]",
     "Print the layers and rules of a policy, and where each comes from.",
     "  postern show app.textproto site.textproto\n"
     "  postern show --allow-fs-read=/srv --json\n"
     "  postern show app.textproto --html app.html\n"
     "      a page in one file: what is granted, by whom, what is denied\n"
     "  postern show --app disk-usage.examples --html approval.html\n"
     "      APP is an app's id, or its directory with a slash\n"
     "Colours are for terminals alone; NO_COLOR turns them off.\n",
     "", Words::kPolicies, true, false, kShowOptions},
    {Command::kLint, "lint", "FILE... [RULE...] [--json]",
     "Name rules that do nothing, or more than they seem to.",
     "  postern lint app.textproto\n"
     "  postern lint machine.textproto app.textproto\n"
     "      several files are layers of one policy, and what is found in one\n"
     "      may be due to another\n"
     "Each line is a place, a code that stays the same, and a message:\n"
     "  repeated             rules of the layer with the same effect cover it\n"
     "  overruled            stricter rules of the layer cover it\n"
     "  overruled-elsewhere  deny rules of another layer cover it\n"
     "  everything           it allows every path or many permissions whole\n"
     "  any-port             it allows every port of a host, another rule one\n"
     "  writable-program     it starts a program that may be written, too\n"
     "  exact-arguments      it denies a call that one more argument escapes\n"
     "  expired              its time is over\n"
     "  no-grants            no layer denies by default: nothing is allowed\n"
     "  link                 its path leads through a symlink here\n"
     "  missing              its path does not exist here\n"
     "  unknown-function     a plugin of this program has no such function\n"
     "and the warnings of docs/policy_reference.md, such as voids-model. Not\n"
     "every rule that does nothing is found. Links and missing paths are "
     "those\n"
     "of this machine, now.\n",
     "something was found", Words::kPolicies, true, false, kLintOptions},
    {Command::kDiff, "diff", "OLD NEW [--json]",
     "Tell which accesses a new policy widens or narrows.",
     "  postern diff app.textproto new.textproto\n"
     "      an example for each pair of rules that decide differently, as a\n"
     "      line that \"postern test\" reads; of what is wider, the most\n"
     "      alarming one that is known, as fs.read /etc/shadow\n"
     "Paths, names and keys without wildcards are compared exactly. For other\n"
     "permissions it is said that the comparison is not exact, and why: then "
     "no\n"
     "difference may only not have been found. Names are taken as they are\n"
     "written; addresses that a host name leads to are not compared.\n",
     "there is a difference", Words::kNames, false, false, kDiffOptions},
    {Command::kFmt, "fmt", "FILE... [--check]",
     "Lay out policies in the text form; keep every comment.",
     "  postern fmt app.textproto\n"
     "      rewrites the file and names it, if that changes anything\n"
     "  postern fmt --check *.textproto\n"
     "  postern fmt - < app.textproto\n"
     "      prints to standard output\n",
     "with --check a file is not formatted", Words::kNames, false, false,
     kFmtOptions},
    {Command::kConvert, "convert", "FILE... [RULE...] --to FORM [--out FILE]",
     "Write a policy in another form.",
     "  postern convert app.textproto --to json\n"
     "  postern convert --allow-fs-read=/srv --to text --out app.textproto\n"
     "  postern convert app.json --to flags\n"
     "      a flag a line, quoted for a shell; without reasons and base, and\n"
     "      refused where flags cannot say it\n"
     "Comments are lost. Several files become one policy.\n",
     "", Words::kPolicies, true, false, kConvertOptions},
    {Command::kSchema,
     "schema",
     "",
     "Print the JSON Schema of the JSON form, for editors.",
     "  postern schema > policy.schema.json\n"
     "      then, in VS Code's settings, \"json.schemas\": [{\"fileMatch\":\n"
     "      [\"*.policy.json\"], \"url\": \"./policy.schema.json\"}]\n",
     "",
     Words::kNone,
     false,
     false,
     {}},
    {Command::kExec, "exec",
     "[--policy FILE]... [RULE...] -- PROGRAM [ARGUMENT...]",
     "Start a program that the kernel holds to a policy.",
     "  postern exec --preset runtime --allow-fs-read=/usr,/var/log \\\n"
     "      --allow-process-spawn='/usr/bin/du **' -- du -s /var/log\n"
     "  postern exec --policy app.textproto --require full -- ./server\n"
     "      starts nothing where the kernel cannot hold the whole policy\n"
     "  postern exec --policy app.textproto --dry-run -- ./server\n"
     "      prints the plan, in the order of execution, and the report\n"
     "  postern exec --policy app.textproto --memory 256M --processes 32 \\\n"
     "      --wall-time 1m --usage used.json -- ./server\n"
     "PROGRAM needs a rule for process.spawn, whether it is given by a path "
     "or\n"
     "found along PATH, where the working directory is never looked into.\n"
     "Without a rule for the network the program has a network of its own, "
     "with\n"
     "nobody else on it.\n",
     "", Words::kNames, true, true, kExecOptions},
    {Command::kDeno, "deno",
     "[--policy FILE]... [RULE...] run SCRIPT [-- ARGUMENT...]",
     "Run a script in Deno, with what a policy grants.",
     "  postern deno --preset runtime --allow-fs-read=/srv/app \\\n"
     "      --allow-net-connect=api.example.com:443 run /srv/app/main.ts\n"
     "  postern deno --policy app.textproto --audit-log asked.jsonl \\\n"
     "      run main.ts -- --verbose\n"
     "Deno asks for each access (its permission broker), and the kernel holds\n"
     "it to the same rules, as \"postern exec\" does, with the same options.\n"
     "Deno's own flags for permissions have no effect.\n",
     "", Words::kNames, true, true, kDenoOptions},
    {Command::kMcp, "mcp",
     "[--policy FILE]... [RULE...] -- SERVER [ARGUMENT...]",
     "Stand between a model and a server of tools (Model Context Protocol).",
     "  postern mcp --server files --preset runtime --allow-fs-read=/srv \\\n"
     "      --allow-plugin-call='files.read_file path:/srv' -- ./file-server\n"
     "      what a client's configuration has in place of the server\n"
     "  postern mcp --policy tools.textproto --audit-log calls.jsonl \\\n"
     "      -- /usr/bin/python3 server.py\n"
     "A call of a tool is plugin.call of SERVER.TOOL with its arguments; "
     "tools\n"
     "without a rule are not listed.\n"
     "The server runs as under \"postern exec\",\n"
     "with the same options; it needs no rule for its own start. Rules that\n"
     "ask do so on the terminal, /dev/tty, or deny.\n",
     "", Words::kNames, true, true, kMcpOptions},
    {Command::kPython, "python",
     "[--policy FILE]... [RULE...] SCRIPT [-- ARGUMENT...]",
     "Run a Python script that library and kernel hold to a policy.",
     "  postern python --allow-fs-read=data app.py\n"
     "  postern python --policy app.textproto app.py -- --verbose file\n"
     "  postern python --allow-fs-read=data --dry-run app.py\n"
     "      prints the plan, in the order of execution, and the report\n"
     "The script, the library of Python 3.11 and what --preset runtime grants\n"
     "are granted beside the rules. A denial is a PermissionError in the\n"
     "script; import postern there to ask what is granted. Code that gets\n"
     "around the interpreter meets the kernel, as under \"postern exec\".\n",
     "", Words::kNames, true, true, kPythonOptions},
    {Command::kNode, "node",
     "[--policy FILE]... [RULE...] APP.JS [-- ARGUMENT...]",
     "Run a program in Node with what rules grant, and nothing else.",
     "  postern node --allow-fs-read=. app.js\n"
     "  postern node --policy app.textproto --require partial app.js -- --port "
     "80\n"
     "  postern node --node /opt/node26/bin/node --allow-fs-read=/srv/app \\\n"
     "      --allow-net-connect=api.example.com:443 /srv/app/main.mjs\n"
     "  postern node --allow-fs-read=. --dry-run app.js\n"
     "      prints the plan, in the order of execution, and the report\n"
     "Node's own functions ask the rules; the kernel and Node's own "
     "permissions\n"
     "hold the process besides. Node itself needs no rules.\n",
     "", Words::kNames, true, true, kNodeOptions},
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
