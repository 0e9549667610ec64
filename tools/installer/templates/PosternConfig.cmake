# find_package(Postern) defines, for C and everything that can call C:
#
#   Postern::c         the shared library
#   Postern::c_static  the same as a static library, with all that it needs
#
# and for C++17:
#
#   Postern::postern   a static library, which needs Debian's packages of
#                      Abseil, RE2, protobuf, libseccomp, SQLite, libsodium
#                      and OpenSSL

if(TARGET Postern::c)
  return()
endif()

# Where this file lies tells where the rest is.
get_filename_component(_postern_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.."
                       ABSOLUTE)

add_library(Postern::c SHARED IMPORTED)
set_target_properties(Postern::c PROPERTIES
  IMPORTED_LOCATION "${_postern_prefix}/lib/libpostern.so.@VERSION@"
  IMPORTED_SONAME "@SONAME@"
  INTERFACE_INCLUDE_DIRECTORIES "${_postern_prefix}/include")

add_library(Postern::c_static STATIC IMPORTED)
set_target_properties(Postern::c_static PROPERTIES
  IMPORTED_LOCATION "${_postern_prefix}/lib/libpostern.a"
  INTERFACE_INCLUDE_DIRECTORIES "${_postern_prefix}/include"
  INTERFACE_LINK_LIBRARIES "-lstdc++;-lm;-pthread")

add_library(Postern::postern STATIC IMPORTED)
set_target_properties(Postern::postern PROPERTIES
  IMPORTED_LOCATION "${_postern_prefix}/lib/libpostern-cpp.a"
  INTERFACE_COMPILE_FEATURES cxx_std_17
  INTERFACE_INCLUDE_DIRECTORIES "${_postern_prefix}/include"
  INTERFACE_LINK_LIBRARIES "@CPP_LIBS_LIST@")

unset(_postern_prefix)
