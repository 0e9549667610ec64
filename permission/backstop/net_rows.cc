#include "permission/backstop/net_rows.h"

#include <string>
#include <utility>

#include "absl/types/optional.h"
#include "net/endpoint_pattern.h"
#include "permission/backstop/granted_ports.h"
#include "permission/backstop/port_set.h"
#include "permission/backstop/row_writer.h"

namespace postern {
namespace {

using Kind = net::EndpointPattern::Kind;
using Level = EnforcementLevel;
using Operation = GuardedOperation;
using Reason = EnforcementReason;
using PlacedRule = PolicyRights::PlacedRule;

constexpr char kHostsFile[] = "/etc/hosts";  // names and addresses, hosts(5)

class NetRows {
 public:
  NetRows(const PolicyRights& rights, const NetRules& rules, bool filters,
          std::vector<EnforcementRow>* rows)
      : rights_(rights), rules_(rules), filters_(filters), rows_(*rows) {}

  void AddAll(Permission permission) {
    for (const PlacedRule& placed : rights_.rules()) {
      if (placed.rule.permissions.Contains(permission)) {
        AddRule(placed, permission);
      }
    }
    for (const Operation operation : OperationsOf(absl::nullopt)) {
      EnforcementRow row = DefaultRow(permission, operation);
      HoldRest(&row);
      rows_.push_back(std::move(row));
    }
  }

  void AddLookUps() {
    for (const PlacedRule& placed : rights_.rules()) {
      if (!placed.rule.permissions.Contains(Permission::kNetResolve)) continue;
      AddLookUp(
          RowFor(rights_, placed, Permission::kNetResolve, Operation::kAll),
          &placed);
    }
    AddLookUp(DefaultRow(Permission::kNetResolve, Operation::kAll), nullptr);
  }

 private:
  using Pattern = absl::optional<net::EndpointPattern>;

  static std::vector<Operation> OperationsOf(const Pattern& pattern) {
    if (!pattern.has_value()) {
      return {Operation::kStream, Operation::kDatagram, Operation::kUnix};
    }
    switch (pattern->kind) {
      case Kind::kHost:
        return {Operation::kStream, Operation::kDatagram};
      case Kind::kUnix:
      case Kind::kAbstract:
        return {Operation::kUnix};
      case Kind::kVsock:
        return {Operation::kAll};
    }
    return {};
  }

  void AddRule(const PlacedRule& placed, Permission permission) {
    if (!IsForEndpoints(placed.rule.pattern)) return;
    const Pattern pattern = EndpointOf(placed.rule.pattern);
    for (const Operation operation : OperationsOf(pattern)) {
      EnforcementRow row = RowFor(rights_, placed, permission, operation);
      if (!IsAudited(rights_, placed, &row)) {
        HoldRule(placed, pattern, &row);
        HoldAsksAndLimits(rights_, placed, &row);
      }
      rows_.push_back(std::move(row));
    }
  }

  const PortGrant& GrantOf(const EnforcementRow& row) const {
    return row.permission == Permission::kNetConnect ? rules_.connect
                                                     : rules_.listen;
  }

  void HoldRule(const PlacedRule& placed, const Pattern& pattern,
                EnforcementRow* row) const {
    HoldRest(row);
    const bool ports = !pattern.has_value() || pattern->kind == Kind::kHost;
    if (!ports) return HoldOther(row);
    if (row->operation == Operation::kUnix) {
      HoldOther(row);
      return LoseVsock(row);
    }
    const PortSet set =
        pattern.has_value() ? PortsOf(*pattern) : PortSet::All();
    if (placed.rule.effect == Effect::kAllow) {
      HoldAllowed(pattern, set, row);
    } else if ((set & OpenOf(*row)).none() && !LeaksOf(*row)) {
      HoldClosed(HoldersOf(*row), row);
    } else {
      Hold(Level::kNone, {Enforcer::kLibrary},
           LeaksOf(*row) ? Reason::kAnyPort : Reason::kPortOnly, row);
    }
  }

