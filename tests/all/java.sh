#!/bin/sh
# Java on real JDKs, attached: the one of this machine, and 8, 11, 21 and 25 in roots of their own (another
# /tmp, other libraries). Then the answers where a JVM cannot be asked, and what is left behind.
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
out=$(mktemp -d)
perf_ops="$top/build/perf-ops"
export HOME="$out"
failed=0
started=

finish() {
	for p in $started; do
		kill -CONT "$p" 2>/dev/null || true
		kill -9 "$p" 2>/dev/null || true
	done
	for v in 8 11 21 25; do
		umount "$top/build/cache/jdk/$v/proc" 2>/dev/null || true
	done
	rm -rf "$out"
}
trap finish EXIT

ok() { # ok WHAT COMMAND...
	what=$1
	shift
	if "$@" >/dev/null 2>&1; then
		echo "ok - $what"
	else
		echo "NOT OK - $what"
		sed 's/^/    /' "$out/last" | head -40
		failed=1
	fi
}

says() { grep -q -- "$1" "$out/last"; }
silent() { ! grep -q -- "$1" "$out/last"; }
none() { ! ls -d $1 2>/dev/null | grep -q .; }

javac=$(command -v javac || ls /usr/lib/jvm/*/bin/javac 2>/dev/null | head -1 || true)
if [ -z "$javac" ]; then
	echo "SKIP: no javac"
	exit 77
fi
java=$(dirname "$javac")/java
"$javac" --release 8 -g -nowarn -d "$out" tests/all/java/Mix.java 2>/dev/null

start() { # start ARGS...: the machine's JVM in the background, pid in $pid once it works
	(cd "$out" && exec "$java" "$@") >"$out/target" 2>&1 &
	pid=$!
	started="$started $pid"
	waits "$pid"
}

waits() { # until the JVM has its threads
	n=0
	while [ $n -lt 100 ] && ! grep -qs blocker /proc/"$1"/task/*/comm; do
		sleep 0.1
		n=$((n + 1))
	done
}

profile() { # profile PID OPTIONS...
	p=$1
	shift
	"$perf_ops" profile --env development --pid "$p" --seconds "${seconds:-3}" "$@" >"$out/last" 2>&1 || true
}

look() { # look NAME: what every JDK must show
	seconds=6 # an old JVM on a busy machine takes seconds to start recording
	profile "$pid" --all
	seconds=3
	ok "$1: own frames with lines" says "Mix.crunch .*Mix.java:1[0-9]\|Mix.allocate .*Mix.java:1[0-9]"
	ok "$1: the lock is found where it is held" says "Mix.holdMonitor\|Mix.holdLock"
	ok "$1: flight recording read" says "flight recorder"
	ok "$1: no refusal" silent "were not recorded"
	kill "$pid"
}

start -cp . Mix 60
look "this machine's JDK"
ok "nothing left in /tmp" none "/tmp/perf-ops-*.jf[rc]"

if [ "$(id -u)" = 0 ]; then
	while read -r version suite; do
		root=$top/build/cache/jdk/$version
		if ! tests/all/java/jdk_root.sh "$root" "$suite" "openjdk-$version-jdk-headless" >"$out/last" 2>&1; then
			echo "SKIP: JDK $version could not be had: $(tail -1 "$out/last")"
			continue
		fi
		mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
		cp "$out"/Mix*.class "$root/tmp/"
		chroot "$root" "/usr/lib/jvm/java-$version-openjdk-amd64/bin/java" -cp /tmp Mix 60 >"$out/target" 2>&1 &
		pid=$!
		started="$started $pid"
		waits "$pid"
		look "JDK $version in its own root"
		ok "JDK $version: nothing left in its /tmp" none "$root/tmp/perf-ops-*.jf[rc]"
	done <<-END
		8 sid
		11 bullseye
		21 trixie
		25 trixie
	END
fi

# ---- a JVM that cannot be asked -------------------------------------------------------------------
start -XX:+DisableAttachMechanism -cp . Mix 30
profile "$pid" --locks
ok "disabled attach is named" says "DisableAttachMechanism"
ok "its threads are not printed" test ! -s "$out/target"
kill "$pid"

start -Xrs -cp . Mix 30
profile "$pid" --locks
ok "-Xrs is named" says "Xrs"
ok "and the JVM lives" kill -0 "$pid"
kill -9 "$pid"

# ---- twice at once, and a target that ends --------------------------------------------------------
start -cp . Mix 30
"$perf_ops" profile --env development --pid "$pid" --seconds 3 --locks >"$out/other" 2>&1 &
second=$!
profile "$pid" --locks
ok "two at once: the first" says "flight recorder"
wait "$second" || true
cp "$out/other" "$out/last"
ok "two at once: the second" says "flight recorder"
kill "$pid"

start -cp . Mix 3
profile "$pid" --locks
ok "a target that ends early still has its recording" says "flight recorder"

# ---- killed in the middle -------------------------------------------------------------------------
start -cp . Mix 60
"$perf_ops" profile --env development --pid "$pid" --seconds 30 --locks >/dev/null 2>&1 &
tool=$!
n=0
while [ $n -lt 100 ] && ! "$(dirname "$java")/jcmd" "$pid" JFR.check 2>/dev/null | grep -q perf-ops; do
	sleep 0.1
	n=$((n + 1))
done
"$(dirname "$java")/jcmd" "$pid" JFR.check >"$out/last" 2>&1
ok "a recording runs" says "name=perf-ops.*running"
kill -9 "$tool"
wait "$tool" 2>/dev/null || true
n=0
while [ $n -lt 100 ] && "$(dirname "$java")/jcmd" "$pid" JFR.check 2>/dev/null | grep -q perf-ops; do
	sleep 0.1
	n=$((n + 1))
done
"$(dirname "$java")/jcmd" "$pid" JFR.check >"$out/last" 2>&1
ok "killed: the recording is stopped" silent "perf-ops"
n=0
while [ $n -lt 50 ] && ! none "/tmp/perf-ops-*.jf[rc]"; do
	sleep 0.1
	n=$((n + 1))
done
ok "killed: no file of it stays" none "/tmp/perf-ops-*.jf[rc]"
ok "killed: no attach file stays" none "$out/.attach_pid* /tmp/.attach_pid*"
ok "killed: the JVM works on" kill -0 "$pid"

[ $failed = 0 ] && echo "java: all well"
exit $failed
