// "postern deno" with a Deno that is real: it asks, and the kernel holds what
// it does not ask about.

#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/bindings/cli/exec_program.h"
#include "tests/bindings/cli/program.h"

namespace postern {
namespace cli {
namespace {

using absl::StrContains;

// Where tools/runtimes puts it.
std::string DenoPath() {
  const char* const folder = getenv("POSTERN_RUNTIMES");
  const passwd* const user = getpwuid(getuid());
  const std::string runtimes =
      folder != nullptr ? folder
                        : absl::StrCat(user == nullptr ? "" : user->pw_dir,
                                       "/.cache/postern-runtimes");
  return runtimes + "/deno/node_modules/@deno/linux-x64-glibc/deno";
}

TEST(DenoUsageTest, SaysWhatIsWrong) {
  const struct {
    std::vector<std::string> args;
    const char* said;
  } kCases[] = {
      {{"--allow-fs-read=/srv"}, "expected \"run\" and a script"},
      {{"--allow-fs-read=/srv", "eval", "1"}, "expected \"run\""},
      {{"--allow-fs-read=/srv", "run", "--", "-A", "x.ts"}, "expected \"run\""},
      {{"--deno", "/no/such/deno", "--allow-fs-read=/srv", "run", "x.ts"},
       "/no/such/deno"},
      {{"--deno", "/bin/sh.txt", "--allow-fs-read=/srv", "run", "x.ts"},
       "--deno FILE"},
  };
  for (const auto& c : kCases) {
    std::vector<std::string> args = {"deno"};
    args.insert(args.end(), c.args.begin(), c.args.end());
    const ProgramRun run = RunPostern(args);
    EXPECT_EQ(run.code, 2) << c.said << ": " << run.err;
    EXPECT_TRUE(StrContains(run.err, c.said)) << run.err;
  }
}

class DenoCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!HasLandlock()) GTEST_SKIP() << "this kernel has no Landlock";
    if (access(DenoPath().c_str(), X_OK) != 0) {
      GTEST_SKIP() << "no Deno; tools/runtimes installs it where npm works";
    }
    folder_ = NewFolder();
    WriteFile(folder_ + "/data", "granted");
    WriteFile(folder_ + "/secret.js", "export default 'secret';");
    ASSERT_EQ(mkdir((folder_ + "/open").c_str(), 0755), 0);
    ASSERT_EQ(symlink("../secret.js", (folder_ + "/open/link").c_str()), 0);
  }

  ProgramRun Deno(const std::vector<std::string>& options,
                  const std::string& script) {
    WriteFile(folder_ + "/main.ts", script);
    std::vector<std::string> args = {
        "deno",
        "--deno",
        DenoPath(),
        "--preset",
        "runtime",
        absl::StrCat("--allow-fs-read=", folder_, "/data,", folder_, "/open")};
    args.insert(args.end(), options.begin(), options.end());
    args.insert(args.end(), {"run", folder_ + "/main.ts"});
    ProgramOptions how;
    how.environment["PATH"] = "/usr/bin:/bin";
    how.environment["GREETING"] = "hello";
    how.environment["SECRET"] = "hush";
    return RunPostern(args, how);
  }

  std::string folder_;
};

constexpr char kTry[] = R"(
async function t(name: string, f: () => unknown) {
  try { console.log(name, await f()); }
  catch (e) { console.log(name, (e as Error).name, (e as Error).message); }
}
const here = import.meta.dirname;
)";

