export PKG_CONFIG_PATH=$P/lib/pkgconfig
gcc check.c $(pkg-config --cflags --libs postern) -o check
LD_LIBRARY_PATH=$P/lib ./check