  // What the rule grants beyond itself, or does not get.
  void HoldAllowed(const Pattern& pattern, const PortSet& set,
                   EnforcementRow* row) const {
    const PortGrant& grant = GrantOf(*row);
    const bool every_host = !pattern.has_value() ||
                            pattern->host.kind == net::HostPattern::Kind::kAny;
    if ((set - OpenOf(*row)).any()) {
      GrantLess(grant.less == Reason::kExact ? Reason::kNoFacility : grant.less,
                "", row);
    }
    if ((set & OpenOf(*row)).any() && !every_host &&
        row->level == Level::kFull && !grant.every_host.all()) {
      Hold(Level::kPartial, HoldersOf(*row), Reason::kPortOnly, row);
    }
  }

  // Unix sockets and vsock.
  void HoldOther(EnforcementRow* row) const {
    if (row->requested == Effect::kAllow && !KindIsOpen(*row)) {
      GrantLess(Reason::kNoFacility, "", row);
    }
  }

  // Of a whole permission: it has no row of its own.
  void LoseVsock(EnforcementRow* row) const {
    if (row->requested == Effect::kAllow && GrantOf(*row).whole && filters_ &&
        !rules_.kinds.vsock) {
      GrantLess(Reason::kNoFacility, "vsock", row);
    }
  }

  bool KindIsOpen(const EnforcementRow& row) const {
    return row.operation == Operation::kUnix ? rules_.kinds.unix_domain
                                             : rules_.kinds.vsock;
  }

  const PortSet& OpenOf(const EnforcementRow& row) const {
    return row.operation == Operation::kDatagram ? GrantOf(row).open_udp
                                                 : GrantOf(row).open;
  }
  bool LeaksOf(const EnforcementRow& row) const {
    return row.operation == Operation::kDatagram ? GrantOf(row).udp_leaks
                                                 : GrantOf(row).tcp_leaks;
  }
  bool HeldOf(const EnforcementRow& row) const {
    if (row.operation == Operation::kStream) return GrantOf(row).held;
    return row.operation == Operation::kDatagram && GrantOf(row).udp_held;
  }
  bool SocketsOf(const EnforcementRow& row) const {
    const process::SocketKinds& kinds = rules_.kinds;
    if (row.operation == Operation::kStream) return kinds.tcp;
    if (row.operation == Operation::kDatagram) return kinds.udp;
    return KindIsOpen(row);
  }

  // Who holds what is not open.
  std::vector<Enforcer> HoldersOf(const EnforcementRow& row) const {
    std::vector<Enforcer> by;
    if (HeldOf(row)) by.push_back(Enforcer::kLandlock);
    const bool refused =
        !SocketsOf(row) ||
        (row.permission == Permission::kNetListen && rules_.refuses_bind);
    if (filters_ && refused) by.push_back(Enforcer::kSeccomp);
    if (rules_.network_namespace && row.operation != Operation::kUnix) {
      by.push_back(Enforcer::kNamespace);
    }
    return by;
  }

  // Whether a socket can listen, or receive from anyone, that bind(2) never
  // saw: what holds ports looks at that alone.
  bool ListensUnbound(const EnforcementRow& row) const {
    const process::SocketKinds& kinds = rules_.kinds;
    if (row.permission != Permission::kNetListen || rules_.network_namespace) {
      return false;
    }
    if (row.operation == Operation::kDatagram) return !filters_ || kinds.udp;
    return row.operation == Operation::kStream &&
           (!filters_ || (kinds.tcp && kinds.listen));
  }

  // What is not open in the kernel.
  void HoldClosed(std::vector<Enforcer> by, EnforcementRow* row) const {
    if (by.empty()) {
      return Hold(Level::kNone, {Enforcer::kLibrary}, Reason::kNoFacility, row);
    }
    const bool unbound = ListensUnbound(*row);
    Hold(unbound ? Level::kPartial : Level::kFull, std::move(by),
         unbound ? Reason::kUnboundSockets : Reason::kExact, row);
  }