TEST_F(DenoCommandTest, EachAccessIsDecided) {
  const std::string log = folder_ + "/log";
  const ProgramRun run =
      Deno({"--allow-env-read=GREETING", "--allow-sys-info=osRelease",
            "--allow-process-spawn=/usr/bin/echo **", "--audit-log", log},
           absl::StrCat(kTry, R"(
await t("data", () => Deno.readTextFileSync(here + "/data"));
await t("secret", () => Deno.readTextFileSync(here + "/secret.js"));
await t("link", () => Deno.readTextFileSync(here + "/open/link"));
await t("write", () => Deno.writeTextFileSync(here + "/new", "x"));
await t("greeting", () => Deno.env.get("GREETING"));
await t("hush", () => Deno.env.get("SECRET"));
await t("hostname", () => Deno.hostname());
await t("release", () => typeof Deno.osRelease());
await t("echo", () => new Deno.Command("echo", {args: ["hi"]}).outputSync().code);
await t("cat", () => new Deno.Command("cat").outputSync().code);
await t("net", () => Deno.connect({hostname: "127.0.0.1", port: 9}));
await t("listen", () => Deno.listen({hostname: "127.0.0.1", port: 0}));
)"));
  EXPECT_EQ(run.code, 0) << run.err;
  for (const char* line :
       {"data granted\n", "secret NotCapable ERR_ACCESS_DENIED: fs.read",
        "link NotCapable", "write NotCapable", "greeting hello\n",
        "hush NotCapable", "hostname NotCapable", "release string\n",
        "echo 0\n", "cat NotCapable", "net NotCapable", "listen NotCapable"}) {
    EXPECT_TRUE(StrContains(run.out, line)) << line << "\n"
                                            << run.out << run.err;
  }
  EXPECT_TRUE(StrContains(ReadFile(log), R"("effect":"deny")"));
}

TEST_F(DenoCommandTest, ADeniedFileHasNoOtherName) {
  WriteFile(folder_ + "/open/key", "hush");
  WriteFile(folder_ + "/open/two", "granted twice");
  ASSERT_EQ(
      link((folder_ + "/open/key").c_str(), (folder_ + "/open/alias").c_str()),
      0);
  ASSERT_EQ(
      link((folder_ + "/open/two").c_str(), (folder_ + "/open/second").c_str()),
      0);
  const ProgramRun run =
      Deno({absl::StrCat("--deny-fs-read=", folder_, "/open/key")},
           absl::StrCat(kTry, R"(
for (const name of ["key", "alias", "second"])
  await t(name, () => Deno.readTextFileSync(here + "/open/" + name));
)"));
  EXPECT_TRUE(StrContains(run.out, "key NotCapable")) << run.out << run.err;
  EXPECT_TRUE(StrContains(run.out, "alias NotCapable denied: another name"))
      << run.out << run.err;
  EXPECT_TRUE(StrContains(run.out, "second granted twice")) << run.out;
}

// Deno reads what a script imports without asking anybody.
TEST_F(DenoCommandTest, TheKernelHoldsWhatDenoDoesNotAskAbout) {
  const ProgramRun run =
      Deno({}, "import x from './secret.js'; console.log('got', x);");
  EXPECT_NE(run.code, 0);
  EXPECT_FALSE(StrContains(run.out, "got")) << run.out;
}

TEST_F(DenoCommandTest, AScriptIsNamedFromTheBaseOrFromHereOn) {
  WriteFile(folder_ + "/main.ts", "console.log('ran');");
  WriteFile(folder_ + "/p.policy", "version: 1\nlayers { name: \"l\" }\n");
  const auto run_from = [](const std::string& folder, const std::string& rest) {
    return RunProgram("/bin/sh",
                      {"-c",
                       absl::StrCat("cd ", folder,
                                    " && exec \"$0\" deno --deno \"$1\" "
                                    "--preset runtime ",
                                    rest),
                       PosternPath(), DenoPath()});
  };
  ProgramRun run = run_from(folder_, "--policy p.policy run ./main.ts");
  EXPECT_EQ(run.out, "ran\n") << run.err;
  run = run_from("/usr", absl::StrCat("--policy ", folder_, "/p.policy --base ",
                                      folder_, " run main.ts"));
  EXPECT_EQ(run.out, "ran\n") << run.err;
  run = run_from(folder_, "--policy p.policy run .");
  EXPECT_TRUE(StrContains(run.err, "is a folder")) << run.err;
}

TEST_F(DenoCommandTest, WhatAKilledRunLeftIsGoneAfterTheNext) {
  WriteFile(folder_ + "/wait.ts", "setTimeout(() => {}, 60000);");
  WriteFile(folder_ + "/main.ts", "console.log('ran');");
  // The program holds its folder open, for the lock.
  const ProgramRun run =
      RunProgram("/bin/bash", {"-c", R"(cd "$2"
deno=$1; folder=$2
run() { exec "$0" deno --deno "$deno" --preset runtime --allow-fs-read="$folder/main.ts" \
  --base "$folder" run "$1" </dev/null; }
run wait.ts &
for i in {1..100}; do
  left=$(readlink /proc/$!/fd/* | grep '^/tmp/postern-deno-[^/]*$') && break
  sleep 0.1
done
sleep 0.5; kill -9 $!; wait $! 2>/dev/null
[ -d "$left" ] && echo left
for i in {1..50}; do
  (run main.ts) >/dev/null
  [ -d "$left" ] || { echo gone; break; }
  sleep 0.1
done)",
                               PosternPath(), DenoPath(), folder_});
  EXPECT_EQ(run.out, "left\ngone\n") << run.err;
}

TEST_F(DenoCommandTest, WorkersAndOwnFlagsGainNothing) {
  const ProgramRun run = Deno({}, absl::StrCat(kTry, R"(
const work = `try { Deno.readTextFileSync("${here}/secret.js"); postMessage("got"); }
  catch (e) { postMessage(e.name); }`;
const worker = new Worker("data:text/javascript," + encodeURIComponent(work), {type: "module"});
worker.onmessage = (e) => { console.log("worker", e.data); worker.terminate(); };
await t("request", async () => (await Deno.permissions.request({name: "read"})).state);
)"));
  EXPECT_TRUE(StrContains(run.out, "worker NotCapable")) << run.out << run.err;
  EXPECT_FALSE(StrContains(run.out, "request granted")) << run.out;
}

}  // namespace
}  // namespace cli
}  // namespace postern
