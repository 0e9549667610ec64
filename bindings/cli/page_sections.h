#ifndef POSTERN_BINDINGS_CLI_PAGE_SECTIONS_H_
#define POSTERN_BINDINGS_CLI_PAGE_SECTIONS_H_

#include <string>
#include <vector>

#include "bindings/cli/page_overview.h"
#include "bindings/cli/policy_page.h"
#include "permission/layer.h"

namespace postern {
namespace cli {

// The parts of MakePolicyPage() below its head, each with its heading; "" where
// there is nothing to say. `spec` and `extents` are the policy's.

// A tile for each permission: how much of it is granted.
std::string OverviewSection(const PolicySpec& spec,
                            const std::vector<PermissionExtent>& extents);
std::string WarningsSection(const PolicyPage& page);
// Rules by permission and pattern. `left_out` is how many did not fit.
std::string RulesSection(const PolicySpec& spec, bool with_risks,
                         size_t* left_out);
// What is denied: by default, as nothing grants it, by rules.
std::string DeniedSection(const Policy& policy, const PolicySpec& spec,
                          const std::vector<PermissionExtent>& extents);
std::string LayersSection(const PolicySpec& spec);

// Of an approval: the words for the app's pages, and every change so far.
std::string PageWordsSection(const AppOnPage& app);
std::string HistorySection(const AppOnPage& app);

}  // namespace cli
}  // namespace postern

#endif  // POSTERN_BINDINGS_CLI_PAGE_SECTIONS_H_