  // What no rule grants.
  void HoldRest(EnforcementRow* row) const {
    if (row->operation == Operation::kUnix) return HoldUnix(row);
    const bool ports = row->operation != Operation::kAll;
    std::vector<Enforcer> by = HoldersOf(*row);
    if (ports && GrantOf(*row).every_host.all() && OpenOf(*row).all()) {
      Hold(Level::kFull, std::move(by), Reason::kExact, row);
    } else if (by.empty()) {
      Hold(Level::kNone, {Enforcer::kLibrary},
           ports && LeaksOf(*row) ? Reason::kAnyPort
           : SocketsOf(*row)      ? Reason::kSocketKind
                                  : Reason::kNoFacility,
           row);
    } else if (ports && (OpenOf(*row) - GrantOf(*row).every_host).any()) {
      Hold(Level::kPartial, std::move(by), Reason::kPortOnly, row);
    } else {
      HoldClosed(std::move(by), row);
    }
  }

  // Why a filter that closes unix sockets, or bind(2), does not close all of
  // it: datagrams get a name as they are sent (SO_PASSCRED of unix(7)).
  Reason LeakOfUnix(const EnforcementRow& row) const {
    if (row.permission != Permission::kNetListen) return Reason::kExact;
    if (rules_.kinds.unix_domain) return Reason::kUnboundSockets;
    return rules_.refuses_bind ? Reason::kExact : Reason::kSocketPairs;
  }

  void HoldUnix(EnforcementRow* row) const {
    std::vector<Enforcer> by = HoldersOf(*row);
    if (!by.empty()) {
      const Reason leak = LeakOfUnix(*row);
      return Hold(leak == Reason::kExact ? Level::kFull : Level::kPartial,
                  std::move(by), leak, row);
    }
    if (GrantOf(*row).whole && rules_.kinds.unix_domain) {
      return Hold(Level::kFull, {}, Reason::kExact, row);
    }
    if (rules_.abstract_held) by.push_back(Enforcer::kLandlock);
    if (rules_.unix_paths_held) {
      // Landlock looks at who connects, not at who binds.
      const bool all =
          rules_.abstract_held && row->permission == Permission::kNetConnect;
      return Hold(all ? Level::kFull : Level::kPartial, {Enforcer::kLandlock},
                  all ? Reason::kExact : Reason::kSocketKind, row);
    }
    Hold(by.empty() ? Level::kNone : Level::kPartial, std::move(by),
         filters_ ? Reason::kSocketKind : Reason::kNoFacility, row);
  }

  void AddLookUp(EnforcementRow row, const PlacedRule* placed) {
    if (placed == nullptr || !IsAudited(rights_, *placed, &row)) {
      HoldLookUp(&row);
    }
    rows_.push_back(std::move(row));
  }

  // A look-up is a datagram to a server, asks a service by its socket, or reads
  // a file.
  void HoldLookUp(EnforcementRow* row) const {
    const process::SocketKinds& kinds = rules_.kinds;
    const bool none = !kinds.udp && !kinds.tcp && !kinds.unix_domain;
    if (!none || !(filters_ || rules_.network_namespace)) {
      return Hold(Level::kNone, {Enforcer::kLibrary}, Reason::kNotMediated,
                  row);
    }
    const bool allows = row->requested == Effect::kAllow;
    const bool leaks =
        !allows && rights_.AllowsPath(Permission::kFsRead, kHostsFile);
    Hold(leaks ? Level::kPartial : Level::kFull,
         {filters_ ? Enforcer::kSeccomp : Enforcer::kNamespace},
         leaks ? Reason::kNotMediated : Reason::kExact, row);
    if (leaks) row->scope = kHostsFile;
    if (allows) GrantLess(Reason::kHostNotGranted, "", row);
  }

  const PolicyRights& rights_;
  const NetRules& rules_;
  const bool filters_;
  std::vector<EnforcementRow>& rows_;
};

}  // namespace

void AddNetRows(const PolicyRights& rights, const NetRules& rules, bool filters,
                std::vector<EnforcementRow>* rows) {
  NetRows writer(rights, rules, filters, rows);
  writer.AddAll(Permission::kNetConnect);
  writer.AddAll(Permission::kNetListen);
  writer.AddLookUps();
}

}  // namespace postern
