#include "permission/backstop/net_rules.h"

#include <cstddef>
#include <cstdint>
#include <utility>

#include "net/endpoint_pattern.h"
#include "permission/access.h"
#include "permission/backstop/granted_ports.h"

namespace postern {
namespace {

namespace landlock = process::landlock;

using Kind = net::EndpointPattern::Kind;
using Reason = EnforcementReason;

constexpr int kTcpAbi = 4;
constexpr int kScopeAbi = 6;
constexpr int kUnixAbi = 9;
constexpr int kUdpAbi = 10;

class NetLowering {
 public:
  NetLowering(const PolicyRights& rights, const process::KernelCaps& caps,
              const LowerOptions& options)
      : rights_(rights), caps_(caps), options_(options) {}

  NetRules Lower() {
    rules_.connect = FindGrantedPorts(rights_, Permission::kNetConnect);
    rules_.listen = FindGrantedPorts(rights_, Permission::kNetListen);
    for (PortGrant* grant : {&rules_.connect, &rules_.listen}) {
      OpenTcp(grant);
      OpenUdp(grant);
    }
    OpenOthers();
    rules_.refuses_bind = NobodyListens();
    SettleTcp();
    SettleUdp();
    ChooseKinds();
    rules_.network_namespace =
        caps_.net_namespace && !options_.own_process && !AnyOpen();
    return std::move(rules_);
  }

 private:
  bool Wider() const { return options_.hosts == Approximation::kWider; }

  // What may be open: `granted` is set to what is granted to be so for certain,
  // or perhaps.
  const PortSet& Wanted(const PortGrant& grant) const {
    return Wider() ? grant.some_host : grant.every_host;
  }

  void OpenTcp(PortGrant* grant) const {
    const PortSet& wanted = Wanted(*grant);
    if (wanted != grant->some_host) grant->less = Reason::kHostNotGranted;
    if (wanted.all()) {
      grant->open = wanted;
    } else if (caps_.landlock_abi < kTcpAbi) {
      OpenAllOrNothing(Reason::kNoFacility, grant);
    } else if (wanted.count() > options_.max_ports) {
      OpenAllOrNothing(Reason::kPortsNotGranted, grant);
    } else {
      grant->open = wanted;
      grant->held = true;
    }
  }

  // The ports that are wanted cannot be told from others.
  void OpenAllOrNothing(Reason why, PortGrant* grant) const {
    if (Wanted(*grant).none()) {
      grant->held = caps_.landlock_abi >= kTcpAbi;
    } else if (Wider()) {
      grant->open = PortSet::All();
    } else {
      grant->held = caps_.landlock_abi >= kTcpAbi;
      grant->less = why;
    }
  }

  // Before it held ports, Landlock did not know datagrams.
  void OpenUdp(PortGrant* grant) const {
    if (caps_.landlock_abi >= kUdpAbi) {
      grant->open_udp = grant->open;
      grant->udp_held = grant->held;
    } else if (Wanted(*grant).all() || (Wider() && grant->open.any())) {
      grant->open_udp = PortSet::All();
    }
  }

  // A socket that may be made for one of both, connecting and listening, can do
  // the other as well where nothing holds it.
  void SettleTcp() {
    PortGrant& connect = rules_.connect;
    PortGrant& listen = rules_.listen;
    if (connect.open.none() && listen.open.none()) return;
    connect.tcp_leaks = !connect.held && !connect.open.all();
    listen.tcp_leaks =
        !listen.held && !listen.open.all() && !rules_.refuses_bind;
    if (Wider() || !(connect.tcp_leaks || listen.tcp_leaks)) return;
    for (PortGrant* grant : {&connect, &listen}) {
      if (grant->open.any()) grant->less = Reason::kNoFacility;
      grant->open = PortSet();
      grant->tcp_leaks = false;
    }
  }

  void SettleUdp() {
    PortGrant& connect = rules_.connect;
    PortGrant& listen = rules_.listen;
    if (connect.open_udp.none() && listen.open_udp.none()) return;
    connect.udp_leaks = !connect.udp_held && !Wanted(connect).all();
    listen.udp_leaks =
        !listen.udp_held && !Wanted(listen).all() && !rules_.refuses_bind;
    if (Wider() || !(connect.udp_leaks || listen.udp_leaks)) return;
    for (PortGrant* grant : {&connect, &listen}) {
      grant->open_udp = PortSet();
      grant->udp_leaks = false;
    }
  }

  // Unix sockets and vsock: by path or name only where Landlock can tell.
  void OpenOthers() {
    const bool whole = rules_.connect.whole || rules_.listen.whole;
    rules_.kinds.unix_domain = whole;
    bool abstract = whole;
    for (const PolicyRights::PlacedRule& placed : rights_.rules()) {
      if (!Grants(placed.rule)) continue;
      const auto pattern = EndpointOf(placed.rule.pattern);
      if (pattern.has_value()) OpenOther(*pattern, &abstract);
    }
    if (whole) rules_.kinds.vsock = Wider() || VsockIsGranted();
    rules_.abstract_held = caps_.landlock_abi >= kScopeAbi && !abstract;
    rules_.unix_paths_held = caps_.landlock_abi >= kUnixAbi && !whole;
  }

