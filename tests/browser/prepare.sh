# Sourced by the browser checks in tests/all: $browser and $modules (NODE_PATH), or a failure with its
# reason: --all skips nothing.
# The npm packages are pinned and stay in the build folder.
modules=$PWD/build/browser/node_modules
browser=$(command -v chromium || command -v chromium-browser || true)

missing() {
	echo "NOT OK - $1" >&2
	exit 1
}

[ -n "$browser" ] || missing "no chromium: apt-get install chromium"
command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || missing "no node and npm: apt-get install nodejs npm"
if [ ! -d "$modules/playwright-core" ] || [ ! -d "$modules/speedscope" ]; then
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix build/browser \
		playwright-core@1.55.0 speedscope@1.25.0 >/dev/null 2>&1 || missing "npm cannot install playwright-core and speedscope from its registry"
fi
export CHROMIUM="$browser" MODULES="$modules"
