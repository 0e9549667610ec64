export PKG_CONFIG_PATH=$P/lib/pkgconfig
g++ -std=c++17 check.cc $(pkg-config --cflags --libs postern) -o check
LD_LIBRARY_PATH=$P/lib ./check