  // Who can make such a socket can connect it, and where bind(2) is not refused
  // listen on it.
  bool VsockIsGranted() const {
    return rules_.connect.whole && (rules_.listen.whole || NobodyListens());
  }

  void OpenOther(const net::EndpointPattern& pattern, bool* abstract) {
    switch (pattern.kind) {
      case Kind::kHost:
        return;
      case Kind::kUnix:
        if (!Wider() && !HoldsUnix(pattern)) return;
        rules_.kinds.unix_domain = true;
        rules_.unix_paths.push_back(pattern.name);
        return;
      case Kind::kAbstract:
        if (!Wider()) return;
        rules_.kinds.unix_domain = *abstract = true;
        return;
      case Kind::kVsock:
        if (Wider()) rules_.kinds.vsock = true;
        return;
    }
  }

  // Whether Landlock can hold just this, as far as one question tells.
  bool HoldsUnix(const net::EndpointPattern& pattern) const {
    return caps_.landlock_abi >= kUnixAbi &&
           !rights_.Dropped(Permission::kNetConnect) &&
           rights_.Allows(Access::CanonicalEndpoint(Permission::kNetConnect,
                                                    pattern.ToString()));
  }

  // As far as one rule tells; the socket's own rights are those of files.
  bool Grants(const Rule& rule) const {
    const bool wider = rights_.approximation() == Approximation::kWider;
    const PermissionSet net = PermissionSet(Permission::kNetConnect) |
                              PermissionSet(Permission::kNetListen);
    return !(rule.permissions & net).empty() &&
           (rule.effect == Effect::kAllow ||
            (rule.effect == Effect::kAsk && wider)) &&
           (wider || !rule.limits.any());
  }

  void ChooseKinds() {
    process::SocketKinds& kinds = rules_.kinds;
    kinds.tcp = rules_.connect.open.any() || rules_.listen.open.any();
    kinds.udp = rules_.connect.open_udp.any() || rules_.listen.open_udp.any();
    // Who looks names up reads its own addresses.
    kinds.netlink_route = kinds.tcp || kinds.udp;
    kinds.listen = rules_.listen.open.any() || rules_.listen.open_udp.any() ||
                   ListensOnOthers();
    kinds.fast_open = kinds.multipath =
        rules_.connect.open.all() && rules_.listen.open.all();
  }

  bool NobodyListens() const {
    return rules_.listen.open.none() && rules_.listen.open_udp.none() &&
           !ListensOnOthers();
  }

  // Unix sockets, vsock.
  bool ListensOnOthers() const {
    if (rules_.listen.whole) return true;
    if (!rules_.kinds.unix_domain && !rules_.kinds.vsock) return false;
    for (const PolicyRights::PlacedRule& placed : rights_.rules()) {
      if (!Grants(placed.rule) ||
          !placed.rule.permissions.Contains(Permission::kNetListen)) {
        continue;
      }
      const auto pattern = EndpointOf(placed.rule.pattern);
      if (pattern.has_value() && pattern->kind != Kind::kHost) return true;
    }
    return false;
  }

  // Abstract sockets belong to a network namespace too.
  bool AnyOpen() const {
    const process::SocketKinds& kinds = rules_.kinds;
    return kinds.tcp || kinds.udp || kinds.vsock ||
           (kinds.unix_domain && !rules_.abstract_held);
  }

  const PolicyRights& rights_;
  const process::KernelCaps& caps_;
  const LowerOptions& options_;
  NetRules rules_;
};

void AddPorts(const PortSet& ports, uint64_t access,
              process::LandlockRules* landlock) {
  if (ports.none()) return;
  for (size_t i = 0; i < kPortCount; ++i) {
    const uint16_t port = static_cast<uint16_t>(i);
    if (ports.Contains(port)) landlock->ports.push_back({port, access});
  }
}

void AddGrant(const PortGrant& grant, uint64_t tcp, uint64_t udp,
              process::LandlockRules* landlock) {
  const uint64_t handled = (grant.held ? tcp : 0) | (grant.udp_held ? udp : 0);
  landlock->handled_net |= handled;
  if (handled != 0) AddPorts(grant.open, handled, landlock);
}

}  // namespace

NetRules FindNetRules(const PolicyRights& rights,
                      const process::KernelCaps& caps,
                      const LowerOptions& options) {
  return NetLowering(rights, caps, options).Lower();
}

void AddNetToLandlock(const NetRules& rules, int abi,
                      process::LandlockRules* landlock) {
  AddGrant(rules.connect, landlock::kConnectTcp, landlock::kConnectSendUdp,
           landlock);
  AddGrant(rules.listen, landlock::kBindTcp, landlock::kBindUdp, landlock);
  if (rules.abstract_held) landlock->scoped |= landlock::kScopeAbstractUnix;
  if (abi < kUnixAbi) return;
  if (!rules.unix_paths_held) landlock->handled_fs &= ~landlock::kResolveUnix;
  for (const std::string& path : rules.unix_paths) {
    if (rules.unix_paths_held) {
      landlock->beneath.push_back({path, landlock::kResolveUnix});
    }
  }
}

}  // namespace postern
