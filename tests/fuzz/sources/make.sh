#!/bin/sh
# Makes the small programs of corpus/dwarf and corpus/elf again (gcc 12, clang 14, binutils 2.40).
# The tests rely on their names and lines, so look at the tests when the source changes.
set -eu
cd "$(dirname "$0")"
dwarf=../corpus/dwarf elf=../corpus/elf map=-ffile-prefix-map=$PWD=/src
tiny="$map -nostdlib -static -fno-exceptions -fno-asynchronous-unwind-tables -Wl,-z,noseparate-code
	-Wl,-z,max-page-size=64 -Wl,-N -Wl,--no-warn-rwx-segments"
make_one() {
	out=$dwarf/$1
	shift
	"$@" $tiny t.cc -o "$out"
	chmod -x "$out"
}
make_one gcc-dwarf5 g++ -O2 -gdwarf-5
make_one gcc-dwarf4 g++ -O2 -gdwarf-4
make_one gcc-dwarf2 g++ -O2 -gdwarf-2 -gstrict-dwarf
make_one gcc-compressed g++ -O2 -gdwarf-5 -gz
make_one gcc-dwarf64 g++ -O2 -gdwarf-5 -gdwarf64
make_one gcc-split g++ -O2 -gdwarf-5 -gsplit-dwarf
make_one gcc-types g++ -O2 -gdwarf-4 -fdebug-types-section
make_one clang-dwarf5 clang++ -O2 -gdwarf-5
make_one clang-dwarf4 clang++ -O0 -gdwarf-4
make_one clang-split clang++ -O2 -gdwarf-5 -gsplit-dwarf
flags="-O2 -fno-builtin $map -Wl,-z,noseparate-code"
gcc $flags u.c -o $elf/plain
gcc $flags -fcf-protection -Wl,-z,now u.c -o $elf/now
gcc $flags -shared -fPIC u.c -o $elf/shared
strip $elf/shared
gcc $flags -g -gz u.c -o linked
objcopy --only-keep-debug linked linked.debug
strip linked
objcopy --add-gnu-debuglink=linked.debug linked $elf/linked
mv linked.debug $elf/debugfile
chmod -x $elf/*
rm -f linked *.dwo $dwarf/*.dwo
