# While the major version is 0, another minor version may be incompatible.
set(PACKAGE_VERSION "@VERSION@")
set(PACKAGE_VERSION_COMPATIBLE FALSE)
set(PACKAGE_VERSION_EXACT FALSE)

set(_postern_same "${PACKAGE_FIND_VERSION_MAJOR}")
set(_postern_have "@MAJOR@")
if(_postern_have EQUAL 0 AND PACKAGE_FIND_VERSION_COUNT GREATER 1)
  string(APPEND _postern_same ".${PACKAGE_FIND_VERSION_MINOR}")
  string(APPEND _postern_have ".@MINOR@")
endif()

if(_postern_same STREQUAL _postern_have
   AND NOT PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
# Built for 64 bits.
if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
  set(PACKAGE_VERSION "@VERSION@ (64 bits)")
  set(PACKAGE_VERSION_UNSUITABLE TRUE)
endif()

unset(_postern_same)
unset(_postern_have)
