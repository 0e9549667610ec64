#include <iostream>
#include <postern/postern.hpp>

// Exits 0 if the app may read the file, 1 if not, 2 on a mistake.
int main() {
  using namespace postern::stable;
  const Status abi = CheckAbi();  // first: is it the library of the headers?
  if (!abi.ok()) return std::cerr << abi.error().message << "\n", 2;
  auto policy = Policy::FromText(
      "version: 1 layers { name: 'grants'"
      " rules { allow: 'fs.read' pattern: '/srv/app' } }");
  if (!policy.ok()) return std::cerr << policy.error().message << "\n", 2;
  auto context = Context::Create(*policy);
  if (!context.ok()) return std::cerr << context.error().message << "\n", 2;
  const Decision decision =
      context->Enforce(Access::Path(POSTERN_FS_READ, "/srv/app/index.html"));
  std::cout << (decision.allowed() ? "allowed" : "denied") << "\n";
  return decision.allowed() ? 0 : 1;
}
