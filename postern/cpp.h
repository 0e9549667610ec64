#ifndef POSTERN_POSTERN_CPP_H_
#define POSTERN_POSTERN_CPP_H_

// The C++ interface whole: <postern/cpp.h>. Names are in namespace postern.
//
//   rules    PolicyBuilder, PermissionContext; policies as files:
//            ReadPolicyFile
//   files    fs::GuardedFs, by MakePathMonitor
//   network  net::GuardedNet, by MakeNetMonitor
//   pages    csp::Merge, csp::HeaderFilter
//   apps     ReadManifestFile, MakeReview, Approve, OpenSqliteStore
//
// Whoever needs one of these includes its header alone and depends on its
// target: //permission, //fs, //net, //net/csp, //permission/approval. Who
// wants an interface that stays the same in binary form takes the C one,
// <postern/postern.h>.

#include "fs/base/file_descriptor.h"
#include "fs/base/result.h"
#include "fs/directory_reader.h"
#include "fs/file_identity.h"
#include "fs/fork_mutex.h"
#include "fs/guarded_fs.h"
#include "fs/handle.h"
#include "fs/operation.h"
#include "fs/options.h"
#include "fs/path_monitor.h"
#include "fs/status.h"
#include "fs/watch.h"
#include "net/address.h"
#include "net/csp/conflict.h"
#include "net/csp/directive.h"
#include "net/csp/existing_text.h"
#include "net/csp/findings.h"
#include "net/csp/header_filter.h"
#include "net/csp/host.h"
#include "net/csp/intersect.h"
#include "net/csp/match.h"
#include "net/csp/merge.h"
#include "net/csp/open_hosts.h"
#include "net/csp/policy.h"
#include "net/csp/policy_text.h"
#include "net/csp/question.h"
#include "net/csp/review.h"
#include "net/csp/source.h"
#include "net/csp/subsume.h"
#include "net/csp/url.h"
#include "net/endpoint.h"
#include "net/guarded_net.h"
#include "net/host_name.h"
#include "net/net_monitor.h"
#include "net/net_status.h"
#include "net/purpose.h"
#include "net/resolver.h"
#include "net/socket.h"
#include "net/syntax_error.h"
#include "net/threaded_resolver.h"
#include "net/wait.h"
#include "permission/access.h"
#include "permission/approval/approval.h"
#include "permission/approval/csp_request.h"
#include "permission/approval/csp_risk.h"
#include "permission/approval/manifest.h"
#include "permission/approval/manifest_proto.h"
#include "permission/approval/review.h"
#include "permission/approval/review_json.h"
#include "permission/approval/review_text.h"
#include "permission/approval/risk.h"
#include "permission/approval/sqlite_store.h"
#include "permission/approval/store.h"
#include "permission/ask.h"
#include "permission/audit.h"
#include "permission/builder.h"
#include "permission/clock.h"
#include "permission/context.h"
#include "permission/decision.h"
#include "permission/explain.h"
#include "permission/flags.h"
#include "permission/guard/app_sockets.h"
#include "permission/guard/net_monitor.h"
#include "permission/guard/path_monitor.h"
#include "permission/guard/unix_sockets.h"
#include "permission/join_specs.h"
#include "permission/layer.h"
#include "permission/path_binding.h"
#include "permission/permission.h"
#include "permission/policy.h"
#include "permission/policy_warning.h"
#include "permission/principal.h"
#include "permission/proto/file_problem.h"
#include "permission/proto/form.h"
#include "permission/proto/policy_proto.h"
#include "permission/rule.h"
#include "permission/text/explain_json.h"
#include "permission/use_counter.h"

#endif  // POSTERN_POSTERN_CPP_H_
