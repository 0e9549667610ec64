#include "bindings/cli/concepts.h"

namespace postern {
namespace cli {
namespace {

constexpr Concept kConcepts[] = {
    {"permissions", "the kinds of access, and what each is applied to",
     "A permission is a kind of access. It is applied to a resource:\n"
     "  fs.read fs.write code.load device.use    a path\n"
     "  net.connect net.listen                   an endpoint, host:port\n"
     "  net.resolve                              a host name\n"
     "  env.read env.write                       a variable's name\n"
     "  sys.info                                 a kind of fact\n"
     "  code.import plugin.load                  the id of a module or plugin\n"
     "  plugin.call                              a function and its arguments\n"
     "  secret.use secret.reveal                 a key, as db/password\n"
     "  code.eval thread.create debug.attach     nothing\n"
     "A group stands for all in it: \"fs\", \"net\". \"all\" is every one.\n"},
    {"rules", "how a command line allows, asks and denies",
     "A rule is --allow-, --ask- or --deny- and a permission or a group with\n"
     "\"-\" for \".\". After \"=\" stand patterns, parted by commas; without "
     "\"=\"\n"
     "the rule is for every resource.\n"
     "  --allow-fs-read=/srv,/etc/hosts\n"
     "  --deny-fs=/srv/keys\n"
     "  --ask-env-read\n"
     "  --allow-plugin-call='exec.in.run du **'\n"
     "  --allow-secret-use=db/password\n"
     "What no rule matches is denied, and a deny rule wins over an allow "
     "rule.\n"
     "With --precedence=most-specific the most specific rule wins.\n"
     "A value after a space is none: \"--allow-fs-read /srv\" allows reading\n"
     "everything.\n"},
    {"patterns", "what a rule is for",
     "  /srv/app            a file, or a folder and all beneath it\n"
     "  exact:/srv/app      that one name alone\n"
     "  /srv/*/logs         \"*\" is one part of a path\n"
     "  /srv/**/secret      \"**\" is any number of parts\n"
     "  ${HOME}/x           a variable that the policy or --var gives\n"
     "  example.org:443     an endpoint; *.example.org, :443, 10.0.0.0/8\n"
     "  HOME, APP_*         variables by name, and by how they begin\n"
     "  exec.in.run du **   a call; \"*\" is one argument, \"**\" any rest,\n"
     "                      {a,b} either, re:... a regular expression\n"
     "A backslash takes the meaning from the character after it. All of it\n"
     "stands in docs/policy_reference.md.\n"},
    {"layers", "how several people's rules are settled",
     "A policy is a stack of layers, each somebody's word. An access is "
     "allowed\n"
     "if every layer lets it pass and a layer that denies by default allows "
     "it.\n"
     "A layer with \"default: ALLOW\" only takes away.\n"
     "Within a layer any deny wins, then any ask, then any allow; with\n"
     "\"precedence: MOST_SPECIFIC\" the most specific rule that matches.\n"},
    {"decisions", "tables of expected answers, for \"postern test\"",
     "Each line is an answer, a permission and a resource:\n"
     "  policy app.textproto\n"
     "  allow  fs.read /srv/app/index.html\n"
     "  deny   fs.read '/srv/app/my keys/**'    # a folder and all beneath it\n"
     "  ask    net.connect example.org:443\n"
     "  allow  plugin.call exec.in.run du -s path=/srv\n"
     "  deny   fs.write                         # for every resource\n"
     "\"hide\" is a denial that the app sees as \"does not exist\"; "
     "\"report\" is\n"
     "an access that is granted while a layer in audit mode would have denied\n"
     "it. \"name=value\" after a function is an argument by name; in quotes\n"
     "as a whole it is one by position. Words with spaces stand in quotes of\n"
     "either kind. A comment begins at \"#\" after\n"
     "two spaces or at the beginning of a line. A line \"policy FILE...\" "
     "names\n"
     "the policy of the lines after it; its path starts where the table is.\n"},
    {"names", "why two names of one file are asked about",
     "A path may lead through links. \"check\" and \"explain\" decide it as it "
     "was\n"
     "asked and as it is really named; both have to be granted. That is\n"
     "advisory: a link may change before the name is used (TOCTOU). What "
     "guards\n"
     "files for an app opens them and decides what was opened.\n"},
    {"approvals", "what an app may do because somebody agreed",
     "An app comes with a manifest, which asks for permissions. \"approve\" "
     "shows\n"
     "what it asks for, with what is dangerous in it, and writes down what "
     "was\n"
     "agreed to. \"run\" grants that and nothing else. When the manifest asks "
     "for\n"
     "more, the app is to be approved again.\n"},
    {"output", "exit codes, --json and standard error",
     "Exit codes: 0 granted or done; 1 denied, or what the command's help "
     "says;\n"
     "2 usage, bad input or a failure. With 2, nothing was changed.\n"
     "Results go to standard output; errors and warnings go to standard "
     "error,\n"
     "a line each, and begin with \"postern: \". With --json the result is "
     "one\n"
     "JSON object; instead of one that could not be had, standard output gets\n"
     "an object with \"error\".\n"
     "What an app or a file chose is escaped: no output can deceive a "
     "terminal.\n"},
};

}  // namespace

absl::Span<const Concept> AllConcepts() { return kConcepts; }

const Concept* FindConcept(absl::string_view name) {
  for (const Concept& one : kConcepts) {
    if (name == one.name) return &one;
  }
  return nullptr;
}

std::vector<std::string> ConceptNames() {
  std::vector<std::string> names;
  for (const Concept& one : kConcepts) names.push_back(one.name);
  return names;
}

}  // namespace cli
}  // namespace postern
