#ifndef POSTERN_BINDINGS_C_POSTERN_POSTERN_HPP_
#define POSTERN_BINDINGS_C_POSTERN_POSTERN_HPP_

// The C interface of Postern for C++17, header-only; see result.hpp. For C++
// programs that want a stable binary interface: those that are built with
// Postern's sources use its own headers.

#include "approval.hpp"
#include "context.hpp"
#include "csp.hpp"
#include "operations.hpp"
#include "postern.h"
#include "process.hpp"
#include "result.hpp"

#endif  // POSTERN_BINDINGS_C_POSTERN_POSTERN_HPP_
