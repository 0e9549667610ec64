// Answers test vectors: runner [--engine=oracle] FILE...
// Exit: 0 all passed, 1 any failed, 2 called wrongly, 3 some unsupported.

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "tests/vectors/vector_run.h"

namespace {

using postern::testing::VectorAnswerer;
using postern::testing::VectorTotals;

int Usage() {
  std::cerr << "usage: runner [--engine=policy|oracle] FILE...\n";
  return 2;
}

int Report(const VectorTotals& totals) {
  if (totals.information > 0) {
    std::cout << totals.information << " lines are information only\n";
  }
  if (totals.divergences > 0) {
    std::cout << totals.divergences << " decided otherwise on purpose\n";
  }
  std::cout << totals.passed << " passed, " << totals.failed << " failed";
  if (totals.unsupported > 0) {
    std::cout << ", " << totals.unsupported << " unsupported";
  }
  std::cout << std::endl;
  if (totals.failed > 0) return 1;
  return totals.unsupported > 0 ? 3 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  VectorAnswerer answerer = postern::testing::AnswerByEngine;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    const absl::string_view arg = argv[i];
    if (arg == "--engine=oracle") {
      answerer = postern::testing::AnswerByOracle;
    } else if (arg == "--engine=policy") {
      answerer = postern::testing::AnswerByEngine;
    } else if (absl::StartsWith(arg, "-")) {
      return Usage();
    } else {
      files.emplace_back(arg);
    }
  }
  if (files.empty()) return Usage();
  VectorTotals totals;
  for (const std::string& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)),
                           std::istreambuf_iterator<char>());
    if (!in.is_open() || in.bad()) {
      std::cerr << "cannot read " << file << "\n";
      return 2;
    }
    postern::testing::RunVectors(file, text, answerer, std::cout, &totals);
  }
  return Report(totals);
}
