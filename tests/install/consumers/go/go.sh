export PKG_CONFIG_PATH=$P/lib/pkgconfig
go build -o check
LD_LIBRARY_PATH=$P/lib ./check
