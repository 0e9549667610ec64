#include "bindings/cli/help.h"

namespace postern {
namespace cli {
namespace {

constexpr CommandHelp kCommands[] = {
    {Command::kAudit, "audit", "APP [--json] [-- ARGUMENT...]",
     "Print the plugin calls that an app's top level makes; runs no plugin.",
     "  postern audit docs/examples/disk_usage\n"
     "      calls that the manifest does not ask for are marked, and lines to\n"
     "      add to the manifest are printed\n"
     "  postern audit APP --json -- /srv\n"
     "      the app sees \"/srv\" as its argument\n"},
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
     "the manifest no longer asks for has ended.\n"},
    {Command::kRun, "run",
     "APP [--store FILE] [--json] [RULE...] [-- ARGUMENT...]",
     "Run an app with what is approved, and nothing else.",
     "  postern run docs/examples/disk_usage -- /var/log\n"
     "  postern run APP --deny-plugin-call='exec.in.run rm **'\n"
     "      rules are --allow-, --ask- or --deny- and a permission with \"-\"\n"
     "      for \".\"; they are added to what is approved\n"},
    {Command::kRevoke, "revoke", "APP [--store FILE] [--json]",
     "End an app's approval; APP is its id, or its directory with a slash.",
     "  postern revoke disk-usage.examples\n"
     "  postern revoke docs/examples/disk_usage\n"
     "  postern revoke ./app\n"},
    {Command::kList, "list", "[--store FILE] [--json]",
     "List the apps that have an approval, and what is approved.",
     "  postern list\n"
     "  postern list --store /var/lib/postern/approvals.db --json\n"},
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
     "that is asked for with --subtree are not followed.\n"},
    {Command::kExplain, "explain",
     "(--policy FILE | RULE...) PERMISSION [RESOURCE...] [--subtree] [--json]",
     "As check, with the answer of every layer and what would allow it.",
     "  postern explain --policy app.textproto fs.read /etc/shadow\n"
     "  postern explain --allow-plugin-call='exec.in.run du **' \\\n"
     "      plugin.call exec.in.run -- rm -r /x\n"},
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
     "Further options:\n"
     "  --self ORIGIN      who serves the pages; without it, https and a host\n"
     "                     that is nobody's\n"
     "  --env NAME=VALUE   what ${NAME} and ${NAME|default} stand for in YAML\n"
     "                     and JSON; the program's own environment is not "
     "read\n"
     "  --format FORM      of merge: one policy as header, yaml, json, nginx "
     "or\n"
     "                     caddy; that of all apps together\n"
     "  --only APP         the same of one app\n"
     "  --open-hosts FILE  of review: hosts where anyone can publish\n"
     "  --redirected       of check and explain: reached by a redirect\n"
     "  --inserted         of check and explain: a script inserts the "
     "element\n"
     "  --nonce NONCE      of check and explain: what the element carries\n"
     "  --digest DIGEST    the same of its digest, sha256- and base64\n"
     "Base and apps: a directive a line, its sources parted by spaces, \"#\"\n"
     "before comments; *.yaml and *.json as oCIS and OpenCloud have them\n"
     "(csp.yaml; of apps also manifest.json, config.json, apps.yaml); of the\n"
     "base also a header as it stands; of an app also its manifest, by the\n"
     "file's name (.textproto, .txtpb, .json, .binpb). --base, --policy and\n"
     "--app may be given several times, as FILE,FILE and as patterns\n"
     "(\"/web/apps/*/csp.yaml\"): the files are joined in that order. The\n"
     "administrator's file has sections of lines: \"[grant APP]\", where\n"
     "\"accept NAME\" takes a conflict, and \"[ceiling]\".\n"},
};

}  // namespace

absl::Span<const CommandHelp> AllCommands() { return kCommands; }

const char kVersion[] = "postern 0.1.0\n";

const char kExitCodes[] =
    "Exit codes: 0 granted or done, 1 denied, 2 usage, bad input or a "
    "failure.\n"
    "Approvals are kept in --store FILE; else in $POSTERN_STORE; else in\n"
    "$XDG_DATA_HOME/postern/approvals.db; else in\n"
    "~/.local/share/postern/approvals.db.\n";

}  // namespace cli
}  // namespace postern
